"""How many sources there are."""

import numpy as np
import pytest

from isdas.detect.reach import reach


def _seen(rng: np.random.Generator, n: int, sensors: int, rate: np.ndarray | float) -> tuple[np.ndarray, np.ndarray]:
    """Each of *n* sources is seen by each sensor with some probability."""
    hits = rng.random((n, sensors)) < np.broadcast_to(rate, (n,))[:, None]
    source, sensor = np.nonzero(hits)
    return source.astype(np.int64), sensor.astype(np.int64)


@pytest.mark.parametrize(("n", "sensors", "rate"), [(5000, 12, 0.05), (300, 12, 0.15), (2000, 40, 0.02)])
def test_the_interval_holds_the_number_of_equal_sources(n: int, sensors: int, rate: float) -> None:
    """In about nine of ten worlds the 90 % interval holds the truth, and the estimate is right on average."""
    found = [reach(*_seen(np.random.default_rng(s), n, sensors, rate), sensors) for s in range(80)]
    told = [each for each in found if each is not None]
    assert len(told) == 80
    assert sum(each.low <= n <= each.high for each in told) >= 64
    assert np.mean([each.sources for each in told]) == pytest.approx(n, rel=0.1)


def test_unequal_sources_make_it_a_lower_bound() -> None:
    """With rates over a factor of a hundred the estimate is above what was seen and not above the truth."""
    rng = np.random.default_rng(1)
    source, sensor = _seen(rng, 5000, 12, 10 ** rng.uniform(-3, -1, 5000))
    found = reach(source, sensor, 12)
    assert found is not None
    assert len(np.unique(source)) < found.sources < 5000


def test_seeing_a_source_again_at_a_sensor_says_nothing() -> None:
    """Rows that repeat a source at a sensor change nothing."""
    source, sensor = _seen(np.random.default_rng(2), 500, 12, 0.1)
    assert reach(np.tile(source, 3), np.tile(sensor, 3), 12) == reach(source, sensor, 12)


def test_where_nothing_was_seen_twice_nothing_is_said() -> None:
    """No overlap bounds nothing; two sensors or a handful of sources are too few."""
    assert reach(np.arange(100), np.arange(100) % 12, 12) is None
    assert reach(np.arange(100) // 2, np.arange(100) % 2, 2) is None
    assert reach(np.array([1, 1, 2]), np.array([0, 1, 0]), 12) is None


def test_sources_that_all_sensors_see_are_all_there_are() -> None:
    """A scanner of everything leaves nobody unseen."""
    source, sensor = _seen(np.random.default_rng(3), 50, 12, 1.0)
    found = reach(source, sensor, 12)
    assert found is not None
    assert found.low == found.sources == found.high == 50
