"""Tests of isdas.enrich.intervals."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from isdas.enrich.intervals import Intervals, Span, distinct, from_spans, narrowest_first, whole

TOP = (1 << 128) - 1
NUMBERS = st.one_of(
    st.integers(0, 40), st.integers(TOP - 40, TOP), st.integers((1 << 64) - 20, (1 << 64) + 20), st.integers(0, TOP)
)
SPANS = st.lists(
    st.tuples(NUMBERS, NUMBERS, st.integers(0, 5)).map(lambda s: (min(s[:2]), max(s[:2]), s[2])), max_size=12
)


def halves(numbers: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """Signed halves of 128-bit numbers."""
    sides = [np.array([n >> shift & (1 << 64) - 1 for n in numbers], np.uint64) for shift in (64, 0)]
    return sides[0].astype(np.int64), sides[1].astype(np.int64)


def plain(spans: list[Span], number: int) -> int:
    """The value of a number by a search one by one."""
    return next((value for first, last, value in spans if first <= number <= last), -1)


@given(SPANS, st.lists(NUMBERS, max_size=20))
def test_a_search_finds_what_a_plain_one_does(spans: list[Span], numbers: list[int]) -> None:
    """The first span that holds an address gives its value, up to both ends of all addresses."""
    asked = [*numbers, *(edge for span in spans for edge in span[:2]), 0, TOP]
    assert from_spans(spans).of(*halves(asked)).tolist() == [plain(spans, number) for number in asked]


@given(SPANS)
def test_intervals_share_no_address_and_are_in_order(spans: list[Span]) -> None:
    """Each ends before the next begins, and neighbours of one value are one."""
    made = from_spans(spans)
    firsts = [a << 64 | b for a, b in zip(made.first_high.tolist(), made.first_low.tolist(), strict=True)]
    lasts = [a << 64 | b for a, b in zip(made.last_high.tolist(), made.last_low.tolist(), strict=True)]
    assert all(first <= last for first, last in zip(firsts, lasts, strict=True))
    for i in range(len(made) - 1):
        assert lasts[i] < firsts[i + 1]
        assert lasts[i] + 1 < firsts[i + 1] or made.values[i] != made.values[i + 1]


@given(SPANS)
def test_the_narrowest_comes_first(spans: list[Span]) -> None:
    """The order is by size, and of equal sizes by place."""
    first, last = (halves([span[i] for span in spans]) for i in (0, 1))
    ends = [side.astype(np.uint64) for side in (*first, *last)]
    order = narrowest_first((ends[0], ends[1], ends[2], ends[3]))
    assert order.tolist() == sorted(range(len(spans)), key=lambda i: spans[i][1] - spans[i][0])


@given(st.lists(st.tuples(st.integers(-2, 2), st.integers(-2, 2)), max_size=20))
def test_distinct_addresses_give_the_rows_back(rows: list[tuple[int, int]]) -> None:
    """Each row is one of the distinct addresses, none of which comes twice."""
    high, low = (np.array([row[i] for row in rows], np.int64) for i in (0, 1))
    fresh_high, fresh_low, which = distinct(high, low)
    assert list(zip(fresh_high[which].tolist(), fresh_low[which].tolist(), strict=True)) == rows
    assert len(fresh_low) == len(set(rows))


def test_ipv4_lies_where_the_columns_have_it() -> None:
    """IPv4 is mapped into IPv6, so that one table serves both; nothing is in an empty one."""
    assert whole(4, 1) == 0xFFFF_0000_0001
    assert whole(6, 1) == 1
    assert isinstance(from_spans([]), Intervals)
    assert from_spans([]).of(*halves([0, TOP])).tolist() == [-1, -1]
