"""
What a search knows, written down and read back, so that one more hour costs one hour's work.

Writes to and reads from streams that it is given; does not know where they are kept.
"""

import json
from collections import deque
from dataclasses import asdict, fields
from typing import Any, Protocol
from zlib import crc32

import numpy as np
import numpy.typing as npt

from isdas.detect.baseline import Rates
from isdas.detect.calibration import Calibration
from isdas.detect.config import Config
from isdas.detect.dispersion import Spread
from isdas.detect.grid import Grid
from isdas.detect.incidents import Incident, Ledger
from isdas.detect.search import Lesson, Search
from isdas.model.port import Port

FORM = 7
"""To be raised whenever the same bytes would mean something else, or the search would have gone otherwise."""

_BLOCK = 4096
_AT_ONCE = 1 << 26
_LESSON = ("rate", "wider_by", "pool", "lean", "skip", "called", "maxima", "stratum", "quiet")

Array = npt.NDArray[Any]


class Out(Protocol):
    """What can be written to."""

    def write(self, data: bytes, /) -> object:
        """Take some bytes."""


class In(Protocol):
    """What can be read from."""

    def read(self, count: int, /) -> bytes:
        """At most so many bytes, none at the end."""


class Unusable(ValueError):
    """What was written is damaged, of another form, or of a search with other settings."""


def write(search: Search, out: Out) -> None:
    """
    Write a search that has seen its last day to the end.

    Raises:
        ValueError: it is in the middle of a day, which could not be gone on with.
    """
    if search.grid.n_hours % 24:
        raise ValueError("a search can only be written down at midnight")
    arrays = dict(_arrays(search))
    head = {
        "form": FORM,
        "config": asdict(search.config),
        "first": str(search.grid.first),
        "kept_days": search.grid.kept_days,
        "n_hours": search.grid.n_hours,
        "forgot": search.forgot,
        "incidents": [_incident(one) for one in search.ledger.incidents],
        "latest": _places(search.ledger, search.ledger.latest),
        "current": _places(search.ledger, search.ledger.current),
        "lessons": [[each.day, each.unseen, _shapes(search).index(id(each.shape))] for each in search.lessons],
        "arrays": [[name, array.dtype.str, array.shape] for name, array in arrays.items()],
    }
    text = json.dumps(head).encode()
    check = crc32(text)
    out.write(len(text).to_bytes(8, "little") + check.to_bytes(4, "little") + text)
    for array in arrays.values():
        for first in range(0, max(len(array), 1), _BLOCK):
            data = array[first : first + _BLOCK].tobytes()
            out.write(data)
            check = crc32(data, check)
    out.write(check.to_bytes(4, "little"))


def read(source: In, config: Config) -> Search:
    """
    The search that was written.

    Raises:
        Unusable: see there.
    """
    size, check = (int.from_bytes(_exactly(source, n), "little") for n in (8, 4))
    text = _exactly(source, size)
    if crc32(text) != check:
        raise Unusable("the sum of the head does not agree")
    head = _head(text, config)
    found: dict[str, Array] = {}
    n_series = next(shape[0] for name, _, shape in head["arrays"] if name == "keys")
    grid = Grid.of(np.datetime64(head["first"]), head["kept_days"])
    grid.n_hours = head["n_hours"]
    grid.make_room(n_series)
    for name, dtype, shape in head["arrays"]:
        laid_out = name in {"counts", "usable", "elsewhere"}
        array = np.empty(0 if laid_out else shape, dtype)
        for first in range(0, max(shape[0], 1), _BLOCK):
            rows = min(_BLOCK, shape[0] - first)
            data = _exactly(source, int(np.prod([rows, *shape[1:]])) * np.dtype(dtype).itemsize)
            check = crc32(data, check)
            block = np.frombuffer(data, dtype).reshape(rows, *shape[1:])
            if laid_out:
                _place(grid, name, first, block)
            else:
                array[first : first + rows] = block
        found[name] = array
    if check.to_bytes(4, "little") != _exactly(source, 4):
        raise Unusable("the sum of what was written does not agree")
    return _search(head, found, grid, config)


def _head(text: bytes, config: Config) -> dict[str, Any]:
    head: dict[str, Any] = json.loads(text)
    if head.get("form") != FORM or head.get("config") != asdict(config):
        raise Unusable("of another form or with other settings")
    return head


def _arrays(search: Search) -> dict[str, Array]:
    grid, hours, days = search.grid, search.grid.n_hours, search.grid.n_days
    found: dict[str, Array] = {
        "keys": np.array(grid.keys, np.int64).reshape(-1, 2),
        "counts": grid.counts[:, :hours],
        "usable": np.packbits(grid.usable[:, :hours], axis=1),
        "elsewhere": grid.elsewhere,
        "apart": grid.apart[:hours],
        "live": grid.live[:hours],
        "exposure": grid.exposure[:hours],
        "day_counts": grid.day_counts[:, :days],
        "day_exposure": grid.day_exposure[:, :days],
        "total": grid.total,
        "born": search.born,
        "floor": search.floor,
        "rate": search.frozen.rate,
        "support": search.frozen.support,
        "days": search.frozen.days,
        "sums": search.spread.sums,
        "own": search.spread.own,
        "tails": search.calibration.sums,
        "incident_shapes": np.array([one.shape for one in search.ledger.incidents]).reshape(-1, search.shape.shape[1]),
    }
    by_id = {id(search.shape): search.shape, **{id(lesson.shape): lesson.shape for lesson in search.lessons}}
    found |= {f"shape {i}": by_id[each] for i, each in enumerate(_shapes(search))}
    for i, lesson in enumerate(search.lessons):
        found |= {f"lesson {i} {name}": getattr(lesson, name) for name in _LESSON}
    return found


def _shapes(search: Search) -> list[int]:
    """The shapes in use, each once: lessons of one week share theirs."""
    return list(dict.fromkeys([id(search.shape), *(id(lesson.shape) for lesson in search.lessons)]))


def _places(ledger: Ledger, of_series: dict[int, Incident]) -> list[int]:
    """Which of the ledger's incidents some are."""
    at = {id(one): i for i, one in enumerate(ledger.incidents)}
    return [at[id(one)] for one in of_series.values()]


def _incident(one: Incident) -> dict[str, Any]:
    return {field.name: _plain(getattr(one, field.name)) for field in fields(Incident) if field.name != "shape"}


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def _place(grid: Grid, name: str, first: int, block: Array) -> None:
    rows, hours = slice(first, first + len(block)), grid.n_hours
    if name == "counts":
        grid.counts[rows, :hours] = block
    elif name == "elsewhere":
        grid.elsewhere[rows] = block
    else:
        grid.usable[rows, :hours] = np.unpackbits(block, axis=1, count=hours)


def _search(head: dict[str, Any], found: dict[str, Array], grid: Grid, config: Config) -> Search:
    grid.know([Port(int(protocol), int(number)) for protocol, number in found["keys"]])
    hours, days = grid.n_hours, grid.n_days
    grid.live[:hours], grid.exposure[:hours], grid.total[:] = found["live"], found["exposure"], found["total"]
    grid.apart[:hours] = found["apart"]
    grid.day_counts[:, :days], grid.day_exposure[:, :days] = found["day_counts"], found["day_exposure"]
    incidents = [
        Incident(**values, shape=shape)
        for values, shape in zip(head["incidents"], found["incident_shapes"], strict=True)
    ]
    latest = {incidents[i].series: incidents[i] for i in head["latest"]}
    current = {incidents[i].series: incidents[i] for i in head["current"]}
    spread = Spread.of(len(grid), config)
    spread.sums, spread.own = found["sums"], found["own"]
    lessons = deque(
        Lesson(
            day=day,
            unseen=unseen,
            shape=found[f"shape {shape}"],
            **{name: found[f"lesson {i} {name}"] for name in _LESSON},
        )
        for i, (day, unseen, shape) in enumerate(head["lessons"])
    )
    return Search(
        config=config,
        grid=grid,
        born=found["born"],
        floor=found["floor"],
        shape=found["shape 0"],
        frozen=Rates(found["rate"], found["support"], found["days"]),
        spread=spread,
        calibration=Calibration(found["tails"]),
        ledger=Ledger(incidents, current, latest),
        lessons=lessons,
        forgot=head["forgot"],
    )


def _exactly(source: In, count: int) -> bytes:
    parts = []
    while count > 0:
        # A damaged size may be more than can be asked for at all.
        part = source.read(min(count, _AT_ONCE))
        if not part:
            raise Unusable("it ends too early")
        parts.append(part)
        count -= len(part)
    return b"".join(parts)
