"""Periods of which only part is said."""

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from isdas.hub.period import choose
from isdas.lake.lake import Lake
from isdas.model.errors import IsdasError

TOKYO = ZoneInfo("Asia/Tokyo")


def test_open_ends_reach_as_far_as_the_data(filled: Path) -> None:
    """Without dates the period is that of the data: from their first hour to the end of their last."""
    period = choose(Lake(filled), None, None, TOKYO)
    assert (period.start.isoformat(), period.end.isoformat()) == (
        "2008-10-05T15:00:00+00:00",
        "2008-10-07T15:00:00+00:00",
    )


def test_given_ends_hold(filled: Path) -> None:
    """An end that is given is that end, whatever the data are."""
    period = choose(Lake(filled), "2008-10-07", None, TOKYO)
    assert (period.first_day.isoformat(), period.last_day.isoformat()) == ("2008-10-07", "2008-10-07")
    period = choose(Lake(filled), "2008-01-01", "2008-12-31", TOKYO)
    assert period.days == 366


def test_open_ends_of_nothing_are_an_error(tmp_path: Path) -> None:
    """Without data an open end is an error that names the command which brings data in."""
    with pytest.raises(IsdasError, match="isdas ingest"):
        choose(Lake(tmp_path), "2008-10-07", None, TOKYO)
    assert choose(Lake(tmp_path), "2008-10-07", "2008-10-08", TOKYO).days == 2
