"""What a reader is told beside its file."""

import numpy as np

from isdas.formats.context import Context


def test_without_monitored_networks_nobody_is_ours_or_not() -> None:
    """A direction is not guessed where nobody said which addresses are monitored."""
    assert Context().is_ours(np.zeros(1, np.int64), np.zeros(1, np.int64)) is None


def test_monitored_networks_are_asked() -> None:
    """Halves of addresses go to the function that was given."""
    context = Context(ours=lambda high, low: low == 7)
    ours = context.is_ours(np.zeros(2, np.int64), np.array([7, 8]))
    assert ours is not None
    assert ours.tolist() == [True, False]
