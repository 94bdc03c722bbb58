"""
Explanation: what is known of a surge beyond its size: how it grows, how far it reaches, who scans and with what.

Does not grade claims; alerts put them into words.
"""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Growth:
    """
    How the excess grows.

    Attributes:
        law: ``step``, ``linear``, ``exponential`` or ``logistic``, by AIC.
        doubling_hours, low_hours, high_hours: doubling time and its 90 % interval; None where it does not spread.
        doublings: how often it doubled while it was watched.
        spreading: whether the growth rate is above 0 beyond doubt, over three doublings or more.
    """

    law: str
    doubling_hours: float | None = None
    low_hours: float | None = None
    high_hours: float | None = None
    doublings: float = 0.0
    spreading: bool = False


@dataclass(frozen=True, slots=True)
class Reach:
    """
    Estimated number of sources Internet-wide, the ends of its 90 % interval, and what it takes for granted.
    """

    sources: float
    low: float
    high: float
    assumptions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Mix:
    """
    One value of something, its share before the onset and in the excess, 0 to 1.

    Attributes:
        name: such as ``masscan``, ``Windows`` or ``tcp_window=1024``.
        before, excess: the shares, each of what could show it.
    """

    name: str
    before: float
    excess: float


@dataclass(frozen=True, slots=True)
class Part:
    """
    A part of the surge that rises by itself, when all parts of its dimension are tested at once.

    Attributes:
        dimension: ``region``, ``as``, ``tool``, ``sensor`` or ``group``.
        name: which.
        observed, expected: source-hours.
        excess_share: its share of the excess, 0 to 1.
        score: -log10 p.
    """

    dimension: str
    name: str
    observed: int
    expected: float
    excess_share: float
    score: float


@dataclass(frozen=True, slots=True)
class Companion:
    """Another port that the sources of the excess scan: share of them that do, and share of the usual sources."""

    port: str
    share: float
    usual: float


@dataclass(frozen=True, slots=True)
class Similar:
    """
    A past surge that is like this one.

    Attributes:
        identifier: which.
        likeness: how much, 0 to 1.
        why: in what.
        shared_sources, shared_networks: estimated share of the new sources, and of their /24 (IPv6: /48), of the
            smaller of the two that are in both; None if they are not known of both.
    """

    identifier: str
    likeness: float
    why: str
    shared_sources: float | None = None
    shared_networks: float | None = None


@dataclass(frozen=True, slots=True)
class GroupShare:
    """
    A group of sources (`model.source_group`) that sources of the surge are in.

    Attributes:
        name: the group's.
        standing, since: as on the first day on which both were there.
        size: sources of the group on the day when it had most.
        sources: its sources on the port, an average day of the surge.
        usual: the same on an average day of the week before; None if no day before was grouped.
        excess_share: its share of the day's sources beyond the usual, 0 to 1; of all of them if *usual* is None.
    """

    name: str
    standing: str
    since: str
    size: int
    sources: float
    usual: float | None
    excess_share: float


@dataclass(frozen=True, slots=True)
class Candidate:
    """
    A vulnerability that scans of the port may look for.

    Attributes:
        name: such as ``MS08-067``.
        product: what listens on the port.
        published: ISO date of its publication.
        likeness: 0 to 1; how well product, date, systems and shape fit. Not a probability.
        why, against: what speaks for it, and what would refute it.
    """

    name: str
    product: str
    published: str
    likeness: float
    why: str
    against: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """
    What could be found out; empty parts were not to be seen in the data.

    Attributes:
        growth, reach: see there; None where too little was seen.
        local_share, local_expected: share of the new sources within the /16 (IPv6: /32) of a sensor that they hit,
            and what was usual, at least chance; None if too few are new or the sensors' addresses are not known.
        new_sources, known_sources: sources of the excess first seen since the onset, and seen before on any port.
        packets_per_source, packets_per_source_before: a source's packets an hour on the port (median).
        tools, systems, invariants: what the excess is made of and what was usual.
        companions: ports scanned together, most common first.
        parts: regions, AS, tools, sensors and groups of sensors that rise by themselves.
        source_groups: groups of sources that its sources are in, largest share first.
        similar: past surges, most similar first.
        candidates: vulnerabilities, best fitting first.
    """

    growth: Growth | None = None
    reach: Reach | None = None
    local_share: float | None = None
    local_expected: float | None = None
    new_sources: int | None = None
    known_sources: int | None = None
    packets_per_source: float | None = None
    packets_per_source_before: float | None = None
    tools: tuple[Mix, ...] = ()
    systems: tuple[Mix, ...] = ()
    invariants: tuple[Mix, ...] = ()
    companions: tuple[Companion, ...] = ()
    parts: tuple[Part, ...] = ()
    source_groups: tuple[GroupShare, ...] = ()
    similar: tuple[Similar, ...] = ()
    candidates: tuple[Candidate, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The form that ``isdas surges --json`` prints."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "Explanation":
        """What `as_dict` gave."""
        made: dict[str, Any] = dict(data)
        made["growth"] = Growth(**data["growth"]) if data.get("growth") else None
        if data.get("reach"):
            made["reach"] = Reach(**{**data["reach"], "assumptions": tuple(data["reach"]["assumptions"])})
        kinds: dict[str, type] = {
            "tools": Mix,
            "systems": Mix,
            "invariants": Mix,
            "companions": Companion,
            "parts": Part,
            "source_groups": GroupShare,
            "similar": Similar,
            "candidates": Candidate,
        }
        for name, kind in kinds.items():
            made[name] = tuple(kind(**each) for each in data.get(name) or ())
        return cls(**made)
