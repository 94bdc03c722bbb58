"""
Parts of a rise that rise by themselves: regions, AS, tools, sensors and groups of sensors, each dimension at once.

Does not say which of them explain the rise (isdas.detect.attribution).
"""

from collections.abc import Callable, Iterator

import numpy as np

from isdas.detect.attribution import excess, shares
from isdas.detect.case import Case, per_cell
from isdas.detect.config import Config
from isdas.detect.evidence import Ints
from isdas.detect.tail import score
from isdas.model.explanation import Part

MOST = 12
"""Parts told of each dimension."""


def parts(case: Case, config: Config) -> tuple[Part, ...]:
    """
    The parts that rise by themselves, dimension by dimension, largest share of the excess first.

    In each dimension those with Benjamini and Hochberg's (1995) correction over all of its values at `part_level`.
    The port itself was chosen among all ports, at a level at which hardly one in a week is chosen by chance; so the
    error that is controlled is that of naming parts of a port that rises.
    """
    evidence = case.evidence

    def tool_name(code: int) -> str:
        return evidence.tools[code] if code >= 0 else ""

    found = [
        *_rising(case, "region", *_cells(case, per_cell(case, evidence.region), evidence.region_name), config),
        *_rising(case, "as", *_cells(case, per_cell(case, evidence.asn), _as_name), config),
        *_rising(case, "tool", *_cells(case, per_cell(case, evidence.tool), tool_name), config),
        *_rising(case, "sensor", list(evidence.sensors), *case.by_sensor(case.span), config),
        *_rising(case, "group", *case.by_group(case.span), config),
    ]
    return tuple(part for part in found if part.name)


def _as_name(asn: int) -> str:
    return f"AS{asn}" if asn else ""


def _cells(case: Case, keys: Ints, name: Callable[[int], str]) -> tuple[list[str], Ints, Ints]:
    values, _, seen, usual = case.groups(keys)
    return [name(value) for value in values.tolist()], seen, usual


def _rising(case: Case, dimension: str, names: list[str], seen: Ints, usual: Ints, config: Config) -> Iterator[Part]:
    if not seen.any():
        return
    span, n = case.span, len(names)
    # What one sensor sees again adds up to more than the sources of all: expectations go by the same measure.
    whole = span.expected * max(1.0, float(seen.sum()) / max(float(case.within(span).sum()), 1.0))
    mean = whole * (usual + 0.5) / (float(usual.sum()) + 0.5 * n)
    scores = np.array(
        [
            score(int(y), float(m), span.variance + 1.0 / (u + 0.5)) if y > m else 0.0
            for y, m, u in zip(seen, mean, usual, strict=True)
        ]
    )
    share = shares(excess(seen, usual, whole))
    order = np.argsort(-scores, kind="stable")
    asked = -np.log10(config.part_level * np.arange(1, n + 1) / n)
    passed = np.flatnonzero(scores[order] >= asked)
    chosen = order[: int(passed.max()) + 1] if len(passed) else order[:0]
    for i in sorted(chosen.tolist(), key=lambda i: (-share[i], names[i]))[:MOST]:
        yield Part(dimension, names[i], int(seen[i]), float(mean[i]), float(share[i]), float(scores[i]))
