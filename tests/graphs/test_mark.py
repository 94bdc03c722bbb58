"""Marks on figures."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from isdas.graphs.mark import Mark, onset_mark
from isdas.model.surge import Surge

TOKYO = ZoneInfo("Asia/Tokyo")
ONSET = datetime(2008, 10, 30, 13, tzinfo=UTC)


def surge(low_hours: int, high_hours: int) -> Surge:
    """A surge of 445/tcp with the onset of 2008 and an interval so many hours before and after it."""
    low, high = ONSET - timedelta(hours=low_hours), ONSET + timedelta(hours=high_hours)
    return Surge(
        "445-tcp-2008103100", "445/tcp", ("445/tcp",), "broad", high, ONSET, low, high, None, 6,
        (), (), 90, 400, 20.0, 90, 4.5, 12.0, 11, 12,
    )  # fmt: skip


def test_an_onset_has_its_interval() -> None:
    """The mark of a surge has the rule at its onset and the band over its 90 % interval, in local time."""
    mark = onset_mark(surge(2, 4), TOKYO)
    assert (mark.at, mark.start, mark.end) == (ONSET, ONSET - timedelta(hours=2), ONSET + timedelta(hours=4))
    assert mark.label == "Onset 10-30 22:00 (90 % interval 10-30 20:00 to 10-31 02:00)"
    assert mark.anchor == ONSET


def test_an_interval_within_a_day_has_one_date() -> None:
    """An interval that begins and ends on one local day names that day once."""
    assert onset_mark(surge(2, 1), TOKYO).label == "Onset 10-30 22:00 (90 % interval 10-30 20:00 to 23:00)"


def test_an_onset_in_japanese() -> None:
    """The Japanese label has Japanese dates."""
    expected = "増加開始 10月30日 22:00（90%区間 10月30日 20:00～10月31日 02:00）"
    assert onset_mark(surge(2, 4), TOKYO, language="ja").label == expected


def test_a_mark_is_somewhere() -> None:
    """A mark without place, with half a stretch, or in an unknown zone is a programming mistake."""
    for places in ({}, {"start": ONSET}, {"at": datetime(2008, 10, 30)}):
        with pytest.raises(ValueError):
            Mark("x", **places)


def test_a_stretch_is_anchored_at_its_start() -> None:
    """A mark without an instant has its label at the start of its stretch."""
    assert Mark("x", start=ONSET, end=ONSET + timedelta(days=1)).anchor == ONSET
