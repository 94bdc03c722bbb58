"""Sketches of crowds of sources."""

import pytest

from isdas.model.source_sketch import SourceSketch


def test_a_sketch_may_hold_all_or_the_smallest() -> None:
    """Of few sources it has every hash, of many some."""
    assert SourceSketch(2, 1, (1, 5), (7,)).by_source == (1, 5)
    assert SourceSketch(1_000_000, 90_000, (1, 5), (7,)).sources == 1_000_000


@pytest.mark.parametrize(
    ("by_source", "by_network"),
    [((5, 1), (7,)), ((1, 1), (7,)), ((1, 2, 3), (7,)), ((1, 2), (7, 8))],
    ids=["falling", "twice", "more-than-sources", "more-than-networks"],
)
def test_what_cannot_be_a_sketch_is_refused(by_source: tuple[int, ...], by_network: tuple[int, ...]) -> None:
    """A damaged row is told, and never taken for sources that came again."""
    with pytest.raises(ValueError, match="no sketch"):
        SourceSketch(2, 1, by_source, by_network)
