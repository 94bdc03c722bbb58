"""What a rise says of itself."""

from collections.abc import Callable

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
