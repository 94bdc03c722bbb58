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
from isdas.model.time import iso


@dataclass(frozen=True, slots=True)
class Judged:
    """
    A surge of one port, and who made it.

    Attributes:
        surge: as judged.
        hour: datetime64[h] of its detection.
        until: datetime64[h], when it was over, or how long it may last before it becomes the usual.
        sources: int64[n], sorted codes of the sources that make up its excess.
    """

    surge: Surge
    hour: np.datetime64
    until: np.datetime64
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
        until = rise.ended if rise.ended is not None else rise.hour + config.settle_days * 24
        judged.append(Judged(surge, rise.hour, until, drivers(Case.of(rise, evidence), surge.verdict)))
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
    One surge for each group of surges that share their sources, detection by detection.

    A surge joins the first group that has a member whose sources overlap by `Config.same_sources` (shared ones over
    those of the fewer) and that was not over for longer than `Config.same_hours`. Broad ones and others are kept
    apart, so that nothing that asks for an alert is hidden in what does not. The first detected, of these the highest
    score, gives the identifier, so that later members do not rename what was told.
    """
    groups: list[list[Judged]] = []
    for one in sorted(judged, key=lambda j: (j.hour, -j.surge.score, j.surge.port)):
        group = next((g for g in groups if any(_same(other, one, config) for other in g)), None)
        if group is None:
            groups.append([one])
        else:
            group.append(one)
    return [_as_one(group) for group in groups]


def overlap(a: npt.NDArray[np.int64], b: npt.NDArray[np.int64]) -> float:
    """Shared sources over those of the smaller of two sorted sets (Szymkiewicz and Simpson); 0 if one is empty."""
    fewer = min(len(a), len(b))
    return len(np.intersect1d(a, b, assume_unique=True)) / fewer if fewer else 0.0


def _same(earlier: Judged, later: Judged, config: Config) -> bool:
    gap = int((later.hour - earlier.until).astype("timedelta64[h]").astype(int))
    return bool(
        gap <= config.same_hours
        and (earlier.surge.verdict == "broad") == (later.surge.verdict == "broad")
        and overlap(earlier.sources, later.sources) >= config.same_sources
    )


def _as_one(group: list[Judged]) -> Surge:
    surges = [one.surge for one in group]
    leader = surges[0]
    ends = [surge.ended_at for surge in surges]
    return replace(
        leader,
        ports=tuple(dict.fromkeys(surge.port for surge in surges)),
        ended_at=None if None in ends else max(end for end in ends if end is not None),
        history=_history(surges),
    )


def _history(surges: list[Surge]) -> tuple[tuple[str, str], ...]:
    """What happened, as (ISO instant, sentence), oldest first."""
    told = []
    for surge in surges:
        also = "" if surge is surges[0] else " too, by the same sources"
        told.append((iso(surge.detected_at), f"{surge.port} was seen to rise{also}: x{surge.factor:,.1f}"))
        if surge.ended_at is not None:
            told.append((iso(surge.ended_at), f"{surge.port} was over"))
    return tuple(sorted(told, key=lambda each: each[0]))
