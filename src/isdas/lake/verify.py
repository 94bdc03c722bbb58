"""
Reconciliation: whether what was taken in is what is stored, and what is stored is what was folded.
"""

from collections import Counter

import numpy as np

from isdas.lake.difference import Difference, compared
from isdas.lake.expire import ALWAYS, let_go
from isdas.lake.fold import FOLDED
from isdas.lake.lake import Lake
from isdas.lake.ledger import PREFIX
from isdas.lake.reconcile import segments
from isdas.lake.sql import hour_us
from isdas.model.errors import LakeError
from isdas.model.time import HOUR_US

__all__ = ["Difference", "verify"]


def verify(lake: Lake) -> list[Difference]:
    """
    Every difference between captured, read, stored and folded: per file, segment, sensor and hour; empty when all is
    well. Hours to which packets came since the last fold, as while the hub is at work, are not compared with folds.
    """
    lake.refresh()
    return [*_intakes(lake), *segments(lake), *_folds(lake)]


def _intakes(lake: Lake) -> list[Difference]:
    only = f"WHERE intake NOT LIKE '{PREFIX}%'"
    rows = lake.ask(f"SELECT intake, count(*) AS n FROM packets {only} GROUP BY intake", "packets")
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
    found += [Difference(identity, "packets of no intake", 0, n) for identity, n in sorted(stored.items())]
    return found


def _folds(lake: Lake) -> list[Difference]:
    stored = _totals(lake, "packets", "time", "sum(coalesce(packets, 1))")
    sightings, counts = (_totals(lake, name, "hour", "sum(packets)") for name in ("sightings", "counts"))
    received = _totals(lake, "coverage", "hour", "sum(received)")
    active = _totals(lake, "activity", "hour", "sum(packets)", sensor="'all sensors'")
    since = lake.open_from().astype(np.int64)
    fresh = _unfolded(lake)
    present = {key: n for key, n in sightings.items() if key[1] >= since and key[1] not in fresh}
    stored = {key: n for key, n in stored.items() if key[1] >= since and key[1] not in fresh}
    # Sightings that were let go leave counts behind.
    kept = let_go(lake.table("sightings")).astype(np.int64)
    lasting = {key: n for key, n in counts.items() if key[1] >= kept}
    active = {key: n for key, n in active.items() if key[1] >= kept}
    together: Counter[tuple[str, int]] = Counter()
    for (_, hour), packets in sightings.items():
        together["all sensors", hour] += packets
    return [
        *compared("packets = sightings", stored, present),
        *compared("sightings = counts", sightings, lasting),
        *compared("sightings = activity", together, active),
        *compared("counts = coverage", counts, received),
    ]


def _unfolded(lake: Lake) -> set[int]:
    """The hours, in microseconds since 1970, of files of packets that came since the last fold."""
    version = lake.table("coverage").transaction(FOLDED)
    if version is None or version == lake.versions()["packets"]:
        return set()
    try:
        known = {file.path for file in lake.table("packets").files(version=version)}
    except LakeError:
        # The log no longer reaches back that far.
        known = set()
    new = [file for file in lake.files("packets") if file.path not in known]
    spans = [(int(f.low.astype(np.int64)) // HOUR_US, int(f.high.astype(np.int64)) // HOUR_US) for f in new]
    return {hour * HOUR_US for first, last in spans for hour in range(first, last + 1)}


def _totals(lake: Lake, name: str, clock: str, total: str, sensor: str = "sensor") -> dict[tuple[str, int], int]:
    statement = f"""
        SELECT {sensor} AS name, {hour_us(clock)} AS since, CAST({total} AS BIGINT) AS n FROM {name}
        GROUP BY {sensor}, {hour_us(clock)}
    """
    rows = lake.ask(statement, name)
    keys = zip(rows.column("name").to_pylist(), rows.column("since").to_pylist(), strict=True)
    return dict(zip(keys, rows.column("n").to_pylist(), strict=True))
