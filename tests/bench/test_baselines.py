"""The detectors that ours is measured against, on counts whose scores can be reckoned by hand."""

import numpy as np
import pytest
from bench.surges.baselines import (
    BASELINES,
    changefinder,
    days,
    dshield,
    ears_c2,
    ears_c3,
    farrington,
    greynoise,
    nb_cusum,
)
from scipy.stats import nbinom


def _hours(by_day: list[int]) -> np.ndarray:
    """One port whose counts of a day all fall into its first hour."""
    counts = np.zeros((1, len(by_day) * 24))
    counts[0, ::24] = by_day
    return counts


def _at_midnight(score: np.ndarray) -> np.ndarray:
    return score[0, 23::24]


def test_days_are_sums_of_hours() -> None:
    """What does not fill a day is left out."""
    assert days(np.ones((2, 50))).tolist() == [[24.0, 24.0], [24.0, 24.0]]


def test_ears_c2_is_in_deviations_of_the_week_before_the_last_two_days() -> None:
    """Days 2 to 8 have mean 5 and sd 2; a count of 13 two days later is 4 of them."""
    week = [5, 3, 7, 5, 3, 7, 5]
    sd = np.std(week, ddof=1)
    score = _at_midnight(ears_c2(_hours([*week, 99, 99, 13])))
    assert np.isnan(score[:9]).all()
    assert score[9] == pytest.approx((13 - 5) / sd)


def test_ears_c3_adds_what_exceeds_one_over_three_days() -> None:
    """The definition, from C2's own values."""
    counts = _hours([5, 3, 7, 5, 3, 7, 5, 4, 6, 9, 12, 15])
    c2 = _at_midnight(ears_c2(counts))
    assert _at_midnight(ears_c3(counts))[11] == pytest.approx(np.maximum(c2[9:12] - 1, 0).sum())


def test_farrington_is_the_tail_of_a_negative_binomial_around_past_weeks() -> None:
    """A past of 10 and 20 in turn, none an outlier: mean and dispersion are those of the days it takes."""
    past = [10, 20] * 32
    score = _at_midnight(farrington(_hours([*past, 60])))
    back = np.array([past[64 - 7 * w + o] for w in range(1, 9) for o in (-1, 0, 1) if 64 - 7 * w + o < 61], float)
    mean = back.mean()
    phi = ((back - mean) ** 2 / mean).sum() / (len(back) - 1)
    expected = -np.log10(nbinom.sf(59, mean / (phi - 1), 1 / phi))
    assert score[64] == pytest.approx(expected, rel=1e-6)


def test_farrington_calls_nothing_of_fewer_than_five_in_four_days() -> None:
    """The limit of five in four periods."""
    assert _at_midnight(farrington(_hours([0] * 64 + [4])))[64] == 0.0


def test_the_old_trend_of_dshield_has_no_floor() -> None:
    """A day of 40 where 10 are usual is 30 / sqrt(10)."""
    assert _at_midnight(dshield(_hours([10] * 30 + [40])))[30] == pytest.approx(30 / np.sqrt(10))
    assert _at_midnight(dshield(_hours([10] * 30 + [4])))[30] == 0.0


def test_greynoise_takes_the_lesser_of_two_rules() -> None:
    """Above the median in IQR of all days, and above the mean in sd of 28 days."""
    past = [8, 10, 12, 14] * 7
    score = _at_midnight(greynoise(_hours([*past, 30])))[28]
    low, middle, high = np.quantile(past, [0.25, 0.5, 0.75])
    assert score == pytest.approx(min((30 - middle) / (high - low), (30 - np.mean(past)) / np.std(past)))


def test_changefinder_rises_at_a_change_and_discards_its_beginning() -> None:
    """The first fifteen points have no score; a step in a calm series gives the largest."""
    rng = np.random.default_rng(1)
    counts = rng.normal(50, 1, (1, 1000))
    counts[0, 800:] += 40
    score = changefinder(counts)
    assert np.isnan(score[:, :15]).all()
    assert 795 <= int(np.nanargmax(score[0, 100:])) + 100 <= 830


def test_nb_cusum_gathers_a_doubling_and_forgets_the_usual() -> None:
    """Poisson counts at their mean stay near 0; at twice the mean each hour adds what the ratio of likelihoods says."""
    counts = np.full((1, 40 * 24), 8.0)
    counts[0, 35 * 24 :] = 16.0
    score = nb_cusum(counts)[0]
    assert np.isnan(score[: 28 * 24]).all()
    assert score[35 * 24 - 1] == 0.0
    assert np.diff(score[35 * 24 : 35 * 24 + 5]) == pytest.approx(np.full(4, 16 * np.log(2) - 8), rel=1e-3)


@pytest.mark.parametrize("name", BASELINES)
def test_none_knows_later_hours(name: str) -> None:
    """The scores up to a day are the same whether the series ends there or goes on."""
    counts = np.random.default_rng(2).poisson(3.0, (3, 45 * 24)).astype(float)
    whole, cut = BASELINES[name][0](counts), BASELINES[name][0](counts[:, : 40 * 24])
    assert np.array_equal(whole[:, : 40 * 24], cut, equal_nan=True)
