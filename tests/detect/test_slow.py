"""Log rates by day, and trends in them."""

import numpy as np
import pytest

from isdas.detect.slow import fit, log_rates, memory, surprise


def test_a_line_without_noise_is_found() -> None:
    """Its slope comes out, whatever memory is taken for granted."""
    days = np.arange(30.0)
    logs = (1.0 + 0.1 * days)[None, :] + np.random.default_rng(0).normal(size=(1, 30)) * 1e-6
    slope, t, left = fit(logs, np.stack([np.ones(30), days], axis=1), 0.7)
    assert slope[0] == pytest.approx(0.1, abs=1e-5)
    assert t[0] > 1000
    assert left[0] < 1e-6


def test_chance_alone_is_as_surprising_as_it_says() -> None:
    """Of AR(1) series, one in a hundred has a trend with a score of 2."""
    rng = np.random.default_rng(1)
    logs = rng.normal(size=(40_000, 40))
    for day in range(1, 40):
        logs[:, day] = 0.7 * logs[:, day - 1] + np.sqrt(1 - 0.49) * logs[:, day]
    scores = surprise(fit(logs, np.stack([np.ones(40), np.arange(40.0)], axis=1), 0.7)[1], 38)
    assert (scores >= 2).mean() == pytest.approx(0.01, rel=0.15)


def test_what_all_do_together_is_taken_out() -> None:
    """A fleet that sees twice as much for a day leaves no trace in its ports."""
    counts = np.full((40, 20), 1000.0)
    counts[:, 10] *= 2
    assert np.ptp(log_rates(counts, np.ones_like(counts)), axis=1).max() < 0.001


def test_days_remember_more_the_slower_a_level_is() -> None:
    """The correlation of two days' means lies between 0 and 1 and grows with the memory."""
    found = [memory(hours) for hours in (6.0, 48.0, 480.0)]
    assert found == sorted(found)
    assert found[1] == pytest.approx(0.727, abs=0.001)
