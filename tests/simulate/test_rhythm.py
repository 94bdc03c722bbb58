"""Tests of isdas.simulate.rhythm."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isdas.model.time import HOUR_US
from isdas.simulate.rhythm import MEMORY_HOURS, daily, level, restless

MONDAY = int(np.datetime64("2008-10-06T00:00:00", "us").astype(np.int64))
WEEK = MONDAY + np.arange(168) * HOUR_US


@given(amplitude=st.floats(0, 0.9), weekend=st.floats(0.5, 1.5), offset=st.integers(-11, 12))
def test_a_week_has_mean_one(amplitude, weekend, offset):
    """The rhythm moves packets within a week and adds none."""
    rhythm = daily(WEEK, np.array([offset]), amplitude, weekend)
    assert rhythm.mean() == pytest.approx(1)
    assert (rhythm >= 0).all()


def test_the_peak_is_in_the_local_evening():
    """Home computers are busiest around nine in the evening where they stand."""
    rhythm = daily(WEEK[:24], np.array([0, 9]), 0.4, 1.0)
    assert rhythm.argmax(axis=1).tolist() in ([20, 11], [21, 12])


def test_the_weekend_differs():
    """Saturday stands to Friday as the weekend level says."""
    rhythm = daily(WEEK, np.array([0]), 0.3, 0.8)[0]
    assert rhythm[120:144].mean() / rhythm[96:120].mean() == pytest.approx(0.8)


def test_levels_are_the_published_ones():
    """In the middle of October 2008 a sensor receives 415 packets a day, and no fewer later."""
    at = np.array(["2008-10-16", "2008-12-01", "2008-08-16"], dtype="datetime64[us]").astype(np.int64)
    assert level(at).tolist() == [415.0, 415.0, 449.0]


def test_restlessness_has_mean_one_deviation_and_memory():
    """The log-rate has the deviation asked for and forgets with the time constant."""
    factors = restless(np.random.default_rng(0), np.full(400, 0.3), 1000)
    log = np.log(factors)
    assert factors.mean() == pytest.approx(1, abs=0.02)
    assert log.std() == pytest.approx(0.3, abs=0.02)
    lagged = np.corrcoef(log[:, :-48].ravel(), log[:, 48:].ravel())[0, 1]
    assert lagged == pytest.approx(np.exp(-48 / MEMORY_HOURS), abs=0.05)


def test_no_deviation_is_no_noise():
    """A series without deviation stays at one."""
    assert (restless(np.random.default_rng(0), np.zeros(2), 50) == 1).all()
