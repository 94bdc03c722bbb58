"""Slow ramps and takedowns as the search tells them."""

from collections.abc import Callable

import numpy as np
import pytest

from isdas.detect.activity import Activity
from isdas.detect.config import Config
from isdas.detect.evidence import Evidence
from isdas.detect.find import find
from isdas.detect.judge import judge

Counts = Callable[..., np.ndarray]
Make = Callable[..., Activity]


def test_the_search_finds_both_and_tells_each_once(counts_of: Counts, activity_of: Make) -> None:
    """Among calm ports, one that doubles over three weeks and one that is taken down."""
    counts = counts_of(11, [60.0] * 8, 70, 0.02)
    rng = np.random.default_rng(1)
    grow = np.exp2(np.clip((np.arange(70 * 24) - 45 * 24) / (21 * 24), 0, 1))
    counts[2] = rng.poisson(counts[2] * grow)
    counts[5, 60 * 24 :] = rng.binomial(counts[5, 60 * 24 :], 0.2)
    found = find(activity_of(counts), Config())
    changes = [(rise.port.number, rise.change) for rise in found if rise.change != "rise"]
    assert sorted(changes) == [(2, "ramp"), (5, "fall")]
    ramp, fall = (next(rise for rise in found if rise.change == change) for change in ("ramp", "fall"))
    assert ramp.factor > 1.2
    assert ramp.ended is None
    assert fall.factor == pytest.approx(0.2, rel=0.2)
    assert fall.window_begin == activity_of(counts).start + 60 * 24


def test_a_ramp_is_judged_as_one(counts_of: Counts, activity_of: Make, evidence_of: Callable[..., Evidence]) -> None:
    """Its onset is the begin of the ramp within a week, and what grew decides where it came from."""
    n = 70 * 24
    counts = counts_of(13, [60.0] * 4, 70, 0.02)
    rng = np.random.default_rng(3)
    base = np.full(n, 60)
    extra = rng.poisson(60.0 * np.clip((np.arange(n) - 45 * 24) / (21 * 24), 0, 1))
    counts[0] = rng.poisson(base) + extra
    ramp = next(rise for rise in find(activity_of(counts), Config()) if rise.change == "ramp")
    end = int((ramp.hour + 1 - activity_of(counts).start).astype(int))
    surge = judge(ramp, evidence_of(base[:end], extra[:end], added={"region": 0}), Config())
    begun = np.datetime64("2021-02-01T00") + np.timedelta64(45, "D")
    assert np.datetime64(surge.onset_low_at.replace(tzinfo=None)) <= begun
    assert np.datetime64(surge.onset_high_at.replace(tzinfo=None)) >= begun
    assert (surge.change, surge.shape, surge.verdict, surge.regions[0].region) == ("ramp", "ramp", "broad", "JP")
