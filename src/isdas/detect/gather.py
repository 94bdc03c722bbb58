"""
Gathering: rises of several ports by the same networks, one after the other or at once, are one surge.

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

SEVERAL = 5
"""Shared networks from which a rise may be part of a larger one."""


@dataclass(frozen=True, slots=True)
class Judged:
    """
    A surge of one port, and who made it.

    Attributes:
        surge: as judged.
        hour: datetime64[h] of its detection.
        until: datetime64[h], when it was over, or how long it may last before it becomes the usual.
        networks: int64[n], sorted codes of the /24 (IPv6: /48) that make up its excess.
        weights: float64[n], how much of the excess each makes; they sum to 1.
    """

    surge: Surge
    hour: np.datetime64
    until: np.datetime64
    networks: npt.NDArray[np.int64]
    weights: npt.NDArray[np.float64]


def gather(rises: Iterable[Rise], evidence_of: Callable[[Rise], Evidence], config: Config) -> list[Surge]:
    """
    Judge every rise and merge those with one cause, in the order of detection.

    Args:
        rises: of `isdas.detect.find.find`.
        evidence_of: fetches the evidence of a rise; called once for each, one at a time.
        config: settings.
    """
    return merge((judged(rise, evidence_of(rise), config) for rise in rises), config)


def judged(rise: Rise, evidence: Evidence, config: Config) -> Judged:
    """The surge of one rise alone, with who made it."""
    surge = judge(rise, evidence, config)
    until = rise.ended if rise.ended is not None else rise.hour + config.settle_days * 24
    return Judged(surge, rise.hour, until, *drivers(Case.of(rise, evidence)))


def drivers(case: Case) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """
    The networks behind a rise, sorted, and how much of its excess each makes; all that the usual does not explain.

    Networks, not addresses: who scans from a rented /24 changes the address from port to port.
    """
    values, _, seen, usual = case.groups(per_cell(case, case.evidence.network))
    more = seen - case.span.expected * usual / max(int(usual.sum()), 1)
    behind = more > 0
    return np.asarray(values[behind]), more[behind] / max(float(more[behind].sum()), 1e-9)


def merge(judged: Iterable[Judged], config: Config) -> list[Surge]:
    """One surge for each of `causes`."""
    return [as_one(group) for group in causes(judged, config)]


def causes(judged: Iterable[Judged], config: Config) -> list[list[Judged]]:
    """
    Rises that share their networks, together, detection by detection.

    A rise joins all groups with a member that was made by the same networks (`alike`) and was not over for longer than
    `Config.same_hours`, and thereby makes them one: who changes hosts bit by bit is known by those between. Without
    such a group it joins the first of which it is a part (`one_cause`); a part of two ties nothing together. Broad ones
    and others are kept apart, so that nothing that asks for an alert is hidden in what does not. The first detected, of
    these the highest score, gives the identifier, so that later members do not rename what was told first.
    """
    groups: list[list[Judged]] = []
    for one in sorted(judged, key=_order):
        near = [(group, [other for other in group if _near(other, one, config)]) for group in groups]
        tied = [group for group, others in near if any(alike(other, one, config) for other in others)]
        part = [group for group, others in near if any(one_cause(other, one, config) for other in others)]
        joined = tied or part[:1]
        # By identity: groups of arrays cannot be compared.
        groups = [group for group in groups if not any(group is each for each in joined)]
        groups.append([*(member for group in joined for member in group), one])
        groups.sort(key=lambda group: min(map(_order, group)))
    return [sorted(group, key=_order) for group in groups]


def alike(a: Judged, b: Judged, config: Config) -> bool:
    """Whether the networks that two rises share make `Config.same_sources` of the excess of both."""
    return min(_shared(a, b)[:2]) >= config.same_sources


def one_cause(a: Judged, b: Judged, config: Config) -> bool:
    """
    Whether two rises are `alike`, or what they share makes twice as much of one, if it is SEVERAL networks: then it is
    a part of the other. A single host may be in a crowd without being its cause.
    """
    of_a, of_b, n = _shared(a, b)
    return alike(a, b, config) or (n >= SEVERAL and max(of_a, of_b) >= min(2 * config.same_sources, 1.0))


def _shared(a: Judged, b: Judged) -> tuple[float, float, int]:
    """How much of the excess of each the networks of both make, and how many they are."""
    _, in_a, in_b = np.intersect1d(a.networks, b.networks, assume_unique=True, return_indices=True)
    return float(a.weights[in_a].sum()), float(b.weights[in_b].sum()), len(in_a)


def _order(one: Judged) -> tuple[np.datetime64, float, str]:
    return one.hour, -one.surge.score, one.surge.port


def _near(earlier: Judged, later: Judged, config: Config) -> bool:
    """Whether two rises may be one surge by when they were and what they are."""
    gap = int((later.hour - earlier.until).astype("timedelta64[h]").astype(int))
    return bool(
        gap <= config.same_hours
        and (earlier.surge.verdict == "broad") == (later.surge.verdict == "broad")
        and (earlier.surge.change == "fall") == (later.surge.change == "fall")
    )


def as_one(group: list[Judged]) -> Surge:
    """The surge that rises of one cause are, named after the first."""
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
    told: list[tuple[str, str]] = []
    before: set[str] = set()
    for surge in surges:
        also = " again" if surge.port in before else " too, from the same networks" if before else ""
        before.add(surge.port)
        what = "lost its sources" if surge.change == "fall" else "was seen to rise"
        told.append((iso(surge.detected_at), f"{surge.port} {what}{also}: x{surge.factor:,.1f}"))
        if surge.ended_at is not None and surge.change != "fall":
            told.append((iso(surge.ended_at), f"{surge.port} was over"))
    return tuple(sorted(told, key=lambda each: each[0]))
