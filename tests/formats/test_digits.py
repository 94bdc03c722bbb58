"""
Numbers, times and addresses from the bytes of texts.
"""

import ipaddress
from datetime import UTC, datetime

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isdas.formats import digits
from isdas.model.address import halves

_SOUP = st.text(st.sampled_from("0123456789.:-+TZ ,x"), max_size=32)


def test_largest_numbers() -> None:
    """Numbers are read up to 64 bits, and larger ones are bad instead of wrapping round."""
    values, good = digits.integers(pa.array([str(2**63 - 1), str(2**63), "9" * 40, "-5", "80.0", "80.00", ".0"]))
    assert good.tolist() == [True, False, False, True, True, False, False]
    assert values[[0, 3, 4]].tolist() == [2**63 - 1, -5, 80]


def test_counts_with_fractions() -> None:
    """A count may have a fraction, of which a billionth is the last that is told."""
    whole, billionths, good = digits.counts(pa.array(["12", "1.5", "1.", "1.1234567899", ".5", "-1", ""]))
    assert good.tolist() == [True, True, False, True, False, False, False]
    assert whole[good].tolist() == [12, 1, 1]
    assert billionths[good].tolist() == [0, 500_000_000, 123_456_789]


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("2008-10-31", digits.LOCAL),
        ("2008-10-31 00:00", digits.LOCAL),
        ("2008-10-31T00:00:00,000001999", digits.LOCAL),
        ("2008-10-31T09:00:00+09:00", digits.STATED),
        ("2008-10-31T09:00:00+0900", digits.STATED),
        ("2008-10-31T09:00:00+09", digits.STATED),
        ("2008-10-30T19:00:00-05:00", digits.STATED),
        ("2008-10-31T00:00Z", digits.STATED),
        ("2008-10-30T23:59:60", digits.LOCAL),
        ("2008-10-31T08:59:60+09:00", digits.STATED),
        ("2008-10-31T05:29:60+05:30", digits.STATED),
        ("2008-10-31T00:59:61", digits.UNREAD),
        ("2008-10-31T00:00:60", digits.UNREAD),
        ("2008-02-30", digits.UNREAD),
        ("2008-10-31T", digits.UNREAD),
        ("2008-10-31T00:00:00.", digits.UNREAD),
        ("2008-10-31T00:00:00+9", digits.UNREAD),
        ("31/10/2008", digits.UNREAD),
        ("", digits.UNREAD),
    ],
)
def test_iso_notations(text: str, state: int) -> None:
    """Date, minute, second, fraction and offset are understood, and what is no such time is left alone."""
    values, states = digits.iso_times(pa.array([text]))
    assert states.tolist() == [state]
    assert values[0] == 0 or values[0] - 1_225_411_200_000_000 in (0, 1)


@given(when=st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30)))
def test_every_moment_is_read_as_python_reads_it(when: datetime) -> None:
    """All days of all years, to the microsecond, are those of the standard library."""
    values, states = digits.iso_times(pa.array([when.isoformat(), when.isoformat(" ") + "Z"]))
    assert states.tolist() == [digits.LOCAL, digits.STATED]
    # A difference of whole numbers: a float of seconds is not exact so far from 1970.
    apart = when.replace(tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    assert set(values.tolist()) == {(apart.days * 86_400 + apart.seconds) * 1_000_000 + apart.microseconds}


@given(number=st.integers(0, 2**32 - 1))
def test_every_ipv4_address(number: int) -> None:
    """Every IPv4 address is the number that it is."""
    values, good = digits.ipv4(pa.array([str(ipaddress.IPv4Address(number))]))
    assert (values.tolist(), good.tolist()) == ([number], [True])


def _as_python(text: str) -> tuple[int, int] | None:
    try:
        return halves(str(ipaddress.IPv6Address(text)))
    except ValueError:
        return None


_WRITTEN = st.one_of(
    st.builds(lambda number: str(ipaddress.IPv6Address(number)), st.integers(0, 2**128 - 1)),
    st.builds(lambda number: ipaddress.IPv6Address(number).exploded.upper(), st.integers(0, 2**64 - 1)),
    st.lists(st.sampled_from(["1", "ffff", "0", ":", "::", "abcde", "g", "1.2.3.4", "256.0.0.1", ""]), max_size=9).map(
        ":".join
    ),
    st.text(st.sampled_from("0aF:."), max_size=12),
)


@given(text=_WRITTEN)
def test_ipv6_is_read_as_python_reads_it(text: str) -> None:
    """Every notation of every IPv6 address is read, and what the standard library calls none is none."""
    high, low, good = digits.ipv6(pa.array([text]))
    found = (int(high[0]), int(low[0])) if good[0] else None
    assert found == _as_python(text)


@given(texts=st.lists(_SOUP, max_size=8), skipped=st.integers(0, 3))
def test_texts_do_not_touch_each_other(texts: list[str], skipped: int) -> None:
    """What a text is read as depends on nothing beside it, also in a slice of a column."""
    column = pa.array(texts, pa.string()).slice(skipped)
    for read in (digits.integers, digits.counts, digits.iso_times, digits.ipv4):
        together = [part.tolist() for part in read(column)]
        alone = [[part[0].item() for part in read(pa.array([text]))] for text in texts[skipped:]]
        assert together == ([list(each) for each in zip(*alone, strict=True)] if alone else [[] for _ in together])
