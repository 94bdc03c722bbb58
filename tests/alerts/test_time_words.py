"""The words for a begin are as exact as its interval."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isdas.alerts.time_words import time_words

TOKYO = ZoneInfo("Asia/Tokyo")


def at(text: str) -> datetime:
    """An instant in Tokyo."""
    return datetime.fromisoformat(text).replace(tzinfo=TOKYO)


@pytest.mark.parametrize(
    ("when", "low", "high", "english", "japanese"),
    [
        ("2008-10-30T22", "2008-10-30T21", "2008-10-31T00", "late evening on October 30, 2008", "2008年10月30日夜遅く"),
        ("2008-10-30T22", "2008-10-30T20", "2008-10-31T02", "late evening on October 30, 2008", "2008年10月30日夜遅く"),
        ("2008-10-30T22", "2008-10-30T17", "2008-10-31T00", "October 30, 2008", "2008年10月30日"),
        ("2008-10-30T12", "2008-10-30T02", "2008-10-31T00", "October 30, 2008", "2008年10月30日"),
        ("2008-10-30T22", "2008-10-30T18", "2008-10-31T04", "around October 30 to 31, 2008",
         "2008年10月30日〜31日ごろ"),
        ("2008-10-30T12", "2008-10-29T12", "2008-10-31T12", "around October 29 to 31, 2008",
         "2008年10月29日〜31日ごろ"),
        ("2008-10-31T12", "2008-10-30T12", "2008-11-01T12", "around October 30 to November 1, 2008",
         "2008年10月30日〜11月1日ごろ"),
        ("2009-01-01T12", "2008-12-31T12", "2009-01-02T12", "around December 31, 2008 to January 2, 2009",
         "2008年12月31日〜2009年1月2日ごろ"),
        ("2008-12-25T12", "2008-12-21T00", "2008-12-31T12", "late December 2008", "2008年12月下旬"),
        ("2016-09-15T12", "2016-09-12T00", "2016-09-20T12", "mid-September 2016", "2016年9月中旬"),
        ("2011-08-07T12", "2011-08-01T00", "2011-08-09T12", "early August 2011", "2011年8月上旬"),
        ("2017-01-17T12", "2017-01-15T00", "2017-01-25T00", "around mid- to late January 2017",
         "2017年1月中旬〜下旬ごろ"),
        ("2014-12-05T12", "2014-11-25T00", "2014-12-08T00", "around late November to early December 2014",
         "2014年11月下旬〜12月上旬ごろ"),
        ("2008-12-30T12", "2008-12-24T00", "2009-01-03T00", "around late December 2008 to early January 2009",
         "2008年12月下旬〜2009年1月上旬ごろ"),
        ("2008-12-15T12", "2008-12-03T00", "2008-12-31T00", "around December 2008", "2008年12月ごろ"),
        ("2010-07-15T12", "2010-06-10T00", "2010-09-01T00", "some time between June and August 2010",
         "2010年6月〜8月ごろ"),
        ("2009-01-10T12", "2008-11-10T00", "2009-02-01T00", "some time between November 2008 and January 2009",
         "2008年11月〜2009年1月ごろ"),
    ],
)  # fmt: skip
def test_words_follow_the_interval(when: str, low: str, high: str, english: str, japanese: str) -> None:
    """Late evening is said of at most six hours; wider intervals are given as days, thirds of a month, or months."""
    words = time_words(at(when), at(low), at(high), TOKYO)
    assert (words.en, words.ja) == (english, japanese)


@pytest.mark.parametrize(
    ("hour", "english", "japanese"),
    [
        (0, "the early hours of", "未明"),
        (3, "early morning on", "明け方"),
        (6, "the morning of", "朝"),
        (11, "late morning on", "昼前"),
        (12, "early afternoon on", "昼過ぎ"),
        (15, "late afternoon on", "夕方"),
        (18, "early evening on", "夜"),
        (23, "late evening on", "夜遅く"),
    ],
)
def test_parts_of_the_day(hour: int, english: str, japanese: str) -> None:
    """The eight parts of the day have the bounds of the Japan Meteorological Agency."""
    when = datetime(2008, 10, 30, hour, tzinfo=TOKYO)
    words = time_words(when, when, when + timedelta(hours=1), TOKYO)
    assert words.en == f"{english} October 30, 2008"
    assert words.ja == f"2008年10月30日{japanese}"


def test_words_are_those_of_the_zone() -> None:
    """The same instant is late evening in Tokyo and early afternoon in UTC."""
    when = at("2008-10-30T22")
    assert time_words(when, when, when, TOKYO).en.startswith("late evening")
    assert time_words(when, when, when, ZoneInfo("UTC")).en.startswith("early afternoon")


INSTANTS = st.datetimes(datetime(2003, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))


@given(INSTANTS, st.integers(0, 3000), st.integers(0, 3000))
def test_part_of_day_means_six_hours(when: datetime, before: int, after: int) -> None:
    """A part of the day is named exactly if the interval is at most six hours wide, and the year is always there."""
    words = time_words(when, when - timedelta(hours=before), when + timedelta(hours=after), TOKYO)
    assert (words.precision == "part-of-day") == (before + after <= 6)
    assert words.en[-4:].isdigit()
    assert words.ja[:4].isdigit()
