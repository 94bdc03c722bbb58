"""
Judging a fall: from where the sources vanished, and whether one sensor, network or host is behind it.

Does not search (isdas.detect.vanished) and does not judge rises (isdas.detect.judge).
"""

import numpy as np
import numpy.typing as npt

from isdas.detect.attribution import shares
from isdas.detect.evidence import Evidence, distinct
from isdas.detect.rise import Rise
from isdas.model.surge import Guard, RegionShare, Surge
from isdas.model.time import instant

BEFORE_DAYS = 14
"""Days before the fall that tell what was usual."""

HALF = 0.5
"""A sensor has fallen if it sees less than this share of its usual; most of them must."""

MOST = 0.67
"""Share of what is missing from which a network or a host is the reason."""

_Ints = npt.NDArray[np.int64]


def fallen(rise: Rise, evidence: Evidence, identifier: str) -> Surge:
    """The surge of kind ``fall`` that a search's *rise* with ``change == "fall"`` is."""
    begin, end = rise.window_begin, rise.hour + 1
    # The day before is left out: the fall may lie within it.
    past = distinct(evidence, evidence.of_kind("scan") & evidence.between(begin - BEFORE_DAYS * 24, begin - 24))
    since = distinct(evidence, evidence.of_kind("scan") & evidence.between(begin, end))
    part = rise.window_hours / ((BEFORE_DAYS - 1) * 24)

    def missing(column: _Ints) -> tuple[_Ints, npt.NDArray[np.float64]]:
        """Values of a column and each one's share of the source-hours that are missing."""
        values, at = np.unique(np.concatenate([column[past], column[since]]), return_inverse=True)
        before = np.bincount(at[: len(past)], minlength=len(values)) * part
        now = np.bincount(at[len(past) :], minlength=len(values))
        return values, shares(np.asarray(before - now, np.float64))

    regions, lost = missing(np.asarray(evidence.region, np.int64))
    order = [i for i in np.argsort(-lost, kind="stable").tolist() if lost[i] > 0]
    falling, live = _sensors(evidence, begin, end)
    network, source = (float(missing(column)[1].max(initial=0.0)) for column in (evidence.network, evidence.source))
    guards = (
        Guard("sensors-falling", 2 * falling >= live, float(falling), f"{falling} of {live} sensors see it."),
        Guard("without-top-source", source < MOST, source, f"One source is {source:.0%} of what is missing."),
        Guard("without-top-network", network < MOST, network, f"One network is {network:.0%} of what is missing."),
    )
    verdicts = zip(guards, ("single-sensor", "single-source", "single-network"), strict=True)
    during = evidence.of_kind("scan") & evidence.between(begin, end)
    return Surge(
        identifier=identifier,
        port=str(rise.port),
        ports=(str(rise.port),),
        verdict=next((name for guard, name in verdicts if not guard.passed), "vanished"),
        detected_at=instant(end),
        onset_at=instant(begin),
        onset_low_at=instant(begin - 24),
        onset_high_at=instant(begin + 1),
        ended_at=None if rise.ended is None else instant(rise.ended),
        window_hours=rise.window_hours,
        regions=tuple(RegionShare(evidence.region_name(regions[i]), float(lost[i])) for i in order),
        mainly=(),
        sources=len(np.unique(evidence.source[during])),
        packets=int(evidence.packets[during].sum()),
        baseline=rise.baseline,
        observed=rise.observed,
        factor=rise.factor,
        score=rise.score,
        sensors_rising=falling,
        sensors_live=live,
        guards=guards,
        shape="step",
        basis={"threshold": round(rise.threshold, 3), "reference": rise.reference, "settled": rise.settled},
        change="fall",
    )


def _sensors(evidence: Evidence, begin: np.datetime64, end: np.datetime64) -> tuple[int, int]:
    """Sensors that fell by themselves, and sensors that saw the port before and were watching since."""
    n, from_, to = len(evidence.sensors), *((at - evidence.begin).astype(int) for at in (begin, end))
    first = max(0, from_ - BEFORE_DAYS * 24)
    hours = (slice(first, max(from_ - 24, first)), slice(from_, to))
    exposure = [evidence.exposure[:, each].sum(axis=1) for each in hours]
    scans = evidence.of_kind("scan")
    spans = ((begin - BEFORE_DAYS * 24, begin - 24), (begin, end))
    seen = [np.bincount(evidence.sensor[scans & evidence.between(*span)], minlength=n) for span in spans]
    live = (exposure[0] > 0) & (exposure[1] > 0) & (seen[0] > 0)
    before, since = (count[live] / watched[live] for count, watched in zip(seen, exposure, strict=True))
    return int((since < HALF * before).sum()), int(live.sum())
