"""
Reconciliation: whether what was taken in is what is stored, and what is stored is what was folded.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from isdas.lake.expire import ALWAYS, let_go
from isdas.lake.lake import Lake
from isdas.lake.said import packets_of_spools
from isdas.lake.sql import hour_us
from isdas.model.time import from_micros, iso


@dataclass(frozen=True, slots=True)
class Difference:
    """
    Two figures that should be the same and are not.

    Attributes:
        where: the file, or the sensor and hour.
        what: the two figures' names.
        expected, found: the figures.
    """

    where: str
    what: str
    expected: int
    found: int

    def as_dict(self) -> dict[str, object]:
        """The form that ``isdas lake verify --json`` prints."""
        return {"where": self.where, "what": self.what, "expected": self.expected, "found": self.found}


def verify(lake: Lake) -> list[Difference]:
    """Every difference between read, stored and folded, per file and per sensor and hour; empty when all is well."""
    return [*_intakes(lake), *_folds(lake)]


def _intakes(lake: Lake) -> list[Difference]:
    rows = lake.ask("SELECT intake, count(*) AS n FROM packets GROUP BY intake", "packets")
    stored = dict(zip(rows.column("intake").to_pylist(), rows.column("n").to_pylist(), strict=True))
    found: list[Difference] = []
    gone = lake.open_from() > ALWAYS
    for intake in lake.admitted():
        present = stored.pop(intake.identity, 0)
        accounted = intake.stored + sum(intake.refused.values())
        if intake.read != accounted:
            found.append(Difference(intake.name, "read = stored + refused", intake.read, accounted))
        # Of packets that were let go it is only known that there were no more.
        if intake.stored != present and (present > intake.stored or not gone):
            found.append(Difference(intake.name, "stored = packets", intake.stored, present))
    for spool, brought in sorted(packets_of_spools(lake.records.database, lake.last_group()).items()):
        present = stored.pop(spool, 0)
        if brought != present and (present > brought or not gone):
            found.append(Difference(spool, "admitted = packets", brought, present))
    found += [Difference(identity, "packets of no intake", 0, n) for identity, n in sorted(stored.items())]
    return found


def _folds(lake: Lake) -> list[Difference]:
    stored = _totals(lake, "packets", "time", "sum(coalesce(packets, 1))")
    sightings, counts = (_totals(lake, name, "hour", "sum(packets)") for name in ("sightings", "counts"))
    received = _totals(lake, "coverage", "hour", "sum(received)")
    active = _totals(lake, "activity", "hour", "sum(packets)", sensor="'all sensors'")
    since = lake.open_from().astype(np.int64)
    present = {key: n for key, n in sightings.items() if key[1] >= since}
    stored = {key: n for key, n in stored.items() if key[1] >= since}
    # Sightings that were let go leave counts behind.
    kept = let_go(lake.table("sightings")).astype(np.int64)
    lasting = {key: n for key, n in counts.items() if key[1] >= kept}
    active = {key: n for key, n in active.items() if key[1] >= kept}
    together: Counter[tuple[str, int]] = Counter()
    for (_, hour), packets in sightings.items():
        together["all sensors", hour] += packets
    return [
        *_compared("packets = sightings", stored, present),
        *_compared("sightings = counts", sightings, lasting),
        *_compared("sightings = activity", together, active),
        *_compared("counts = coverage", counts, received),
    ]


def _compared(
    what: str, expected: Mapping[tuple[str, int], int], found: Mapping[tuple[str, int], int]
) -> Iterator[Difference]:
    for sensor, since in sorted(expected.keys() | found.keys()):
        pair = expected.get((sensor, since), 0), found.get((sensor, since), 0)
        if pair[0] != pair[1]:
            yield Difference(f"{sensor} {iso(from_micros(since))}", what, *pair)


def _totals(lake: Lake, name: str, clock: str, total: str, sensor: str = "sensor") -> dict[tuple[str, int], int]:
    statement = f"""
        SELECT {sensor} AS name, {hour_us(clock)} AS since, CAST({total} AS BIGINT) AS n FROM {name}
        GROUP BY {sensor}, {hour_us(clock)}
    """
    rows = lake.ask(statement, name)
    keys = zip(rows.column("name").to_pylist(), rows.column("since").to_pylist(), strict=True)
    return dict(zip(keys, rows.column("n").to_pylist(), strict=True))
