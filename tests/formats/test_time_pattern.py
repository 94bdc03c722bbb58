"""
Times by a strptime pattern.
"""

from datetime import UTC, datetime

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isdas.formats.time_pattern import local_times, program

PATTERNS = ("%d/%b/%Y %H:%M:%S", "%Y%m%d%H%M", "%d.%m.%Y", "%Y-%m-%dT%H:%M:%S.%f", "%b %d %Y, %H:%M", "%f %Y%m%d")


def in_micros(when: datetime) -> int:
    """Microseconds since 1970 of a time taken as UTC."""
    apart = when.replace(tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    return (apart.days * 86_400 + apart.seconds) * 1_000_000 + apart.microseconds


@pytest.mark.parametrize(
    "pattern", ["%d/%m %H:%M", "%Y-%m-%d %z", "%s", "%Y%Y%m%d", "%Y-%m-%d %%", "%Y%m%d%f%H", "%", "日%Y%m%d"]
)
def test_other_patterns_are_left(pattern: str) -> None:
    """A pattern without a date, or with more in it than numbers and names of months, is left to strptime."""
    assert program(pattern) is None


@given(when=st.datetimes(datetime(1000, 1, 1), datetime(9999, 12, 31)), pattern=st.sampled_from(PATTERNS))
def test_what_strftime_writes_is_read(when: datetime, pattern: str) -> None:
    """Every time that is written by a pattern is read as strptime reads it."""
    steps = program(pattern)
    assert steps is not None
    text = when.strftime(pattern)
    values, good = local_times(pa.array([text, text.upper(), text + "x"]), steps)
    expected = in_micros(datetime.strptime(text, pattern))
    assert (good.tolist(), values[:2].tolist()) == ([True, True, False], [expected, expected])


@given(text=st.text(st.sampled_from("0123456789/: Janfeb.T"), max_size=22), pattern=st.sampled_from(PATTERNS))
def test_nothing_is_read_that_strptime_does_not(text: str, pattern: str) -> None:
    """What is read at all is read as strptime reads it."""
    steps = program(pattern)
    assert steps is not None
    values, good = local_times(pa.array([text]), steps)
    if good[0]:
        assert values[0] == in_micros(datetime.strptime(text, pattern))


def test_a_leap_second_is_the_next_one() -> None:
    """The sixtieth second of a quarter's last minute becomes the next second; in other minutes there is none."""
    steps = program(PATTERNS[0])
    assert steps is not None
    values, good = local_times(
        pa.array(["31/Dec/2016 23:59:60", "01/Jan/2017 00:00:00", "01/Jan/2017 00:00:60"]), steps
    )
    assert good.tolist() == [True, True, False]
    assert values[0] == values[1]


@pytest.mark.parametrize(
    "text", ["30/Feb/2013 00:00:00", "01/Foo/2013 00:00:00", "01/Jan/2013 24:00:00", "01/Jan/2013 00:00:6", ""]
)
def test_no_times(text: str) -> None:
    """A day, a month and a time that are none are not read."""
    steps = program(PATTERNS[0])
    assert steps is not None
    assert not local_times(pa.array([text]), steps)[1].any()
