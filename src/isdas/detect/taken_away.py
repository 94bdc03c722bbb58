"""
The guards that take something away and ask what is left of the rise: a source, a network, sensors, scanners, hours.

Does not say in which order failures count (isdas.detect.guards).
"""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from isdas.detect.case import Case, per_cell
from isdas.detect.config import Config
from isdas.detect.evidence import Bools
from isdas.model.surge import Guard


def without_artefacts(case: Case, config: Config) -> Guard:
    """Whether it stands without sensors whose clock is wrong, and without the hours in which one came back."""
    evidence, span = case.evidence, case.span
    wrong = np.zeros(len(evidence.sensors), np.bool_)
    if evidence.clock is not None:
        wrong = np.abs(evidence.clock) > config.clock_seconds
    edges = _after_gaps(case)
    hour = np.clip((evidence.hour - evidence.begin).astype(np.int64), 0, edges.shape[1] - 1)
    bad = wrong[evidence.sensor] | edges[evidence.sensor, hour]
    during = evidence.of_kind("scan") & evidence.between(span.begin, span.end)
    if not (bad & during).any():
        return Guard("without-artefacts", True, case.rise.score, "No sensor had a wrong clock or came back just then.")
    # What such a sensor always sees stays in the past, so that what is usual is not made smaller.
    kept = _also_seen(case, evidence.of_kind("scan") & ~(bad & during))
    left, part = case.left(kept)
    passed = _survives(case, config, left, part)
    finding = (
        f"Without {int(wrong.sum())} sensors with a wrong clock and the first hours of those that came back, the score "
        f"is {left:.1f} and {part:.0%} of the excess is left."
    )
    return Guard("without-artefacts", passed, left, finding)


def fleet_change(case: Case, config: Config) -> Guard:
    """Whether it stands on the sensors that watched both before and during the rise."""
    evidence, span = case.evidence, case.span
    recent = max(evidence.begin, span.begin - 14 * 24)
    before = evidence.observed(recent, span.begin) / max(int((span.begin - recent).astype(int)), 1)
    during = evidence.observed(span.begin, span.end) / max(int((span.end - span.begin).astype(int)), 1)
    change = float(during.sum() / max(float(before.sum()), 1e-9) - 1.0)
    steady = (before >= 0.5) & (during >= 0.5)
    moved = (np.maximum(before, during) >= 0.5) & ~steady
    if abs(change) <= config.fleet_change and not moved.any():
        finding = f"The live sensors are as many as in the two weeks before (change {change:+.0%})."
        return Guard("fleet-change", True, case.rise.score, finding)
    kept = _also_seen(case, evidence.of_kind("scan") & steady[evidence.sensor])
    left, part = case.left(kept, share=float(steady.mean()))
    passed = _survives(case, config, left, part)
    finding = (
        f"The live sensors changed by {change:+.0%}; on the {int(steady.sum())} sensors that watched throughout "
        f"the score is {left:.1f}."
    )
    return Guard("fleet-change", passed, left, finding)


def without_research_scanners(case: Case, config: Config) -> Guard:
    """Whether it stands without the sources that are registered as research scanners."""
    named = np.array([name != "" for name in case.evidence.scanners] or [False])
    research = named[np.clip(case.evidence.scanner[case.cells], 0, None)] & (case.evidence.scanner[case.cells] >= 0)
    during = case.within(case.span)
    if not (research & during).any():
        return Guard("without-research-scanners", True, 0.0, "No registered research scanner takes part in the rise.")
    return _without_some(case, config, "without-research-scanners", "Registered research scanners", research)


def without_wide_scanners(case: Case, config: Config) -> Guard:
    """Whether it stands without sources that scan ports by the hundred: those are not after this one."""
    evidence = case.evidence
    if evidence.breadth is None:
        return Guard("without-wide-scanners", True, 0.0, "Nobody has looked at what else the sources scan.")
    wide = np.unique(evidence.source[evidence.breadth >= config.wide_ports])
    mine = np.isin(evidence.source[case.cells], wide)
    during = case.within(case.span)
    if not (mine & during).any():
        return Guard("without-wide-scanners", True, case.rise.score, "No source scans hundreds of ports.")
    who = f"Sources that scan {config.wide_ports} ports or more"
    return _without_some(case, config, "without-wide-scanners", who, mine)


def without_top_source(case: Case, config: Config) -> Guard:
    """Whether it stands without the source that adds most."""
    _, kept = case.top(per_cell(case, case.evidence.source))
    guard = _leave_out(case, config, "without-top-source", "the most active source", kept)
    # One address that makes half of the excess is the news, whatever else wandered upwards with it.
    return replace(guard, passed=guard.passed and case.left(kept)[1] >= 0.5)


def without_top_network(case: Case, config: Config) -> Guard:
    """Whether it stands without the /24 (IPv6: /48) that adds most."""
    _, kept = case.top(per_cell(case, case.evidence.network))
    return _leave_out(case, config, "without-top-network", "the most active /24 network", kept)


def without_top_sensor(case: Case, config: Config) -> Guard:
    """Whether it stands on what the other sensors saw without the sensor that adds most."""
    evidence = case.evidence
    scans = evidence.of_kind("scan")
    during = scans & evidence.between(case.span.begin, case.span.end)
    seen = np.bincount(evidence.sensor[during], minlength=len(evidence.sensors))
    usual = np.bincount(evidence.sensor[scans & (evidence.hour < case.span.begin)], minlength=len(evidence.sensors))
    top = int((seen - case.span.expected * usual / max(int(usual.sum()), 1)).argmax())
    watched = evidence.observed(case.span.begin, case.span.end)
    share = 1.0 - watched[top] / max(float(watched.sum()), 1e-9)
    kept = _also_seen(case, scans & (evidence.sensor != top))
    return _leave_out(case, config, "without-top-sensor", f"sensor {evidence.sensors[top]}", kept, share=float(share))


def without_top_as(case: Case, config: Config) -> Guard:
    """Whether it stands without the origin AS that adds most; sources of unknown AS count by network."""
    asn = per_cell(case, case.evidence.asn)
    keys = np.where(asn > 0, asn, -1 - np.abs(per_cell(case, case.evidence.network)))
    top, kept = case.top(keys)
    name = f"AS{top}" if top > 0 else "the most active network (its AS is unknown)"
    return _leave_out(case, config, "without-top-as", name, kept)


def _without_some(case: Case, config: Config, name: str, who: str, theirs: Bools) -> Guard:
    """What is left without some sources, whose cells are given."""
    during = case.within(case.span)
    share = float((theirs & during).sum() / max(int(during.sum()), 1))
    left, part = case.left(~theirs)
    finding = (
        f"{who} are {share:.0%} of the source-hours; without them the score is {left:.1f} and {part:.0%} of the "
        "excess is left."
    )
    return Guard(name, _survives(case, config, left, part), left, finding)


def _leave_out(case: Case, config: Config, name: str, what: str, kept: Bools, *, share: float = 1.0) -> Guard:
    left, part = case.left(kept, share=share)
    passed = _survives(case, config, left, part)
    finding = f"Without {what} the score is {left:.1f} and {part:.0%} of the excess is left."
    return Guard(name, passed, left, finding)


def _survives(case: Case, config: Config, left: float, part: float) -> bool:
    """Whether enough is left to call it the same rise."""
    return left >= max(config.survive_score, config.survive_share * case.rise.score) and part >= config.least_excess


def _also_seen(case: Case, rows: Bools) -> Bools:
    """Which cells appear among *rows* too, so that they would have been counted by those alone."""
    evidence = case.evidence
    hours = evidence.hour.astype("datetime64[h]").astype(np.int64)
    pairs = np.empty(len(hours), dtype=[("hour", np.int64), ("source", np.int64)])
    pairs["hour"], pairs["source"] = hours, evidence.source
    return np.isin(pairs[case.cells], np.unique(pairs[rows]))


def _after_gaps(case: Case) -> npt.NDArray[np.bool_]:
    """bool[s, h]: the first two hours that a sensor observed after it had not: what it held back may come then."""
    observed = case.evidence.exposure > 0
    edges = np.zeros_like(observed)
    for after in (1, 2):
        edges[:, after:] |= observed[:, after:] & ~observed[:, :-after]
    return edges
