"""
Past surges that are like a new one: by where they come from, with what, how they grow, and by shared addresses.

Looks at what surges tell of themselves and at sketches of their sources, never at sightings, so that a past that was
let go can still be compared.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from isdas.detect.overlap import Shared, shared
from isdas.model.explanation import Similar
from isdas.model.source_sketch import SourceSketch
from isdas.model.surge import Surge

MOST, LEAST = 5, 0.5
"""So many are told, and none that is less alike."""

NETWORKS = 4_000_000
"""A guess, on the safe side, at the /24 from which anybody scans: two crowds share some of them by chance."""

_WEIGHTS = {"regions": 0.35, "tools": 0.25, "ports": 0.15, "growth": 0.1, "size": 0.15}
_TOLD = 0.1
_WORTH = 0.5
"""What a shared network is worth beside a shared source."""


def similar(
    surge: Surge, past: Iterable[Surge], sketches: Mapping[str, SourceSketch] | None = None
) -> tuple[Similar, ...]:
    """
    The most similar of some past surges, most similar first.

    Two surges are alike by what they do: a weighted mean of the cosine of shares of regions and of tools, shared ports
    (also those that their sources scan beside), the same law of growth, and the nearness of factor and number of
    sources on a log scale. Shared addresses add to that, and a whole crowd that came again makes it 1; that none is
    shared takes nothing away, since hosts change their addresses. Where a share is estimated, the low end of its
    interval counts.

    Args:
        past: others.
        sketches: the new sources of surges by identifier, of those of which they are known.
    """
    known = sketches or {}
    mine = known.get(surge.identifier)
    found = []
    for other in past:
        if other.identifier == surge.identifier:
            continue
        theirs = known.get(other.identifier)
        one = _compared(surge, other, Both.of(mine, theirs) if mine and theirs else None)
        if one.likeness >= LEAST:
            found.append(one)
    return tuple(sorted(found, key=lambda one: (-one.likeness, one.identifier))[:MOST])


class Both(NamedTuple):
    """What the new sources of two surges share: sources and networks."""

    sources: Shared
    networks: Shared
    chance: float

    @classmethod
    def of(cls, a: SourceSketch, b: SourceSketch) -> "Both":
        """Compare two sketches."""
        return cls(
            shared(a.by_source, a.sources, b.by_source, b.sources),
            shared(a.by_network, a.networks, b.by_network, b.networks),
            min(max(a.networks, b.networks) / NETWORKS, 1.0),
        )

    @property
    def likeness(self) -> float:
        """0 to 1: what is surely shared, networks beyond chance and for less."""
        beyond = max(self.networks.low - self.chance, 0.0) / max(1.0 - self.chance, 1e-9)
        return max(self.sources.low, _WORTH * beyond)

    def words(self) -> str:
        """Such as ``40% of the sources of the smaller (90 %: 30% to 52%) and 61% of their /24 are in both``."""
        if not self.sources.high and not self.networks.high:
            return "no source and no network is in both"
        sources = f"{self.sources.share:.0%} of the sources of the smaller"
        if self.sources.low < self.sources.high:
            sources += f" (90 %: {self.sources.low:.0%} to {self.sources.high:.0%})"
        return f"{sources} and {self.networks.share:.0%} of their networks are in both"


def _compared(surge: Surge, other: Surge, both: Both | None) -> Similar:
    parts = {
        "regions": _cosine(_regions(surge), _regions(other)),
        "tools": _tools(surge, other),
        "ports": _jaccard(_ports(surge), _ports(other)),
        "growth": float(_law(surge) == _law(other)),
        "size": _near(surge.factor, other.factor) * _near(surge.sources, other.sources),
    }
    alike = sum(_WEIGHTS[name] * value for name, value in parts.items())
    best = sorted(parts, key=lambda name: -parts[name] * _WEIGHTS[name])[:2]
    why = " and ".join(f"alike in {name}" for name in best)
    if both is None:
        return Similar(other.identifier, round(alike, 4), why)
    likeness = 1.0 - (1.0 - alike) * (1.0 - both.likeness)
    # What hardly counts is not told first.
    why = f"{both.words()}; {why}" if both.likeness >= _TOLD else f"{why}; {both.words()}"
    return Similar(
        other.identifier,
        round(likeness, 4),
        why,
        round(both.sources.share, 4),
        round(both.networks.share, 4),
    )


def _regions(surge: Surge) -> dict[str, float]:
    return {share.region: share.excess_share for share in surge.regions}


def _tools(a: Surge, b: Surge) -> float:
    """Two surges of unnamed programs are alike in that, but less than two of one tool."""
    if not a.tools and not b.tools:
        return 0.5
    return _cosine(dict(a.tools), dict(b.tools))


def _ports(surge: Surge) -> set[str]:
    beside = surge.explanation.companions if surge.explanation else ()
    return {*surge.ports, *(one.port for one in beside if one.share >= 0.3)}


def _law(surge: Surge) -> str:
    growth = surge.explanation.growth if surge.explanation else None
    return growth.law if growth else surge.shape


def _near(a: float, b: float) -> float:
    return float(np.exp(-abs(np.log((a + 1.0) / (b + 1.0)))))


def _cosine(a: Mapping[str, float], b: Mapping[str, float]) -> float:
    names: Sequence[str] = sorted({*a, *b})
    x, y = (np.array([shares.get(name, 0.0) for name in names]) for shares in (a, b))
    norm = float(np.linalg.norm(x) * np.linalg.norm(y))
    return float(x @ y) / norm if norm > 0 else 0.0


def _jaccard(a: set[str], b: set[str]) -> float:
    return len(a & b) / max(len(a | b), 1)
