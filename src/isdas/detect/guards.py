"""
The guards: ways in which a rise may be an artefact, each tested and put into a sentence. Here are those that count;
those that take something away are in isdas.detect.taken_away.

Does not weigh them against each other (isdas.detect.judge).
"""

import math

import numpy as np

from isdas.detect.case import ALONE, Case, per_cell
from isdas.detect.config import Config
from isdas.detect.evidence import distinct
from isdas.detect.tail import score
from isdas.detect.taken_away import (
    fleet_change,
    without_artefacts,
    without_research_scanners,
    without_top_as,
    without_top_network,
    without_top_sensor,
    without_top_source,
    without_wide_scanners,
)
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
