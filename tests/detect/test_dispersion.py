"""The spread tables."""

import numpy as np
import pytest

from isdas.detect.config import Config
from isdas.detect.dispersion import SLOW_SD, Spread, bins, prior, wandering
from isdas.detect.scan import N_BINS, RECENT, USUAL, WINDOWS, bin_of


def test_a_wandering_rate_hardly_averages_out_within_its_memory() -> None:
    """The variance of a one-hour mean is nearly 1, that of a very long one goes as 2 tau / T."""
    short, long = wandering(np.array([1.0, 4800.0]), 48.0)
    assert short == pytest.approx(1.0, abs=0.01)
    assert long == pytest.approx(2 * 48 / 4800, rel=0.02)


def test_the_prior_keeps_variance_that_independent_hours_would_lose() -> None:
    """Over 72 hours at least half of the slow variance remains, not a seventy-second of the hour's."""
    table = prior(Config())
    assert table[USUAL, -1] > 0.5 * Config().slow_sd ** 2
    assert (np.diff(table[USUAL]) < 0).all()
    assert (table[RECENT, :6] < table[USUAL, :6]).all()


def test_nothing_learnt_means_the_prior() -> None:
    """An empty past gives the prior in every bin and no lean."""
    spread = Spread.of(3, Config())
    assert spread.pool() == pytest.approx(np.repeat(spread.prior[:, :, None], N_BINS, axis=2))
    assert (spread.lean() == 1.0).all()


def test_evidence_outweighs_the_prior_and_is_forgotten() -> None:
    """Much evidence moves the table to its own quotient; after a year nothing is left of it."""
    spread = Spread.of(1, Config())
    spread.sums[USUAL, 8, 7] = 5e5, 1e6, 1e3, 1e3
    assert spread.pool()[USUAL, 8, 7] == pytest.approx(0.5, rel=0.05)
    for _ in range(1000):
        spread.forget()
    assert spread.pool()[USUAL, 8, 7] == pytest.approx(spread.prior[USUAL, 8], rel=0.05)


def test_bins_agree_with_the_kernel() -> None:
    """Both forms put every mean into the same bin."""
    means = np.geomspace(1e-5, 1e5, 77)
    assert bins(means).tolist() == [bin_of(float(m)) for m in means]


def test_a_quiet_series_is_never_believed_to_be_far_calmer_than_its_like() -> None:
    """A series' own spread may undercut the pool's, but not below two fifths of it."""
    spread = Spread.of(1, Config())
    spread.own[0, USUAL, 8] = -1e5, 1e6
    usual = spread.variance(0, 8, 100.0, 100.0, 1e9)
    assert usual == pytest.approx(0.4 * spread.prior[USUAL, 8], rel=1e-6)
    assert len(WINDOWS) == 12


def test_how_far_a_level_wanders_is_learnt_from_days() -> None:
    """With no past it is what is taken for granted; where days lie further off than their hours explain, it is more."""
    config, spread = Config(), Spread.of(1, Config())
    assert spread.slow_sd(0, config.hourly_variance, 240.0) == pytest.approx(config.slow_sd, rel=0.05)
    wild = np.expm1(0.5**2) * float(wandering(np.array(24.0), config.slow_hours))
    spread.sums[USUAL, 8, bins(np.array([240.0]))[0]] = (wild + 0.1 / 24) * 1e9, 1e9, 1e3, 1e3
    assert spread.slow_sd(0, 0.1, 240.0) == pytest.approx(0.5, rel=0.01)
    assert spread.slow_sd(0, 100.0, 240.0) == SLOW_SD[0]
    spread.sums[USUAL, 8, bins(np.array([0.5]))[0]] = 1e10, 1e9, 1e3, 1e3
    assert spread.slow_sd(0, 1.0, 0.5) == SLOW_SD[1]
