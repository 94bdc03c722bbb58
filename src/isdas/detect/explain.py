"""
What the sightings of its port tell of a rise beyond its size.

Does not look at packets, other ports or other rises; who can fills in the rest.
"""

import numpy as np

from isdas.detect.attribution import excess, shares
from isdas.detect.case import Case, per_cell
from isdas.detect.config import Config
from isdas.detect.growth import growth
from isdas.detect.parts import parts
from isdas.detect.reach import reach
from isdas.model.explanation import Explanation, Growth, Mix, Reach

LEAST_SHARE = 0.005
"""Tools below this share, before and in the excess, are not told."""


def explain(case: Case, onset: np.datetime64, config: Config) -> Explanation:
    """
    The explanation that the evidence of one port gives.

    Args:
        case: the rise with its evidence.
        onset: datetime64[h], when it began most likely.
        config: settings.
    """
    evidence = case.evidence
    scans = evidence.of_kind("scan")
    since = scans & evidence.between(onset, max(case.span.end, onset + 1))
    now, before = np.unique(evidence.source[since]), np.unique(evidence.source[scans & (evidence.hour < onset)])
    known = int(np.isin(now, before, assume_unique=True).sum())
    return Explanation(
        growth=_growth(case, onset),
        reach=_reach(case, onset),
        new_sources=len(now) - known,
        known_sources=known,
        packets_per_source=_rate(case, now=True),
        packets_per_source_before=_rate(case, now=False),
        tools=tools(case),
        parts=parts(case, config),
    )


def tools(case: Case) -> tuple[Mix, ...]:
    """Shares of tools before and of the excess, each of what could show that tool; unnamed programs are left out."""
    found = [_mix(case, name) for name in case.evidence.tools if name]
    told = [mix for mix in found if max(mix.before, mix.excess) >= LEAST_SHARE]
    return tuple(sorted(told, key=lambda mix: (-mix.excess, mix.name)))


def _mix(case: Case, name: str) -> Mix:
    evidence = case.evidence
    able = case.among(evidence.could_show(name, case.rise.port.protocol))
    values, _, seen, usual = able.groups(per_cell(able, evidence.tool))
    if not seen.any():
        return Mix(name, 0.0, 0.0)
    mine = values == evidence.tools.index(name)
    known = float(seen.sum()) / max(float(case.within(case.span).sum()), 1.0)
    part = shares(excess(seen, usual, case.span.expected * known))
    return Mix(name, float(usual[mine].sum() / max(int(usual.sum()), 1)), float(part[mine].sum()))


def _growth(case: Case, onset: np.datetime64) -> Growth | None:
    rise = case.rise
    first = max(0, int((onset - rise.begin).astype(int)))
    last = int((min(case.evidence.end, rise.begin + len(rise.counts)) - rise.begin).astype(int))
    return growth(rise.counts[first:last].astype(np.float64), rise.means[first:last], rise.hourly_variance)


def _reach(case: Case, onset: np.datetime64) -> Reach | None:
    """Of the sources that scanned since the onset; those that always did are among them, so it must have risen much."""
    evidence = case.evidence
    if case.rise.factor < 2.0:
        return None
    begin, end = max(onset, case.span.begin), case.span.end
    rows = evidence.of_kind("scan") & evidence.between(begin, end)
    watching = int((evidence.observed(begin, end) > 0).sum())
    return reach(evidence.source[rows], evidence.sensor[rows].astype(np.int64), watching)


def _rate(case: Case, *, now: bool) -> float | None:
    """Packets that a source sends to the port in an hour in which it is seen, over all sensors: the median."""
    evidence = case.evidence
    when = evidence.between(case.span.begin, case.span.end) if now else evidence.hour < case.span.begin
    index = np.flatnonzero(evidence.of_kind("scan") & when)
    if not len(index):
        return None
    pairs = np.stack([evidence.hour[index].astype("datetime64[h]").astype(np.int64), evidence.source[index]])
    _, group = np.unique(pairs, axis=1, return_inverse=True)
    return float(np.median(np.bincount(group, weights=evidence.packets[index])))
