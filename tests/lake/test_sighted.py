"""Tests of isdas.lake.sighted."""

import numpy as np

from isdas.lake.sighted import NARROW, WIDE, by_source, sources, widened
from isdas.model.address import MAPPED


def test_wide_records_say_what_narrow_ones_do() -> None:
    """An IPv4 source is mapped, up to the last address; everything else stays as it is."""
    rows = np.array([(7, 1 << 40, 0xFFFFFFFF, 1, 3_599_999_999, 4), (8, 1, 0, 0, 0, 0)], NARROW)
    wide = widened(rows)
    assert wide.dtype == WIDE
    assert wide.tolist() == [(7, 1 << 40, 0, MAPPED | 0xFFFFFFFF, 1, 3_599_999_999, 4), (8, 1, 0, MAPPED, 0, 0, 0)]
    for narrow, same in zip(sources(rows), sources(wide), strict=True):
        assert narrow.tolist() == same.tolist()


def test_the_upper_half_of_a_source_comes_first() -> None:
    """Sources are in order as signed halves, as the tables have them; what has the same source keeps its order."""
    rows = np.zeros(4, WIDE)
    rows["high"], rows["low"], rows["key"] = [1, -1, 1, 1], [5, 9, 2, 5], [0, 1, 2, 3]
    assert by_source(rows)["key"].tolist() == [1, 2, 0, 3]
