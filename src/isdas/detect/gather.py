"""
Gathering: rises of several ports by the same sources at the same time are one surge.

Does not judge a single rise (isdas.detect.judge).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from isdas.detect.case import Case, per_cell
from isdas.detect.config import Config
from isdas.detect.evidence import Evidence
from isdas.detect.judge import judge
from isdas.detect.rise import Rise
from isdas.model.surge import Surge


@dataclass(frozen=True, slots=True)
class Judged:
    """
    A surge of one port, and who made it.

    Attributes:
        surge: as judged.
        hour: datetime64[h] of its detection.
        sources: int64[n], sorted codes of the sources that make up its excess.
    """

    surge: Surge
    hour: np.datetime64
    sources: npt.NDArray[np.int64]


def gather(rises: Iterable[Rise], evidence_of: Callable[[Rise], Evidence], config: Config) -> list[Surge]:
    """
    Judge every rise and merge those with one cause, in the order of detection.

    Args:
        rises: of `isdas.detect.find.find`.
        evidence_of: fetches the evidence of a rise; called once for each, one at a time.
        config: settings.
    """
    judged = []
    for rise in rises:
        evidence = evidence_of(rise)
        surge = judge(rise, evidence, config)
        judged.append(Judged(surge, rise.hour, drivers(Case.of(rise, evidence), surge.verdict)))
    return merge(judged, config)


def drivers(case: Case, verdict: str) -> npt.NDArray[np.int64]:
    """The sources behind a surge: the one that makes it, if one does; else all that the usual does not explain."""
    keys = per_cell(case, case.evidence.source)
    if not len(keys):
        return keys
    if verdict == "single-source":
        top, _ = case.top(keys)
        return np.array([top], np.int64)
    values, _, seen, usual = case.groups(keys)
    due = case.span.expected * usual / max(int(usual.sum()), 1)
    return np.asarray(values[seen > due])


def merge(judged: Iterable[Judged], config: Config) -> list[Surge]:
    """
    One surge for each group of surges of one verdict that share their sources, detection by detection.

    A surge joins the first group that has a member detected within `Config.same_hours` whose sources overlap by
    `Config.same_sources` (Jaccard). The first detected, of these the highest score, gives the identifier, so that
    later members do not rename what was told.
    """
    groups: list[list[Judged]] = []
    for one in sorted(judged, key=lambda j: (j.hour, -j.surge.score, j.surge.port)):
        group = next((g for g in groups if any(_same(one, other, config) for other in g)), None)
        if group is None:
            groups.append([one])
        else:
            group.append(one)
    return [_as_one(group) for group in groups]


def jaccard(a: npt.NDArray[np.int64], b: npt.NDArray[np.int64]) -> float:
    """Shared sources over all sources of two sorted sets; 0 if both are empty."""
    shared = len(np.intersect1d(a, b, assume_unique=True))
    return shared / max(len(a) + len(b) - shared, 1)


def _same(a: Judged, b: Judged, config: Config) -> bool:
    near = abs((a.hour - b.hour).astype("timedelta64[h]").astype(int)) <= config.same_hours
    return bool(
        near
        and a.surge.verdict == b.surge.verdict
        and a.surge.port != b.surge.port
        and jaccard(a.sources, b.sources) >= config.same_sources
    )


def _as_one(group: list[Judged]) -> Surge:
    leader = group[0].surge
    if len(group) == 1:
        return leader
    surges = [one.surge for one in group]
    ends = [surge.ended_at for surge in surges]
    return replace(
        leader,
        ports=tuple(dict.fromkeys(surge.port for surge in surges)),
        ended_at=None if None in ends else max(end for end in ends if end is not None),
    )
