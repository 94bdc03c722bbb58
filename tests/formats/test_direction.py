"""
The direction of connections.
"""

import numpy as np
import pytest

from isdas.formats.direction import goes_back, turned


@pytest.mark.parametrize(
    ("ours", "counts", "answered", "back"),
    [
        ("-+", (3, 2), False, False),
        ("-+", (3, 2), True, False),
        ("-+", (0, 2), False, True),
        ("-+", (0, 0), False, False),
        ("+-", (3, 2), False, True),
        ("+-", (3, 0), False, False),
        ("+-", (3, 0), True, False),
        ("--", (3, 2), False, False),
        ("++", (3, 2), False, False),
        ("++", (0, 2), False, True),
        ("", (3, 2), False, False),
        ("", (3, 2), True, True),
        ("", (3, 0), True, False),
        ("", (0, 2), False, True),
        ("", (0, 0), True, False),
    ],
)
def test_packets_to_us_decide(ours: str, counts: tuple[int, int], answered: bool, back: bool) -> None:
    """What came to our addresses counts, whoever opened; only where ours are not known the log is trusted."""
    sides = (np.array([ours[0] == "+"]), np.array([ours[1] == "+"])) if ours else (None, None)
    found = goes_back(*sides, *(np.array([count]) for count in counts), np.array([answered]))
    assert found.tolist() == [back]


def test_columns_are_turned_where_the_answer_counts() -> None:
    """The second host's values become the sender's in those rows alone."""
    sender, receiver = turned(np.array([False, True]), np.array([1, 2]), np.array([3, 4]))
    assert (sender.tolist(), receiver.tolist()) == ([1, 4], [3, 2])
