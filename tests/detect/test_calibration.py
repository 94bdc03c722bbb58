"""What a score means, and the thresholds."""

import numpy as np
import pytest

from isdas.detect.calibration import BEGIN, CLUSTER_DAYS, GAIN, Calibration, adjusted, strata, thresholds
from isdas.detect.config import Config


def test_looking_at_many_windows_is_paid_for() -> None:
    """Eighteen tests cost 1.26 decades."""
    assert adjusted(np.array([5.0, 0.5])) == pytest.approx([5.0 - np.log10(18), 0.0])


def test_strata_go_by_the_expected_sources_a_day() -> None:
    """Silent, sparse, lively and busy ports are told apart."""
    assert strata(np.array([0.0, 1.0, 20.0, 500.0])).tolist() == [0, 1, 2, 3]


def test_many_silent_ports_must_show_more_than_a_few_busy_ones() -> None:
    """Ports never seen count too: their threshold stands for 131,072 ports, about 10**-8 an hour."""
    asked = thresholds(np.array([300, 60, 20, 10]), Config(false_per_week=1.0))
    assert (np.diff(asked) < 0).all()
    assert asked[0] == pytest.approx(np.log10(168 * (131_072 - 90) / (1.0 * CLUSTER_DAYS * 0.1)))


def test_fewer_false_alarms_cost_a_higher_threshold() -> None:
    """A tenth of the false alarms is one more decade of evidence."""
    sizes = np.array([300, 60, 20, 10])
    assert thresholds(sizes, Config(false_per_week=0.1)) == pytest.approx(
        thresholds(sizes, Config(false_per_week=1.0)) + 1.0
    )


def test_a_heavy_past_tail_lowers_scores() -> None:
    """Where a score of 6 has come about by chance often enough, it is worth less than 4."""
    rng = np.random.default_rng(5)
    calibration = Calibration.of()
    for _ in range(56):
        calibration.learn(rng.exponential(1.2, 400), np.full(400, 2))
    assert calibration.recalibrated(np.array([6.0]), np.array([2]))[0] < 4.0


def test_an_exact_past_leaves_scores_about_as_they_are() -> None:
    """Daily maxima over hours that obey 10**-s keep a score of 5 within half a decade."""
    rng = np.random.default_rng(6)
    calibration = Calibration.of()
    for _ in range(56):
        calibration.learn(-np.log10(rng.random((400, 24))).max(axis=1), np.full(400, 2))
    assert calibration.recalibrated(np.array([5.0]), np.array([2]))[0] == pytest.approx(5.0, abs=0.5)


def test_ports_hardly_ever_seen_count_in_the_silent_tail() -> None:
    """One silent series in ten that were looked at exceeds 9, but one of 130,000 of which nobody saw anything."""
    few, all_of_them = Calibration.of(), Calibration.of()
    maxima = np.array([9.5] + [0.0] * 9)
    for _ in range(56):
        few.learn(maxima, np.zeros(10, np.int64))
        all_of_them.learn(maxima, np.zeros(10, np.int64), 131_062)
    told = [each.recalibrated(np.array([9.0]), np.array([0]))[0] for each in (few, all_of_them)]
    assert told[0] < 3.5
    assert told[1] == pytest.approx(np.log10(131_072 * 24), abs=0.6)


def test_recalibration_never_raises_a_score_by_much() -> None:
    """Even a past without any exceedance adds at most GAIN."""
    calibration = Calibration.of()
    for _ in range(56):
        calibration.learn(np.zeros(1000), np.full(1000, 1))
    score = np.array([BEGIN + 1.0, 9.0])
    assert (calibration.recalibrated(score, np.array([1, 1])) <= score + GAIN).all()


def test_a_tail_that_grows_heavier_further_out_is_seen() -> None:
    """A mixture of many tame series and a few wild ones: a score of 7 means what its own share of days says."""
    rng = np.random.default_rng(7)
    calibration = Calibration.of()
    days = 0
    exceeded = 0
    for _ in range(56):
        tame, wild = rng.exponential(0.43, 99_000), rng.exponential(2.0, 1000)
        maxima = np.concatenate([tame, wild])
        days, exceeded = days + len(maxima), exceeded + int((maxima > 7.0).sum())
        calibration.learn(maxima, np.full(len(maxima), 3))
    truth = -np.log10(exceeded / days / 24)
    assert calibration.recalibrated(np.array([7.0]), np.array([3]))[0] == pytest.approx(truth, abs=0.3)


def test_a_larger_score_never_means_less() -> None:
    """Recalibration keeps the order of scores, whatever was learnt."""
    rng = np.random.default_rng(8)
    for seed in range(20):
        calibration = Calibration.of()
        for _ in range(10):
            calibration.learn(rng.exponential(0.2 + 0.1 * seed, 500), np.full(500, seed % 4))
        scores = np.linspace(0, 12, 200)
        found = calibration.recalibrated(scores, np.full(200, seed % 4))
        assert (np.diff(found[scores > BEGIN]) >= -1e-9).all()
