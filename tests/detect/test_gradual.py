"""Slow ramps and takedowns as the search tells them."""

from collections.abc import Callable

import numpy as np
import pytest

from isdas.detect.activity import Activity
from isdas.detect.config import Config
from isdas.detect.find import find

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
