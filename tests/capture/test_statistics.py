"""
What a capture file says about its own completeness.
"""

from isdas.capture.statistics import InterfaceStatistics


def test_what_is_not_stated_is_none() -> None:
    """A statistic that a file does not state is None, not zero."""
    empty = InterfaceStatistics()
    assert (empty.start_us, empty.end_us, empty.received, empty.dropped) == (None, None, None, None)
