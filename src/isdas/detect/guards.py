"""
The guards: ways in which a rise may be an artefact, each tested and put into a sentence.

Does not weigh them against each other (isdas.detect.judge).
"""

import math
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from isdas.detect.case import ALONE, Case, per_cell
from isdas.detect.config import Config
from isdas.detect.evidence import Bools, distinct
from isdas.detect.tail import score
from isdas.model.forged import spoofed_share
from isdas.model.surge import Guard

MOSTLY = 2 / 3
"""Share of what source-hours grew by from which it is mostly by more sources, and not by the same for more hours."""

MOST_NAMED = 4
"""So many sensors that rise by themselves are named; of more, their number says what there is to say."""


def guards(case: Case, config: Config) -> tuple[Guard, ...]:
    """All guards, in the order in which a failure names the verdict."""
    return (
        backscatter(case),
        not_spoofed(case),
        without_artefacts(case, config),
        fleet_change(case, config),
        without_research_scanners(case, config),
        without_wide_scanners(case, config),
        without_top_source(case, config),
        without_top_network(case, config),
        distinct_sources(case, config),
        without_top_sensor(case, config),
        sensors_rising(case),
        enough_sensors(case),
        without_top_as(case, config),
        new_port(case, config),
        goes_on(case),
    )


def without_top_source(case: Case, config: Config) -> Guard:
    """Whether it stands without the source that adds most."""
    _, kept = case.top(per_cell(case, case.evidence.source))
    guard = _leave_out(case, config, "without-top-source", "the most active source", kept)
    # One address that makes half of the excess is the news, whatever else wandered upwards with it.
    return replace(guard, passed=guard.passed and case.left(kept)[1] >= 0.5)


def distinct_sources(case: Case, config: Config) -> Guard:
    """Whether there are more sources than usual beyond chance, and not the same number that stay for more hours."""
    seen, usual, spread, grown = case.persistence()
    if grown <= 1.0:
        return Guard("distinct-sources", True, seen, "The evidence is too short to compare numbers of sources.")
    left = score(seen, max(usual, 1e-9), spread) if seen > usual else 0.0
    more = (seen / max(usual, 1e-9) - 1.0) / (grown - 1.0)
    # Where sources grew as source-hours did, the search has said already that this is no chance.
    passed = more >= config.least_excess and left > (ALONE if more >= MOSTLY else config.survive_score)
    finding = (
        f"{seen:.0f} distinct sources where {usual:.1f} are usual (score {left:.1f}), while their source-hours are "
        f"{grown:.1f} times the usual."
    )
    return Guard("distinct-sources", passed, seen, finding)


def without_top_network(case: Case, config: Config) -> Guard:
    """Whether it stands without the /24 (IPv6: /48) that adds most."""
    _, kept = case.top(per_cell(case, case.evidence.network))
    return _leave_out(case, config, "without-top-network", "the most active /24 network", kept)


def without_top_as(case: Case, config: Config) -> Guard:
    """Whether it stands without the origin AS that adds most; sources of unknown AS count by network."""
    asn = per_cell(case, case.evidence.asn)
    keys = np.where(asn > 0, asn, -1 - np.abs(per_cell(case, case.evidence.network)))
    top, kept = case.top(keys)
    name = f"AS{top}" if top > 0 else "the most active network (its AS is unknown)"
    return _leave_out(case, config, "without-top-as", name, kept)


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


def sensors_rising(case: Case) -> Guard:
    """Whether at least two sensors rise by themselves."""
    rising, live = case.sensors_rising()
    named = f": {', '.join(case.rising)}" if 0 < rising <= MOST_NAMED else ""
    finding = f"{rising} of {live} live sensors rise by themselves (p < 0.05){named}."
    return Guard("sensors-rising", rising >= 2, float(rising), finding)


def enough_sensors(case: Case) -> Guard:
    """
    Whether more than a third of the live sensors rise by themselves; of a small excess, one for every three scans.

    Two of nine sensors in neighbouring address blocks are somebody's target list, not the Internet.
    """
    rising, live = case.sensors_rising()
    more = max(float(case.within(each).sum()) - each.expected for each in (case.window, case.span))
    needed = max(2, min(live // 3 + 1, math.ceil(more / 3)))
    finding = f"{rising} of {live} live sensors rise by themselves where a rise on all would show on {needed} or more."
    return Guard("enough-sensors", rising >= needed or rising < 2, float(rising), finding)


def without_research_scanners(case: Case, config: Config) -> Guard:
    """Whether it stands without the sources that are registered as research scanners."""
    named = np.array([name != "" for name in case.evidence.scanners] or [False])
    research = named[np.clip(case.evidence.scanner[case.cells], 0, None)] & (case.evidence.scanner[case.cells] >= 0)
    during = case.within(case.span)
    if not (research & during).any():
        return Guard("without-research-scanners", True, 0.0, "No registered research scanner takes part in the rise.")
    share = float((research & during).sum() / max(int(during.sum()), 1))
    left, part = case.left(~research)
    passed = _survives(case, config, left, part)
    finding = (
        f"Registered research scanners are {share:.0%} of the source-hours; without them the score is {left:.1f} "
        f"and {part:.0%} of the excess is left."
    )
    return Guard("without-research-scanners", passed, left, finding)


def backscatter(case: Case) -> Guard:
    """Whether scans, not replies to spoofed packets, make up most of the excess on the port."""
    evidence, span = case.evidence, case.span
    replies = evidence.of_kind("backscatter", "spoofed")
    seen = len(distinct(evidence, replies & evidence.between(span.begin, span.end)))
    before = float(evidence.observed(evidence.begin, span.begin).sum())
    watched = float(evidence.observed(span.begin, span.end).sum())
    usual = len(distinct(evidence, replies & (evidence.hour < span.begin))) * watched / max(before, 1e-9)
    scans = max(float(case.within(span).sum()) - span.expected, 0.0)
    more = max(seen - usual, 0.0)
    share = more / max(more + scans, 1e-9)
    finding = f"Backscatter and spoofed sources are {share:.0%} of what is more than usual on the port."
    return Guard("backscatter", share <= 0.5, share, finding)


def not_spoofed(case: Case) -> Guard:
    """Whether the sources are real, as far as those tell that cannot be: a fixed share of forged ones are bogons."""
    evidence, span = case.evidence, case.span
    if evidence.bogon is None:
        return Guard("not-spoofed", True, 0.0, "Nobody has looked for sources that cannot exist.")
    during = evidence.of_kind("scan", "spoofed", "other") & evidence.between(span.begin, span.end)
    n_sources = len(np.unique(evidence.source[during]))
    n_bogon = len(np.unique(evidence.source[during & evidence.bogon]))
    share = spoofed_share(n_bogon, n_sources)
    # One private address that leaks through is no flood.
    passed = share <= 0.5 or n_bogon < 3
    finding = (
        f"{n_bogon} of {n_sources} sources cannot exist; if sources were forged at random, that would be {share:.0%}."
    )
    return Guard("not-spoofed", passed, share, finding)


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


def _after_gaps(case: Case) -> npt.NDArray[np.bool_]:
    """bool[s, h]: the first two hours that a sensor observed after it had not: what it held back may come then."""
    observed = case.evidence.exposure > 0
    edges = np.zeros_like(observed)
    for after in (1, 2):
        edges[:, after:] |= observed[:, after:] & ~observed[:, :-after]
    return edges


def without_wide_scanners(case: Case, config: Config) -> Guard:
    """Whether it stands without sources that scan ports by the hundred: those are not after this one."""
    evidence = case.evidence
    if evidence.breadth is None:
        return Guard("without-wide-scanners", True, 0.0, "Nobody has looked at what else the sources scan.")
    wide = np.unique(evidence.source[evidence.breadth >= config.wide_ports])
    mine = np.isin(evidence.source[case.cells], wide)
    during = case.within(case.span)
    share = float((mine & during).sum() / max(int(during.sum()), 1))
    if not (mine & during).any():
        return Guard("without-wide-scanners", True, case.rise.score, "No source scans hundreds of ports.")
    left, part = case.left(~mine)
    passed = _survives(case, config, left, part)
    finding = (
        f"Sources that scan {config.wide_ports} ports or more are {share:.0%} of the source-hours; without them the "
        f"score is {left:.1f} and {part:.0%} of the excess is left."
    )
    return Guard("without-wide-scanners", passed, left, finding)


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


def new_port(case: Case, config: Config) -> Guard:
    """Whether a port that was silent is now scanned from several origin AS."""
    span = case.span
    hours = max(int((span.end - span.begin).astype(int)), 1)
    during = case.within(span)
    asn, network = (per_cell(case, c)[during] for c in (case.evidence.asn, case.evidence.network))
    n_origins = len(np.unique(np.where(asn > 0, asn, -1 - np.abs(network))))
    if span.expected * 24 / hours >= 0.5:
        return Guard("new-port", True, float(n_origins), "The port was not silent before.")
    finding = f"The port was silent before; the sources are in {n_origins} origin AS."
    return Guard("new-port", n_origins >= config.least_networks, float(n_origins), finding)


def goes_on(case: Case) -> Guard:
    """
    Whether it goes on after the hours that called it; not so if less comes than it promised and no more than usual.

    Of thousands of ports some wander up by chance, and are back at once; what is new to the Internet stays for days.
    """
    after, hours = case.after, int((case.after.end - case.after.begin).astype(int))
    if not hours:
        return Guard("goes-on", True, 0.0, "It is not known yet whether it goes on.")
    seen, before = (float(case.within(each).sum()) for each in (after, case.window))
    due = before * after.expected / max(case.window.expected, 1e-9)
    # Its rate is known from few sources, and wanders as rates do.
    doubt = case.rise.slow_sd**2 + 1.0 / max(before, 1.0)
    less = 1.0 - 10.0 ** -score(seen + 1.0, due, doubt) < 0.05
    more = seen > after.expected and score(seen, after.expected, after.variance) > ALONE
    finding = (
        f"{seen:.0f} source-hours in the {hours} hours after the call, where {due:.0f} would come if it went on and "
        f"{after.expected:.1f} are usual."
    )
    return Guard("goes-on", more or not less, seen, finding)


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


def _leave_out(case: Case, config: Config, name: str, what: str, kept: Bools, *, share: float = 1.0) -> Guard:
    left, part = case.left(kept, share=share)
    passed = _survives(case, config, left, part)
    finding = f"Without {what} the score is {left:.1f} and {part:.0%} of the excess is left."
    return Guard(name, passed, left, finding)
