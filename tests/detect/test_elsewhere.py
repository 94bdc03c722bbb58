"""What came to some other sensor than the loudest."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isdas.detect.elsewhere import HOURS_BACK, SEVERAL, elsewhere

Row = tuple[int, int, int, int]
"""Series, hour, sensor and sources."""


def _found(rows: list[Row], n_hours: int = 100, n_series: int = 1) -> np.ndarray:
    columns = np.array(sorted(rows, key=lambda row: row[:2]), np.int64).reshape(-1, 4).T
    return elsewhere(n_series, n_hours, *columns)


def _plainly(rows: list[Row], n_hours: int, n_series: int) -> np.ndarray:
    """The same, hour by hour from the definition."""
    found = np.zeros((n_series, n_hours), np.int64)
    for s in range(n_series):
        for t in range(n_hours):
            lately, now = np.zeros(9, int), np.zeros(9, int)
            total = 0
            for series, hour, sensor, sources in rows:
                if series == s and t - HOURS_BACK < hour <= t:
                    lately[sensor] += sources * (sensor != SEVERAL)
                    now[sensor] += sources * (sensor != SEVERAL and hour == t)
                    total += sources * (hour == t)
            found[s, t] = total - min((now[i] for i in range(9) if lately[i] == lately.max()), default=0)
    return found


def test_a_burst_at_one_sensor_leaves_nothing() -> None:
    """Fifty sources in an hour and ten in later ones, all at sensor 3."""
    assert not _found([(0, 10, 3, 50), (0, 20, 3, 10), (0, 90, 3, 7)]).any()


def test_a_new_port_at_all_of_n_sensors_keeps_all_but_an_nth() -> None:
    """A source an hour at each of twelve sensors in turn: of 48 sources 44 count."""
    found = _found([(0, t, t % 12, 1) for t in range(48)])
    assert found.sum() == 44


def test_a_source_that_came_to_several_sensors_counts() -> None:
    """Whoever is the loudest, it was elsewhere too."""
    found = _found([(0, 5, 2, 9), (0, 5, SEVERAL, 4), (0, 6, SEVERAL, 1)])
    assert found[0, 5] == 4
    assert found[0, 6] == 1


def test_a_burst_makes_its_sensor_the_loudest_at_once() -> None:
    """What sensor 1 saw before leaves nothing of a burst at sensor 2, and from then on counts itself."""
    found = _found([(0, 1, 1, 3), (0, 30, 2, 40), (0, 31, 1, 2)])
    assert found[0, 30] == 0
    assert found[0, 31] == 2


def test_what_is_longer_ago_than_the_longest_window_is_forgotten() -> None:
    """A burst makes a sensor the loudest for three days and no longer."""
    rows = [(0, 0, 1, 40), (0, HOURS_BACK - 1, 2, 5), (0, HOURS_BACK, 2, 5)]
    found = _found(rows)
    assert found[0, HOURS_BACK - 1] == 5
    assert found[0, HOURS_BACK] == 0


def test_hours_before_the_first_tell_who_is_the_loudest() -> None:
    """Cut at any hour, with the hours before it given as negative ones, the rest is the same."""
    rng = np.random.default_rng(4)
    rows = [(int(s), int(t), int(x), 1) for s, t, x in zip(*rng.integers(0, [[3], [200], [4]], (3, 300)), strict=True)]
    whole = _found(rows, 200, 3)
    for cut in (1, 80, 150):
        later = [(s, t - cut, x, n) for s, t, x, n in rows if t - cut > -HOURS_BACK]
        assert (_found(later, 200 - cut, 3) == whole[:, cut:]).all()


@given(
    st.lists(
        st.tuples(st.integers(0, 1), st.integers(-71, 150), st.integers(-1, 3), st.integers(1, 4)),
        unique_by=lambda row: row[:3],
        max_size=40,
    )
)
def test_it_is_what_the_definition_says(rows: list[Row]) -> None:
    """For any rows, and whatever the sensors are numbered."""
    found = _found(rows, 151, 2)
    assert (found == _plainly(rows, 151, 2)).all()
    other = [(s, t, x if x == SEVERAL else 3 - x, n) for s, t, x, n in rows]
    assert (found == _found(other, 151, 2)).all()


def test_nothing_is_nothing() -> None:
    """Without rows, zeros; without series, no rows."""
    assert _found([], 3, 2).tolist() == [[0, 0, 0], [0, 0, 0]]
    assert _found([], 3, 0).shape == (0, 3)


@pytest.mark.parametrize("sensor", [0, 7])
def test_a_lone_source_counts_nowhere(sensor: int) -> None:
    """Of a single source nobody can say that it comes to others."""
    assert not _found([(0, 9, sensor, 1)]).any()
