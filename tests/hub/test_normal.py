"""Tests of isdas.hub.normal."""

import numpy as np
import numpy.typing as npt
import pytest

from isdas.hub.normal import LEAST_HOURS, normal

Ints = npt.NDArray[np.int64]
BEGIN = 475_200


def rhythm(days: int, *, level: float = 60.0, seed: int = 1) -> tuple[Ints, Ints, npt.NDArray[np.float64]]:
    """A sensor with more packets by day, fewer on two days of the week, and what chance adds."""
    hours = BEGIN + np.arange(days * 24)
    factor = (1 + 0.5 * np.sin(hours * 2 * np.pi / 24)) * np.where(hours // 24 % 7 < 2, 0.5, 1.0)
    packets = np.random.default_rng(seed).poisson(level * factor)
    return hours, packets.astype(np.int64), np.full(len(hours), 3600.0)


@pytest.mark.parametrize("seed", range(12))
def test_an_ordinary_day_is_normal(seed: int) -> None:
    """Whatever the day of the week it ends on, a day like the others is near its expectation."""
    found = normal(*rhythm(40 + seed, seed=seed))
    assert found is not None
    assert found.day.ratio == pytest.approx(1, abs=0.15)
    assert abs(found.day.score) < 3
    assert abs(found.hour.score) < 4


@pytest.mark.parametrize(("factor", "sign"), [(10.0, 1), (0.05, -1)], ids=["flood", "silence"])
def test_a_day_unlike_the_others_is_seen(factor: float, sign: int) -> None:
    """Ten times as many, or a twentieth, is far outside, and by how much is told."""
    hours, packets, seconds = rhythm(42)
    packets[-24:] = np.round(packets[-24:] * factor)
    found = normal(hours, packets, seconds)
    assert found is not None
    assert found.day.ratio == pytest.approx(factor, rel=0.2)
    assert sign * found.day.score > 6


def test_floods_of_the_past_change_nothing() -> None:
    """A week of floods eight days ago leaves an ordinary day ordinary."""
    hours, packets, seconds = rhythm(56)
    packets[-16 * 24 : -9 * 24] *= 50
    found = normal(hours, packets, seconds)
    assert found is not None
    assert found.day.ratio == pytest.approx(1, abs=0.2)


def test_one_hour_is_looked_at_alone() -> None:
    """A flood that has just begun shows in the hour before it shows in the day."""
    hours, packets, seconds = rhythm(42)
    packets[-1] *= 40
    found = normal(hours, packets, seconds)
    assert found is not None
    assert found.hour.ratio > 20
    assert found.hour.score > 6
    assert found.day.ratio < found.hour.ratio / 3


def test_half_an_hour_counts_as_half() -> None:
    """Of an hour that was observed in part, the rate counts; one that was hardly observed does not count at all."""
    hours, packets, seconds = rhythm(42)
    whole = normal(hours, packets, seconds)
    seconds[-12:] = 1800.0
    packets[-12:] //= 2
    seconds[100:110], packets[100:110] = 1.0, 500
    found = normal(hours, packets, seconds)
    assert found is not None
    assert whole is not None
    assert found.day.ratio == pytest.approx(whole.day.ratio, abs=0.1)


def test_gaps_are_no_silence() -> None:
    """Hours that were not observed are neither counted nor expected."""
    hours, packets, seconds = rhythm(42)
    kept = np.ones(len(hours), np.bool_)
    kept[-20:-4] = False
    kept[200:400] = False
    found = normal(hours[kept], packets[kept], seconds[kept])
    assert found is not None
    assert found.day.ratio == pytest.approx(1, abs=0.3)


def test_a_sensor_that_hears_next_to_nothing() -> None:
    """Where an hour has no packet more often than one, one more is nothing remarkable."""
    hours, packets, seconds = rhythm(42, level=0.2)
    packets[-1] = 2
    found = normal(hours, packets, seconds)
    assert found is not None
    assert found.hour.score < 3


@pytest.mark.parametrize("n", [0, 1, 24, 24 + LEAST_HOURS - 1])
def test_a_new_sensor_has_no_normal(n: int) -> None:
    """With less than three days before the last, nothing is said."""
    hours, packets, seconds = (each[:n] for each in rhythm(10))
    assert normal(hours, packets, seconds) is None
    hours, packets, seconds = (each[: 24 + LEAST_HOURS] for each in rhythm(10))
    assert normal(hours, packets, seconds) is not None
