"""What a rise says of itself."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from isdas.detect.rise import Rise


def test_the_window_ends_with_the_hour_of_detection(rise_of: Callable[..., Rise]) -> None:
    """A window of 12 hours that ends at hour 100 began with hour 89."""
    rise = rise_of(np.ones(200, np.int64), 100, 12, 1.0)
    assert rise.window_begin == rise.hour - 11


def test_the_factor_of_a_silent_port_is_capped(rise_of: Callable[..., Rise]) -> None:
    """Nothing before gives 9999, not infinity."""
    assert rise_of(np.full(200, 9), 100, 12, 0.0).factor == 9999.0
    assert rise_of(np.full(200, 9), 100, 12, 3.0).factor == 3.0


def test_a_rise_as_it_was_known(rise_of: Callable[..., Rise]) -> None:
    """Until an hour nothing of later hours is known, nor that it would be over; that is known an hour after."""
    rise = rise_of(np.arange(200), 100, 12, 1.0)
    rise = replace(rise, ended=rise.hour + 30, settled=True)
    called = rise.as_called()
    assert called.begin + len(called.counts) == rise.hour + 1
    assert (called.ended, called.settled) == (None, False)
    at_its_end = rise.as_of(rise.hour + 30)
    assert at_its_end.ended is None
    assert at_its_end.counts[-1] == called.counts[-1] + 29
    after = rise.as_of(rise.hour + 31)
    assert (after.ended, after.settled) == (rise.ended, True)
