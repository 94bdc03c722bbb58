"""The compiled scan, against the same thing written plainly."""

import numpy as np
import pytest

from isdas.detect.config import Config
from isdas.detect.dispersion import Spread
from isdas.detect.grid import RING
from isdas.detect.scan import (
    DAY_WINDOW,
    ELSEWHERE,
    LOOK_BACK,
    PSEUDO,
    RECENT,
    USUAL,
    WINDOWS,
    Elsewhere,
    bin_of,
    lay_out,
    learn,
    lift,
    scan,
    spread,
)
from isdas.detect.tail import score

DAYS = 12


def _nothing_elsewhere(k: int) -> Elsewhere:
    """Sensors are not told apart."""
    return Elsewhere(np.zeros((k, RING), np.uint8), 0, np.zeros(k, np.bool_), np.zeros(24, np.bool_))


def _scanned(
    counts: np.ndarray, rate: float, away: Elsewhere | None = None, **changes: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    k, n = counts.shape
    state = Spread.of(k, Config())
    values = {
        "usable": np.ones((k, n), np.bool_),
        "exposure": np.full(n, 12.0),
        "shapes": np.ones((k, 31), np.float32),
        "is_open": np.zeros(k, np.bool_),
        "wider": np.ones(k),
        **changes,
    }
    best, daily, which = np.empty((k, 24)), np.empty((k, 24)), np.empty((k, 24), np.int8)
    scan(
        counts.astype(np.int32), values["usable"], values["exposure"], values["shapes"], np.full(k, rate),
        np.full(k, 1e6), values["wider"], values["is_open"], away or _nothing_elsewhere(k), n // 24 - 1, 0,
        state.memory, state.pool(), state.lean(), state.own, 6, best, which, daily,
    )  # fmt: skip
    return best, which, daily


def test_the_best_window_is_scored_as_written_down() -> None:
    """The 24-hour window of a day at twice its rate has the score that the formula gives for it."""
    counts = np.full((1, DAYS * 24), 12)
    counts[0, -24:] = 24
    _, _, daily = _scanned(counts, 1.0)
    state = Spread.of(1, Config())
    alpha = state.pool()[USUAL, DAY_WINDOW, bin_of(288.0)]
    assert daily[0, -1] == pytest.approx(score(576, 288.0, alpha + 1e-6), rel=1e-6)


def test_an_even_port_scores_nothing() -> None:
    """Where every hour is as usual, no window stands out."""
    best, _, _ = _scanned(np.full((2, DAYS * 24), 12), 1.0)
    assert (best < 1.0).all()


def test_one_hour_is_found_by_a_short_window_and_a_day_by_a_long_one() -> None:
    """The window that scores best is about as long as the rise."""
    burst, slow = np.full((1, DAYS * 24), 12), np.full((1, DAYS * 24), 12)
    burst[0, -1] = 90
    slow[0, -24:] = 22
    for counts, shortest, longest in ((burst, 1, 2), (slow, 18, 36)):
        _, which, _ = _scanned(counts, 1.0)
        assert shortest <= WINDOWS[which[0, -1] % 12] <= longest


def test_hours_that_are_not_usable_are_neither_seen_nor_expected() -> None:
    """A past incident in the window changes nothing once its hours are set aside."""
    counts = np.full((1, DAYS * 24), 12)
    counts[0, -60:-24] = 500
    usable = np.ones((1, DAYS * 24), np.bool_)
    usable[0, -60:-24] = False
    assert (_scanned(counts, 1.0)[0] > 5).any()
    assert (_scanned(counts, 1.0, usable=usable)[0] < 1.0).all()


def test_an_open_incident_counts_all_observed_hours() -> None:
    """Its own hours are set aside for baselines, but they still tell whether it lasts."""
    counts = np.full((1, DAYS * 24), 40)
    usable = np.zeros((1, DAYS * 24), np.bool_)
    assert (_scanned(counts, 1.0, usable=usable)[2] == 0).all()
    assert (_scanned(counts, 1.0, usable=usable, is_open=np.ones(1, np.bool_))[2] > 3).all()


def test_fewer_sources_than_asked_for_are_never_scored() -> None:
    """Five sources on a silent port score nothing, six do."""
    counts = np.zeros((2, DAYS * 24), np.int64)
    counts[0, -5:] = 1
    counts[1, -6:] = 1
    best, _, _ = _scanned(counts, 1e-6)
    assert best[0].max() == 0.0
    assert best[1].max() > 8.0


def test_a_raised_level_before_the_window_lowers_the_recent_score_only() -> None:
    """A port that has been high for a day must rise above that to be new against the recent level."""
    counts = np.full((1, DAYS * 24), 12)
    counts[0, -49:-1] = 30
    counts[0, -1] = 60
    raised = _scanned(counts, 1.0)[0][0, -1]
    counts[0, -49:-1] = 12
    assert _scanned(counts, 1.0)[1][0, -1] // 12 == RECENT
    assert raised > 0


def test_the_recent_level_follows_and_is_never_below_the_usual() -> None:
    """A day at twice the rate lifts what the next hours let expect; a day of silence does not lower it."""
    memory = Spread.of(1, Config()).memory
    sums = np.empty((3, 97))
    for rate, least, most in ((24, 1.5, 2.0), (0, 1.0, 1.0)):
        counts = np.full(96, rate, np.int32)
        lay_out(counts, np.ones(96, np.bool_), np.full(96, 12.0), np.ones(31, np.float32), 1.0, 0, 96, 0, memory, sums)
        assert least <= lift(sums[2, -1], 6, memory[2]) <= most


def test_a_wild_series_is_given_its_own_spread() -> None:
    """Much evidence of spread outweighs the pool; none leaves the pool."""
    assert spread(0.1, 0.0, 0.0, 10.0, 24, 48.0) == pytest.approx(0.1)
    assert spread(0.1, 20_000.0, 20_000.0, 10.0, 24, 48.0) > 0.5


def test_windows_that_share_a_level_do_not_count_as_many() -> None:
    """The same sums of hours say less than those of days, and less where levels are forgotten slowly."""
    days, hours, slower = (spread(0.1, 900.0, 900.0, 1.0, *of) for of in ((24, 48.0), (1, 48.0), (24, 480.0)))
    assert 0.1 < hours < slower < days < 1.0
    assert spread(0.1, 900.0, 900.0, 1.0, 1, 0.5) == pytest.approx((900 + 0.1 * PSEUDO) / (900 + PSEUDO))


def test_learning_recovers_the_spread_of_independent_counts() -> None:
    """From 400 negative binomial series with alpha 0.25, the hourly spread is learnt to a tenth."""
    rng = np.random.default_rng(8)
    k, n = 400, 10 * 24
    counts = rng.poisson(12.0 * rng.gamma(4, 0.25, (k, n))).astype(np.int32)
    state = Spread.of(k, Config())
    learn(
        counts, np.ones((k, n), np.bool_), np.full(n, 12.0), np.ones((k, 31), np.float32), np.ones(k),
        np.ones(k), np.zeros(k, np.bool_), _nothing_elsewhere(k), 9, 0, state.memory, state.pool(), state.lean(), 6.0,
        state.sums, state.own,
    )  # fmt: skip
    excess, square, seen, due = state.sums[USUAL, 0, bin_of(12.0)]
    assert excess / square == pytest.approx(0.25, rel=0.1)
    assert seen / due == pytest.approx(1.0, abs=0.03)
    assert LOOK_BACK > 72


def test_what_a_short_baseline_had_to_do_with_it_is_not_learnt() -> None:
    """Rates that are off make spreads larger; by how much is known, and so much less is learnt."""
    rng = np.random.default_rng(11)
    k, n = 2000, 10 * 24
    counts = rng.poisson(12.0 * rng.gamma(10, 0.1, (k, 1)) * rng.gamma(4, 0.25, (k, n))).astype(np.int32)
    for wider, learnt in ((1.0, 0.375), (1.5, 0.25)):
        state = Spread.of(k, Config())
        learn(
            counts, np.ones((k, n), np.bool_), np.full(n, 12.0), np.ones((k, 31), np.float32), np.ones(k),
            np.full(k, wider), np.zeros(k, np.bool_), _nothing_elsewhere(k), 9, 0, state.memory, state.pool(),
            state.lean(), 6.0, state.sums, state.own,
        )  # fmt: skip
        excess, square, _, _ = state.sums[USUAL, 0, bin_of(12.0)]
        assert excess / square == pytest.approx(learnt, rel=0.1)


def test_a_lone_source_says_nothing_of_the_spread() -> None:
    """Poisson counts of a very sparse series give no spread, however few there are."""
    rng = np.random.default_rng(9)
    k, n = 3000, 10 * 24
    counts = rng.poisson(0.02, (k, n)).astype(np.int32)
    state = Spread.of(k, Config())
    learn(
        counts, np.ones((k, n), np.bool_), np.full(n, 12.0), np.ones((k, 31), np.float32), np.full(k, 0.02 / 12),
        np.ones(k), np.zeros(k, np.bool_), _nothing_elsewhere(k), 9, 0, state.memory, state.pool(), state.lean(), 6.0,
        state.sums, state.own,
    )  # fmt: skip
    assert abs(state.pool()[USUAL, DAY_WINDOW, bin_of(0.48)]) < 0.3


def _burst(n_elsewhere: int) -> tuple[np.ndarray, Elsewhere]:
    """A port that was silent for days and sees twelve sources in its last hours, some of them elsewhere."""
    counts = np.zeros((1, DAYS * 24), np.int64)
    counts[0, -12:] = 1
    away = np.zeros((1, RING), np.uint8)
    away[0, (DAYS * 24 - np.arange(1, n_elsewhere + 1)) % RING] = 1
    return counts, Elsewhere(away, 0, np.ones(1, np.bool_), np.ones(24, np.bool_))


def test_a_silent_port_is_held_against_what_came_elsewhere() -> None:
    """Twelve sources at one sensor score nothing, eleven of them elsewhere do, and the reference is told."""
    best, which, daily = _scanned(_burst(0)[0], 1e-6, _burst(0)[1])
    assert best.max() == daily.max() == 0.0
    best, which, daily = _scanned(_burst(11)[0], 1e-6, _burst(11)[1])
    assert best[0, -1] > 8.0
    assert daily[0, -1] > 8.0
    assert which[0, -1] // 12 == ELSEWHERE
    assert which[0, -1] % 12 < len(WINDOWS)


def test_where_sensors_are_not_told_apart_a_silent_port_is_held_against_all() -> None:
    """Hour by hour: in those in which it is not known what came elsewhere, all sources count."""
    counts, away = _burst(0)
    apart = np.ones(24, np.bool_)
    apart[-2:] = False
    best, which, _ = _scanned(counts, 1e-6, away._replace(apart=apart))
    assert best[0, -3] == 0.0
    assert best[0, -1] > 8.0
    assert which[0, -1] // 12 != ELSEWHERE


def test_bursts_at_single_sensors_do_not_teach_the_spread_elsewhere() -> None:
    """Ports that burst without anything elsewhere widen the spread of all sensors together, and not the other."""
    rng = np.random.default_rng(10)
    k, n = 2000, 10 * 24
    counts = rng.poisson(0.01, (k, n)).astype(np.int32)
    away = np.zeros((k, RING), np.uint8)
    away[:, :n] = rng.binomial(counts, 11 / 12)
    bursts = np.arange(100)
    counts[bursts, 9 * 24 + rng.integers(0, 24, 100)] += 15
    state = Spread.of(k, Config())
    learn(
        counts, np.ones((k, n), np.bool_), np.full(n, 12.0), np.ones((k, 31), np.float32), np.full(k, 0.01 / 12),
        np.ones(k), np.zeros(k, np.bool_), Elsewhere(away, 0, np.ones(k, np.bool_), np.ones(24, np.bool_)), 9, 0,
        state.memory, state.pool(), state.lean(), 6.0, state.sums, state.own,
    )  # fmt: skip
    usual, elsewhere = (state.pool()[r, DAY_WINDOW, bin_of(0.24)] for r in (USUAL, ELSEWHERE))
    assert usual > 2.0
    assert elsewhere < 0.3
