"""Judging a fall, against known truth."""

from collections.abc import Callable

import numpy as np
import pytest

from isdas.detect.activity import Activity
from isdas.detect.config import Config
from isdas.detect.evidence import Evidence
from isdas.detect.fallen import fallen
from isdas.detect.find import find
from isdas.detect.judge import judge

Counts = Callable[..., np.ndarray]
Make = Callable[..., Activity]


@pytest.mark.parametrize(("sensors", "verdict"), [(12, "vanished"), (1, "single-sensor")])
def test_a_fall_is_judged(
    sensors: int, verdict: str, counts_of: Counts, activity_of: Make, evidence_of: Callable[..., Evidence]
) -> None:
    """Sources vanish from JP, at all sensors or at one only."""
    start = 60 * 24
    base = np.full(70 * 24, 6)
    gone = np.where(np.arange(70 * 24) < start, 54, 0)
    where = {} if sensors == 12 else {"sensor": 3}
    evidence = evidence_of(base, gone, added={"region": 0, **where})
    counts = counts_of(12, [60.0] * 4, 70, 0.05)
    counts[0] = np.random.default_rng(2).poisson(base + gone)
    (rise,) = (one for one in find(activity_of(counts), Config()) if one.change == "fall")
    surge = judge(rise, evidence, Config())
    assert surge == fallen(rise, evidence, surge.identifier)
    assert (surge.change, surge.verdict, surge.regions[0].region) == ("fall", verdict, "JP")
    assert surge.regions[0].excess_share > 0.9
