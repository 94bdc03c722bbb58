"""Tests of isdas.lake.difference."""

from isdas.lake.difference import Difference, compared

HOUR_US = 3_600_000_000


def test_hours_that_differ_are_named() -> None:
    """Every sensor and hour in which one figure is another, or there is only one, is told; the rest is not."""
    one = {("alpha", 0): 3, ("alpha", HOUR_US): 5, ("beta", 0): 1}
    other = {("alpha", 0): 3, ("alpha", HOUR_US): 4, ("gamma", 0): 2}
    assert list(compared("a = b", one, other)) == [
        Difference("alpha 1970-01-01T01:00:00Z", "a = b", 5, 4),
        Difference("beta 1970-01-01T00:00:00Z", "a = b", 1, 0),
        Difference("gamma 1970-01-01T00:00:00Z", "a = b", 0, 2),
    ]
    assert list(compared("a = b", one, one)) == []


def test_a_difference_as_data() -> None:
    """The keys are those that `isdas lake verify --json` promises."""
    assert Difference("alpha", "a = b", 1, 2).as_dict() == {
        "where": "alpha",
        "what": "a = b",
        "expected": 1,
        "found": 2,
    }
