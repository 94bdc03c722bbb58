"""
Fingerprints of a rise: what its packets have in common, and which tools its sources confirm.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta

from isdas.enrich.confirm import confirmed
from isdas.enrich.fingerprint import Invariant, invariants
from isdas.lake.headers import Sample, headers
from isdas.lake.lake import Lake
from isdas.lake.query import hourly_coverage
from isdas.model import columns
from isdas.model.packets import Packets
from isdas.model.port import Port
from isdas.model.time import HOUR_US, Period, iso

USUAL = timedelta(days=7)
"""How long before a rise is looked at if nothing is said."""

NAMES = (
    "capabilities",
    *(c.name for c in columns.COLUMNS if c.source == "header" and not c.name.startswith("quoted_")),
)
"""The columns that fingerprints look at: all that tell of a header."""


@dataclass(frozen=True, slots=True)
class Fingerprints:
    """
    What the headers of a rise say.

    Attributes:
        port, kind: of its packets.
        during, before: the rise, and what it is compared with.
        packets: packets looked at, during and before; each stands for *every* and *every_before*.
        scale: how much more was observed during the rise than before, in sensor-hours.
        invariants: what most of the excess has and little of what was before.
        tools: confirmed tools, and how many sources confirm each.
    """

    port: Port
    kind: str
    during: Period
    before: Period
    packets: tuple[int, int]
    every: int
    every_before: int
    scale: float
    invariants: tuple[Invariant, ...]
    tools: tuple[tuple[str, int], ...]

    def as_dict(self) -> dict[str, object]:
        """The form that ``isdas fingerprints --json`` prints."""
        return {
            "port": str(self.port),
            "kind": self.kind,
            "from": iso(self.during.start),
            "to": iso(self.during.end),
            "before_from": iso(self.before.start),
            "before_to": iso(self.before.end),
            "packets": self.packets[0],
            "packets_before": self.packets[1],
            "one_in": self.every,
            "one_in_before": self.every_before,
            "scale": round(self.scale, 4),
            "invariants": [invariant.as_dict() for invariant in self.invariants],
            "tools": [{"tool": tool, "sources": sources} for tool, sources in self.tools],
        }


def fingerprints(
    lake: Lake, port: Port, during: Period, before: Period | None = None, *, kind: str = "scan"
) -> Fingerprints:
    """
    Compare the headers of a rise with those before it.

    Args:
        before: what to compare with; the USUAL time before *during* if it is not given.
        kind: only packets of this kind; ``all`` for every kind.
    """
    earlier = before or Period(during.start - USUAL, during.start, during.zone)
    now, then = (headers(lake, port, period, NAMES, kind=kind) for period in (during, earlier))
    scale = compared_by(lake, (during, now), (earlier, then))
    return Fingerprints(
        port,
        kind,
        during,
        earlier,
        (len(now.packets), len(then.packets)),
        now.every,
        then.every,
        scale,
        tuple(invariants(then.packets, now.packets, scale=scale)),
        _tools(now.packets),
    )


def compared_by(lake: Lake, now: tuple[Period, Sample], then: tuple[Period, Sample]) -> float:
    """How much more was observed in the first of two periods than in the second, as their packets stand for it."""
    observed = _exposure(lake, then[0])
    return _exposure(lake, now[0]) / observed * then[1].every / now[1].every if observed else 1.0


def _exposure(lake: Lake, period: Period) -> float:
    """Sensor-seconds that were observed; an hour that is partly in the period counts by that part of all hours."""
    rows = hourly_coverage(lake, period)
    start, end = (int(t.timestamp() * 1e6) for t in (period.start, period.end))
    touched = -(-end // HOUR_US) - start // HOUR_US
    seconds = sum(rows.column("seconds").to_pylist())
    return float(seconds) * (end - start) / (touched * HOUR_US) if touched else 0.0


def _tools(packets: Packets) -> tuple[tuple[str, int], ...]:
    found = Counter(tool for tool in confirmed(packets).tools if tool)
    return tuple(sorted(found.items(), key=lambda pair: (-pair[1], pair[0])))
