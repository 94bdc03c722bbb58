"""
Reconciliation: whether what was taken in is what is stored, and what is stored is what was folded.
"""

from dataclasses import dataclass

from isdas.lake.lake import Lake


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
    for intake in lake.admitted():
        present = stored.pop(intake.identity, 0)
        accounted = intake.stored + sum(intake.refused.values())
        if intake.read != accounted:
            found.append(Difference(intake.name, "read = stored + refused", intake.read, accounted))
        if intake.stored != present:
            found.append(Difference(intake.name, "stored = packets", intake.stored, present))
    found += [Difference(identity, "packets of no intake", 0, n) for identity, n in sorted(stored.items())]
    return found


def _folds(lake: Lake) -> list[Difference]:
    hour = "CAST(floor(unix_micros({}) / 3600000000) AS BIGINT)"
    totals = {
        "packets": _totals(lake, "packets", f"{hour.format('time')}", "count(*)"),
        "sightings": _totals(lake, "sightings", f"{hour.format('hour')}", "sum(packets)"),
        "counts": _totals(lake, "counts", f"{hour.format('hour')}", "sum(packets)"),
        "coverage": _totals(lake, "coverage", f"{hour.format('hour')}", "sum(received)"),
    }
    found: list[Difference] = []
    for upper, lower in (("packets", "sightings"), ("sightings", "counts"), ("counts", "coverage")):
        for sensor, at in sorted(totals[upper].keys() | totals[lower].keys()):
            expected, present = (totals[t].get((sensor, at), 0) for t in (upper, lower))
            if expected != present:
                found.append(Difference(f"{sensor} hour {at}", f"{upper} = {lower}", expected, present))
    return found


def _totals(lake: Lake, name: str, hour: str, total: str) -> dict[tuple[str, int], int]:
    statement = f"SELECT sensor, {hour} AS since, CAST({total} AS BIGINT) AS n FROM {name} GROUP BY sensor, since"
    rows = lake.ask(statement, name)
    keys = zip(rows.column("sensor").to_pylist(), rows.column("since").to_pylist(), strict=True)
    return dict(zip(keys, rows.column("n").to_pylist(), strict=True))
