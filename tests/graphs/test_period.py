"""Published periods."""

from datetime import date
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isdas.graphs.period import SPANS, ending
from isdas.model.errors import IsdasError

TOKYO = ZoneInfo("Asia/Tokyo")


@pytest.mark.parametrize(
    ("last", "span", "first"),
    [
        (date(2008, 11, 4), "quarter", date(2008, 8, 5)),
        (date(2008, 11, 4), "week", date(2008, 10, 29)),
        (date(2008, 11, 4), "month", date(2008, 10, 5)),
        (date(2008, 12, 31), "year", date(2008, 1, 1)),
        (date(2009, 2, 4), "quarter", date(2008, 11, 5)),
        (date(2008, 5, 31), "quarter", date(2008, 3, 1)),
        (date(2008, 3, 30), "month", date(2008, 3, 1)),
    ],
)
def test_spans_end_with_their_day(last: date, span: str, first: date) -> None:
    """A week, month, quarter or year ends with the day given; the quarter of the alert of 2008 is the published one."""
    period = ending(last, span, TOKYO)
    assert (period.first_day, period.last_day) == (first, last)


@given(last=st.dates(date(2000, 1, 1), date(2090, 1, 1)), span=st.sampled_from(SPANS))
def test_a_span_has_its_length(last: date, span: str) -> None:
    """A week has 7 days, a month 28 to 31, a quarter 89 to 92, a year 365 or 366."""
    shortest, longest = {"week": (7, 7), "month": (28, 31), "quarter": (89, 92), "year": (365, 366)}[span]
    assert shortest <= ending(last, span, TOKYO).days <= longest


def test_an_unknown_span_is_refused() -> None:
    """A span that is not published is an error that names those that are."""
    with pytest.raises(IsdasError, match="week, month, quarter, year"):
        ending(date(2008, 11, 4), "fortnight", TOKYO)
