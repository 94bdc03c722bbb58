"""Activity."""

import numpy as np
import pytest

from isdas.detect.activity import Activity
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
