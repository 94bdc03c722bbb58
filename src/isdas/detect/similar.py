"""
Past surges that are like a new one: by where they come from, with what, and how they grow.

Looks at what surges tell of themselves, never at sightings, so that a past that was let go can still be compared.
"""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from isdas.model.explanation import Similar
from isdas.model.surge import Surge

MOST, LEAST = 5, 0.5
"""So many are told, and none that is less alike."""

_WEIGHTS = {"regions": 0.35, "tools": 0.25, "ports": 0.15, "growth": 0.1, "size": 0.15}


def similar(surge: Surge, past: Iterable[Surge]) -> tuple[Similar, ...]:
    """
    The most similar of some past surges, most similar first.

    Likeness is a weighted mean of the cosine of shares of regions and of tools, shared ports (also those that its
    sources scan beside), the same law of growth, and the nearness of factor and number of sources on a log scale.
    """
    found = []
    for other in past:
        if other.identifier == surge.identifier:
            continue
        parts = {
            "regions": _cosine(_regions(surge), _regions(other)),
            "tools": _tools(surge, other),
            "ports": _jaccard(_ports(surge), _ports(other)),
            "growth": float(_law(surge) == _law(other)),
            "size": _near(surge.factor, other.factor) * _near(surge.sources, other.sources),
        }
        likeness = sum(_WEIGHTS[name] * value for name, value in parts.items())
        if likeness >= LEAST:
            best = sorted(parts, key=lambda name: -parts[name] * _WEIGHTS[name])[:2]
            found.append(Similar(other.identifier, round(likeness, 4), " and ".join(f"alike in {n}" for n in best)))
    return tuple(sorted(found, key=lambda one: (-one.likeness, one.identifier))[:MOST])


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
