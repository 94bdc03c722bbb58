"""
Coverage of a fold: which hours of which sensors say something else now, from counts, statements and the ledger.

A sensor whose coverage is inferred is looked at over its whole life, because the rhythm of all its hours tells which
silence is a gap. One that sends segments states its coverage, hour by hour: for it only the hours at hand are looked
at, so that a fold costs what is new and not the history.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from isdas.lake import coverage, sql
from isdas.lake.database import Database
from isdas.lake.delta import DataFile, Table
from isdas.lake.engine import Engine
from isdas.lake.records import Statement
from isdas.lake.said import Said, names, said, touched
from isdas.lake.tables import spec
from isdas.model.columns import Capability
from isdas.model.time import HOUR_US, moment

_Hours = npt.NDArray[np.datetime64]
_Ints = npt.NDArray[np.int64]


class Covering:
    """The coverage of one fold."""

    def __init__(self, counts: Table, table: Table, engine: Engine, statements: Sequence[Statement]) -> None:
        self._counts = counts
        self._table = table
        self._engine = engine
        self._statements = statements
        self._told: dict[str, dict[int, Said]] = {}
        self._silent = np.empty(0, np.int64)
        self._ledger: tuple[Database, int] | None = None
        self._naming: set[str] = set()
        self._everything = False

    def read(self, ledger: Database, hours: _Ints, after: int, upto: int, *, everything: bool) -> None:
        """
        Take in what the ledger says of the hours that packets or segments of new groups touch.

        Args:
            hours: int64[n], hours since 1970 whose packets are folded.
            after, upto: the groups that are new.
            everything: take in all hours there are.
        """
        self._ledger, self._everything = (ledger, upto), everything
        self._naming = names(ledger)
        self._silent = touched(ledger, after, upto)
        wanted = None if everything else np.union1d(hours, self._silent)
        self._told = _by_name(said(ledger, upto, wanted))

    def changes(self, hours: _Hours) -> tuple[_Hours, pa.Table]:
        """The hours whose coverage changes, sorted, and all their rows; *hours* are those whose packets were folded."""
        at_hand = np.union1d(_since_1970(hours), self._silent)
        heard = self._heard(at_hand)
        whole = self._whole(heard, at_hand)
        stating = sorted(set(self._told) - whole)
        frames = {
            "affected": _names(whole),
            "stating": _names(stating),
            "hours": pa.table({"hour": _times(at_hand)}),
        }
        parts = self._inferred(whole, frames)
        parts += [_stated_rows(name, heard.get(name), self._told[name]) for name in stating]
        frames["fresh"] = pa.concat_tables(parts) if parts else spec("coverage").schema.empty_table()
        # Only sensors that are looked at as a whole can change far from the hours at hand.
        files = self._table.files() if whole else _meeting(self._table.files(), at_hand)
        if not files:
            # Nothing stands that could be the same.
            rows = frames["fresh"].sort_by([("hour", "ascending"), ("sensor", "ascending")])
            return np.unique(rows.column("hour").to_numpy()).astype("datetime64[us]"), rows
        bound = {"coverage": (self._table, files)}
        changed = self._engine.query(sql.changed_hours(), bound, frames)
        if not changed.num_rows:
            return np.empty(0, "datetime64[us]"), spec("coverage").schema.empty_table()
        rows = self._engine.query(sql.coverage_of("changed"), bound, {**frames, "changed": changed})
        return changed.column("hour").to_numpy().astype("datetime64[us]"), rows

    def _heard(self, at_hand: _Ints) -> dict[str, pa.Table]:
        """What each sensor heard in the hours at hand."""
        files = _meeting(self._counts.files(), at_hand)
        frames = {"hours": pa.table({"hour": _times(at_hand)})}
        rows = self._engine.query(
            sql.rhythm("hour IN (SELECT hour FROM hours)"), {"counts": (self._counts, files)}, frames
        )
        return _parted(rows)

    def _whole(self, heard: dict[str, pa.Table], at_hand: _Ints) -> set[str]:
        """
        The sensors that must be looked at over all their hours: those whose coverage is not stated by segments alone.

        That is told by hours in which packets came and no segment says so, and by rows of coverage of another basis.
        """
        stated = {s.sensor for s in self._statements}
        found = {name for name in heard if name not in self._naming} | stated
        if self._everything:
            return found | set(self._told) | set(heard)
        for name in self._naming & heard.keys():
            if set(_numbers(heard[name], "hour").tolist()) - {h * HOUR_US for h in self._told.get(name, {})}:
                found.add(name)
        files = _meeting(self._table.files(), at_hand) if self._told else []
        if not files:
            return found
        frames = {"hours": pa.table({"hour": _times(at_hand)}), "stating": _names(self._told)}
        mixed = self._engine.query(sql.not_stated(), {"coverage": (self._table, files)}, frames)
        return found | set(mixed.column("sensor").to_pylist())

    def _inferred(self, whole: set[str], frames: dict[str, pa.Table]) -> list[pa.Table]:
        """The coverage of some sensors over all their hours."""
        if not whole:
            return []
        files = self._counts.files()
        heard = _parted(self._engine.query(sql.rhythm(), {"counts": (self._counts, files)}, frames))
        told = self._told
        if self._ledger is not None and not self._everything and whole & self._naming:
            told = _by_name(said(*self._ledger))
        of: dict[str, list[Statement]] = {}
        for statement in self._statements:
            of.setdefault(statement.sensor, []).append(statement)
        empty = _nothing()
        return [
            _one_sensor(name, heard.get(name, empty), of.get(name, []), told.get(name, {}))
            for name in sorted(whole)
            if name in heard or name in of or name in told
        ]


def _one_sensor(name: str, heard: pa.Table, statements: Sequence[Statement], told: Mapping[int, Said]) -> pa.Table:
    """
    All rows of one sensor.

    What its segments say of an hour comes before what a file states, and that before what the rhythm of the hours
    that no segment tells of lets infer.
    """
    hours = _numbers(heard, "hour") // HOUR_US
    alone = ~np.isin(hours, np.array(sorted(told), np.int64))
    rhythm = (hours, *(_numbers(heard, name) for name in ("sources", "first_at", "last_at")))
    seen = coverage.infer(*(values[alone] for values in rhythm))
    seconds = dict(zip(seen.hours.tolist(), seen.seconds.tolist(), strict=True))
    stated = _stated(statements)
    basis = {**dict.fromkeys(seconds, "inferred"), **dict.fromkeys([*stated, *told], "stated")}
    seconds |= stated
    seconds |= {hour: max(said.seconds, stated.get(hour, 0.0)) for hour, said in told.items()}
    wanted = sorted(seconds)
    at = {hour: i for i, hour in enumerate(hours.tolist())}
    nearest = _before(hours, np.array(wanted, np.int64))
    dropped = _dropped(statements)
    labels = {column: heard.column(column).take(nearest).to_pylist() for column in ("capabilities", "editions")}
    for i, hour in enumerate(wanted):
        if hour in told and hour not in at:
            labels["capabilities"][i], labels["editions"][i] = _SILENT
    return _rows(
        name,
        wanted,
        told,
        at,
        heard,
        {
            "seconds": [min(seconds[h], 3600.0) for h in wanted],
            "dropped": [dropped.get(h, 0) if basis[h] == "stated" else None for h in wanted],
            "basis": [basis[h] for h in wanted],
            **labels,
        },
    )


_SILENT = int(Capability.CAPTURE), ""
"""What a sensor that captures could have shown of an hour without packets, which no lookup has labelled."""


def _stated_rows(name: str, heard: pa.Table | None, told: Mapping[int, Said]) -> pa.Table:
    """The rows of the hours that the segments of a sensor tell of."""
    heard = _nothing() if heard is None else heard
    wanted = sorted(told)
    at = {hour: i for i, hour in enumerate((_numbers(heard, "hour") // HOUR_US).tolist())}
    names = ("capabilities", "editions")
    labels = dict(zip(names, (heard.column(name).to_pylist() for name in names), strict=True))
    return _rows(
        name,
        wanted,
        told,
        at,
        heard,
        {
            "seconds": [min(told[h].seconds, 3600.0) for h in wanted],
            "dropped": [0 for _ in wanted],
            "basis": ["stated" for _ in wanted],
            **{
                column: [values[at[h]] if h in at else silent for h in wanted]
                for (column, values), silent in zip(labels.items(), _SILENT, strict=True)
            },
        },
    )


def _rows(
    name: str,
    wanted: Sequence[int],
    told: Mapping[int, Said],
    at: Mapping[int, int],
    heard: pa.Table,
    values: dict[str, Any],
) -> pa.Table:
    """Rows of the coverage table: what is given, what was received, and what segments add to it."""
    received = heard.column("received").to_pylist()
    said = [told.get(h) for h in wanted]
    more = {
        "hour": _times(np.array(wanted, np.int64)),
        "sensor": pa.array([name] * len(wanted), pa.string()),
        "received": [received[at[h]] if h in at else 0 for h in wanted],
        "addresses": pa.array([None if s is None else s.addresses for s in said], pa.int64()),
        "clock_offset_s": pa.array([None if s is None else s.offset_s for s in said], pa.float64()),
        "dropped": pa.array(
            [d if s is None else (d or 0) + s.dropped for d, s in zip(values["dropped"], said, strict=True)], pa.int64()
        ),
    }
    schema = spec("coverage").schema
    return pa.table({field.name: {**values, **more}[field.name] for field in schema}).cast(schema)


def _by_name(told: Sequence[Said]) -> dict[str, dict[int, Said]]:
    found: dict[str, dict[int, Said]] = {}
    for one in told:
        found.setdefault(one.name, {})[one.hour] = one
    return found


def _parted(rows: pa.Table) -> dict[str, pa.Table]:
    """Rows that are sorted by sensor, by sensor."""
    sensors = rows.column("sensor").to_pylist()
    starts = [i for i, name in enumerate(sensors) if i == 0 or name != sensors[i - 1]]
    return {sensors[a]: rows.slice(a, b - a) for a, b in pairwise([*starts, len(sensors)])}


def _nothing() -> pa.Table:
    """What a sensor that heard nothing has heard."""
    times = dict.fromkeys(("hour", "first_at", "last_at"), pa.timestamp("us", tz="UTC"))
    numbers = dict.fromkeys(("received", "sources"), pa.int64())
    kinds = {"sensor": pa.string(), "editions": pa.string(), "capabilities": pa.int32(), **times, **numbers}
    return pa.schema(kinds).empty_table()


def _numbers(rows: pa.Table, column: str) -> _Ints:
    return np.asarray(rows.column(column).cast(pa.int64()).to_numpy(), np.int64)


def _names(names: Iterable[str]) -> pa.Table:
    return pa.table({"sensor": pa.array(sorted(names), pa.string())})


def _times(hours: _Ints) -> pa.Array:
    return pa.array(hours * HOUR_US).cast(pa.timestamp("us", tz="UTC"))


def _since_1970(hours: _Hours) -> _Ints:
    return hours.astype("datetime64[h]").astype(np.int64)


def _meeting(files: Sequence[DataFile], hours: _Ints) -> list[DataFile]:
    """The files that may hold rows of some hours."""
    times = (hours * HOUR_US).astype("datetime64[us]")
    return [f for f in files if np.searchsorted(times, f.low) < np.searchsorted(times, f.high, side="right")]


def _before(hours: npt.NDArray[np.int64], wanted: npt.NDArray[np.int64]) -> pa.Array:
    """The place of the last of *hours* up to each wanted one, of the first where none is; null without any."""
    if not len(hours):
        return pa.nulls(len(wanted), pa.int64())
    return pa.array(np.clip(np.searchsorted(hours, wanted, side="right") - 1, 0, None))


def _stated(statements: Sequence[Statement]) -> dict[int, float]:
    usable = [s for s in statements if s.end > s.start]
    if not usable:
        return {}
    starts = np.array([moment(s.start) for s in usable]).astype(np.int64)
    ends = np.array([moment(s.end) for s in usable]).astype(np.int64)
    seen = coverage.stated(starts, ends)
    return dict(zip(seen.hours.tolist(), seen.seconds.tolist(), strict=True))


def _dropped(statements: Sequence[Statement]) -> dict[int, int]:
    """Stated drops, told in the hour in which the statement ends: that is when the counter was read."""
    dropped: dict[int, int] = {}
    for statement in statements:
        hour = int(moment(statement.end).astype(np.int64)) // HOUR_US
        dropped[hour] = dropped.get(hour, 0) + statement.dropped
    return dropped
