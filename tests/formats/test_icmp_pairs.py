"""
ICMP messages that answer each other.
"""

import numpy as np

from isdas.formats.icmp_pairs import counterpart


def test_messages_and_their_answers() -> None:
    """Echo and neighbours have an answer, errors and what is no type have none."""
    types = np.array([8, 0, 3, 128, 136, 1, -1, 70000])
    six = np.array([False, False, False, True, True, True, False, True])
    assert counterpart(types, six).tolist() == [0, 8, -1, 129, 135, -1, -1, -1]
