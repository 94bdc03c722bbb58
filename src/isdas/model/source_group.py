"""
Groups of sources that scanned the same ports in the same way on one day, and how they go on from day to day.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date
from typing import Any

from isdas.model.surge import Surge

STANDINGS = ("first", "new", "goes-on", "split-off")
"""Of a day without earlier days to compare with; not there before; like an earlier one; like one that goes on too."""


@dataclass(frozen=True, slots=True)
class SourceGroup:
    """
    One group on one day.

    Attributes:
        day: its UTC date, ISO.
        name: what it is called on all its days, of the day on which it was first seen and its main port.
        standing: one of STANDINGS.
        since: the day on which it was first seen, ISO.
        parent: the earlier group that it goes on with or split off from; "" if there is none.
        sources, packets: how many sources, and their packets.
        ports: shares of its sources that scanned each port, 0 to 1, largest first; at most 20.
        tool, tool_share: the tool of most of its sources, and of how many.
        ports_each: median ports of a source.
        packets_an_hour: median packets of a source in an hour in which it was seen.
        regions: shares of its sources by region, largest first; at most 6.
        sources_before: sources of the parent on its last day; 0 without one.
        shared: estimated share of the sources of the smaller of the two that are in both; 0 without a parent.
        sketch: hashes of up to 256 of its sources, the smallest, from which overlaps are estimated.
    """

    day: str
    name: str
    standing: str
    since: str
    parent: str
    sources: int
    packets: int
    ports: tuple[tuple[str, float], ...]
    tool: str
    tool_share: float
    ports_each: float
    packets_an_hour: float
    regions: tuple[tuple[str, float], ...]
    sources_before: int
    shared: float
    sketch: tuple[int, ...]

    def as_dict(self) -> dict[str, Any]:
        """The form that is kept; `isdas sources --json` prints it without the sketch."""
        return {
            "day": self.day,
            "name": self.name,
            "standing": self.standing,
            "since": self.since,
            "parent": self.parent,
            "sources": self.sources,
            "packets": self.packets,
            "ports": [{"port": port, "share": round(share, 4)} for port, share in self.ports],
            "tool": self.tool,
            "tool_share": round(self.tool_share, 4),
            "ports_each": self.ports_each,
            "packets_an_hour": round(self.packets_an_hour, 3),
            "regions": [{"region": region, "share": round(share, 4)} for region, share in self.regions],
            "sources_before": self.sources_before,
            "shared": round(self.shared, 4),
            "sketch": list(self.sketch),
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "SourceGroup":
        """A group from what `as_dict` gave."""
        values = dict(data)
        values["ports"] = tuple((p["port"], p["share"]) for p in data["ports"])
        values["regions"] = tuple((r["region"], r["share"]) for r in data["regions"])
        values["sketch"] = tuple(data["sketch"])
        return cls(**values)

    def sentence(self) -> str:
        """The finding in words."""
        ports = ", ".join(port for port, _ in self.ports[:3]) + (" and others" if len(self.ports) > 3 else "")
        regions = ", ".join(f"{region or 'unknown'} {share:.0%}" for region, share in self.regions[:3])
        tool = f"tool {self.tool}" if self.tool else "no known tool"
        return f"{self.day}: a new group of {self.sources:,} sources scans {ports} ({tool}; {regions}): {self.name}"


@dataclass(frozen=True, slots=True)
class TakesPart:
    """
    That a group takes part in a surge.

    Attributes:
        surge: the surge's identifier.
        ports, verdict: of the surge.
        excess_share: the group's share of the surge's sources beyond the usual, 0 to 1.
        first, last: the UTC days of the surge; *last* is None while it lasts.
    """

    surge: str
    ports: tuple[str, ...]
    verdict: str
    excess_share: float
    first: date
    last: date | None

    def on(self, day: date) -> bool:
        """Whether the surge was there on a UTC day."""
        return self.first <= day and (self.last is None or day <= self.last)

    def as_dict(self) -> dict[str, Any]:
        """The form that `isdas sources --json` prints."""
        return {
            "surge": self.surge,
            "ports": list(self.ports),
            "verdict": self.verdict,
            "excess_share": round(self.excess_share, 4),
            "first": self.first.isoformat(),
            "last": self.last.isoformat() if self.last else None,
        }


def told(group: SourceGroup, parts: Iterable[TakesPart] | None = None) -> dict[str, Any]:
    """
    A group as people and programs are told of it, with the surges it takes part in if *parts* is given.

    Without its sketch, from which nobody could read an address, but which says nothing either.
    """
    found = {key: value for key, value in group.as_dict().items() if key != "sketch"}
    return found if parts is None else {**found, "surges": [part.as_dict() for part in parts]}


def told_over_days(name: str, days: Iterable[SourceGroup], parts: Iterable[TakesPart]) -> dict[str, Any]:
    """One group on all its days, and all surges that it takes part in."""
    return {"name": name, "days": [told(day) for day in days], "surges": [part.as_dict() for part in parts]}


def by_group(surges: Iterable[Surge]) -> dict[str, list[TakesPart]]:
    """The surges that each group of sources takes part in, by the group's name, newest first."""
    found: dict[str, list[TakesPart]] = {}
    for surge in sorted(surges, key=lambda one: (one.detected_at, one.identifier), reverse=True):
        first = surge.onset_at.astimezone(UTC).date()
        last = surge.ended_at.astimezone(UTC).date() if surge.ended_at else None
        for group in surge.explanation.source_groups if surge.explanation else ():
            part = TakesPart(surge.identifier, surge.ports, surge.verdict, group.excess_share, first, last)
            found.setdefault(group.name, []).append(part)
    return found
