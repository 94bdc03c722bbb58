"""
Judging one rise: since when, from where, by which tools, and whether it is what it seems.

Does not search, and does not merge rises of several ports (isdas.detect.gather).
"""

from datetime import datetime

import numpy as np

from isdas.detect.attribution import excess, mainly, shares
from isdas.detect.case import Case, per_cell
from isdas.detect.config import Config
from isdas.detect.evidence import Evidence
from isdas.detect.explain import LEAST_SHARE, explain
from isdas.detect.fallen import fallen
from isdas.detect.guards import guards
from isdas.detect.onset import Onset, onset
from isdas.detect.rise import Rise
from isdas.model.surge import Guard, RegionShare, Surge
from isdas.model.time import instant

VERDICT_OF = {
    "backscatter": "backscatter",
    "not-spoofed": "spoofed",
    "without-artefacts": "artefact",
    "fleet-change": "fleet-change",
    "without-research-scanners": "research-scanner",
    "without-wide-scanners": "campaign",
    "without-top-source": "single-source",
    "without-top-network": "single-network",
    "distinct-sources": "single-source",
    "without-top-sensor": "single-sensor",
    "sensors-rising": "few-sensors",
    "enough-sensors": "few-sensors",
    "without-top-as": "single-network",
    "new-port": "single-network",
    "goes-on": "brief",
}
"""What a failed guard makes of a surge; the first that fails decides."""

QUIET_HOURS = 240
"""
Hours before the window that the onset is looked for in, or as many as the rise tells of: where levels wander, a rise
may have gone on for a week before it was called.
"""

TEACHING_HOURS = 24
"""The first of them, which only teach the level before it."""

RAMP_HOURS = 7 * 24
"""How far the begin of a slow ramp may be off either way."""

GROWTH_HOURS = 48
"""Hours after the detection that still tell of the onset."""


def judge(rise: Rise, evidence: Evidence, config: Config) -> Surge:
    """
    The surge that *rise* is, on *evidence* of its port that reaches some weeks back and up to the hour of judging.

    Looking again later, with more evidence, gives the same identifier and a narrower answer.
    """
    if rise.change == "fall":
        return fallen(rise, evidence, identifier(instant(rise.hour + 1), str(rise.port)))
    case = Case.of(rise, evidence)
    passed = guards(case, config)
    begun = since_when(rise, evidence, config)
    at, low, high = (rise.begin + hour for hour in (begun.at, begun.low, begun.high + 1))
    detected = instant(rise.hour + 1)
    end = min(evidence.end, *([rise.ended] if rise.ended is not None else []), rise.hour + 1 + 24 * 365)
    during = evidence.of_kind("scan") & evidence.between(at, end)
    regions, leading = _regions(case, low, config)
    rising, live = case.sensors_rising()
    explanation = explain(case, at, config)
    return Surge(
        identifier=identifier(detected, str(rise.port)),
        port=str(rise.port),
        ports=(str(rise.port),),
        verdict=verdict(passed),
        detected_at=detected,
        onset_at=instant(at),
        onset_low_at=instant(low),
        onset_high_at=instant(high),
        ended_at=None if rise.ended is None else instant(rise.ended),
        window_hours=rise.window_hours,
        regions=regions,
        mainly=leading,
        sources=len(np.unique(evidence.source[during])),
        packets=int(evidence.packets[during].sum()),
        baseline=rise.baseline,
        observed=rise.observed,
        factor=rise.factor,
        score=rise.score,
        sensors_rising=rising,
        sensors_live=live,
        tools=tuple((mix.name, mix.excess) for mix in explanation.tools if mix.excess >= LEAST_SHARE),
        guards=passed,
        shape=begun.shape,
        change=rise.change,
        basis={"threshold": round(rise.threshold, 3), "reference": rise.reference, "settled": rise.settled},
        explanation=explanation,
    )


def identifier(detected_at: datetime, port: str) -> str:
    """Such as ``20081030T22-445-tcp``: the hour (UTC) at whose begin it could be called, and the port."""
    return f"{detected_at:%Y%m%dT%H}-{port.replace('/', '-')}"


def verdict(passed: tuple[Guard, ...]) -> str:
    """What the first failed guard makes of it; ``broad`` if none failed."""
    return next((VERDICT_OF[guard.name] for guard in passed if not guard.passed), "broad")


def since_when(rise: Rise, evidence: Evidence, config: Config) -> Onset:
    """The onset in hours from `Rise.begin`, from what was known at the end of *evidence*."""
    called = int((rise.hour - rise.begin).astype(int))
    window = max(0, int((rise.window_begin - rise.begin).astype(int)))
    if rise.change == "ramp":
        # The search has tried lengths a week or two apart, and the begin of a slow ramp is no sharper than that.
        return Onset(window, max(0, window - RAMP_HOURS), window + RAMP_HOURS, "ramp", (0.0, 1.0, 0.0), np.zeros(0))
    first = max(0, window - QUIET_HOURS)
    known = int((evidence.end - rise.begin).astype(int))
    last = max(min(len(rise.counts), called + 1 + GROWTH_HOURS, known), called + 1)
    found = onset(
        rise.counts[first:last].astype(np.float64),
        rise.means[first:last],
        rise.hourly_variance,
        rise.slow_sd,
        min(TEACHING_HOURS, called - first),
        called - first,
        config.slow_hours,
    )
    whole = np.zeros(len(rise.counts))
    whole[first:last] = found.posterior
    return Onset(found.at + first, found.low + first, found.high + first, found.shape, found.odds, whole)


def _regions(case: Case, before: np.datetime64, config: Config) -> tuple[tuple[RegionShare, ...], tuple[str, ...]]:
    """Shares of the excess, and the main ones; hours that may be of the rise itself do not tell what is usual."""
    values, _, seen, usual = case.groups(per_cell(case, case.evidence.region), before)
    names = [case.evidence.region_name(code) for code in values.tolist()]
    part = shares(excess(seen, usual, case.span.expected))
    order = [i for i in np.argsort(-part, kind="stable").tolist() if part[i] > 0]
    leading = mainly(
        seen, usual, case.span.expected, case.span.variance, together=config.mainly_share, each=config.mainly_each
    )
    return tuple(RegionShare(names[i], float(part[i])) for i in order), tuple(names[i] for i in leading)
