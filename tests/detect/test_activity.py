"""Activity, its layout in days, and the exposure that expected counts follow."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isdas.detect.activity import Activity, Grid, effective
from isdas.model.port import Port

START = np.datetime64("2021-02-01T05", "h")


def test_counts_must_fit_keys_and_hours() -> None:
    """An activity of the wrong shape is refused."""
    with pytest.raises(ValueError, match="expected"):
        Activity(START, (Port(6, 1),), np.zeros((2, 3), np.int32), np.ones(3), 1)


def test_hours_are_named_by_their_begin() -> None:
    """The first hour is the start, the second one hour later."""
    activity = Activity(START.astype("datetime64[us]"), (Port(6, 1),), np.zeros((1, 2), np.int32), np.ones(2), 1)
    assert [str(h) for h in activity.hours] == ["2021-02-01T05", "2021-02-01T06"]


@given(lead=st.integers(0, 23), hours=st.integers(1, 60))
def test_the_grid_pads_to_whole_days_with_hours_nobody_observed(lead: int, hours: int) -> None:
    """Padding is never usable and every given hour keeps its place."""
    start = np.datetime64("2021-02-01T00", "h") + lead
    counts = np.arange(1, hours + 1, dtype=np.int32)[None, :]
    grid = Grid.of(Activity(start, (Port(6, 1),), counts, np.ones(hours), 1))
    assert grid.counts.shape[1] % 24 == 0
    assert grid.n_hours == lead + hours
    assert grid.usable[0].sum() == hours
    assert (grid.counts[0, lead : lead + hours] == counts[0]).all()
    assert grid.hour(lead) == start


def test_counts_in_a_gap_are_not_believed() -> None:
    """Where nobody observed, there is no count."""
    activity = Activity(START, (Port(6, 1),), np.full((1, 3), 7, np.int32), np.array([1.0, 0.0, 1.0]), 1)
    grid = Grid.of(activity)
    assert grid.counts.sum() == 14


def test_the_grid_knows_its_weekday() -> None:
    """2021-02-01 was a Monday."""
    assert Grid.of(Activity(START, (Port(6, 1),), np.zeros((1, 1), np.int32), np.ones(1), 1)).weekday == 0


def test_an_outage_lowers_the_effective_exposure_by_less_than_the_sensors_lost() -> None:
    """With 3 of 12 sensors left, expected counts halve: the geometric mean of a quarter and all."""
    exposure = np.full(40 * 24, 12.0)
    exposure[-24:] = 3.0
    assert effective(exposure)[-1] == pytest.approx(6.0)
    assert effective(exposure)[-25] == pytest.approx(12.0)


def test_sensors_that_join_count_in_full() -> None:
    """A doubled fleet is expected to see twice as much, so that joining raises no alarm."""
    exposure = np.full(40 * 24, 12.0)
    exposure[-24:] = 24.0
    assert effective(exposure)[-1] == pytest.approx(24.0)


def test_a_gap_stays_a_gap() -> None:
    """Nothing is expected where nobody observed."""
    exposure = np.full(40 * 24, 12.0)
    exposure[-24:] = 0.0
    assert (effective(exposure)[-24:] == 0).all()
