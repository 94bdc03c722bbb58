"""
The direction of connections.
"""

import numpy as np
import pytest

from isdas.formats.direction import reversed_and_strange, turned


@pytest.mark.parametrize(
    ("ours", "counts", "answered", "backward", "strange"),
    [
        ("-+", (3, 2), False, False, False),
        ("-+", (3, 2), True, False, False),
        ("-+", (0, 2), False, False, True),
        ("-+", (0, 0), False, False, False),
        ("+-", (3, 2), False, True, False),
        ("+-", (3, 0), False, False, True),
        ("+-", (3, 0), True, False, True),
        ("--", (3, 2), False, False, True),
        ("++", (3, 2), False, False, False),
        ("++", (0, 2), False, True, False),
        ("", (3, 2), False, False, False),
        ("", (3, 2), True, True, False),
        ("", (3, 0), True, False, False),
        ("", (0, 2), False, True, False),
        ("", (0, 0), True, False, False),
    ],
)
def test_packets_to_us_decide(
    ours: str, counts: tuple[int, int], answered: bool, backward: bool, strange: bool
) -> None:
    """What came to our addresses counts, whoever opened; only where ours are not known the log is trusted."""
    sides = (np.array([ours[0] == "+"]), np.array([ours[1] == "+"])) if ours else (None, None)
    there, back = (np.array([count]) for count in counts)
    found = reversed_and_strange(*sides, there, back, np.array([answered]))
    assert [mask.tolist() for mask in found] == [[backward], [strange]]


def test_columns_are_turned_where_the_answer_counts() -> None:
    """The second host's values become the sender's in those rows alone."""
    sender, receiver = turned(np.array([False, True]), np.array([1, 2]), np.array([3, 4]))
    assert (sender.tolist(), receiver.tolist()) == ([1, 4], [3, 2])
