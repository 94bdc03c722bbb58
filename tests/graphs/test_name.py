"""Canonical names of figures."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isdas.graphs.name import SUFFIXES, canonical_path, default_bin_hours, parse_path
from isdas.model.errors import NotFound
from isdas.model.port import Port
from isdas.model.time import Period

TOKYO = ZoneInfo("Asia/Tokyo")


def period(start: str, end: str) -> Period:
    """A period in Tokyo."""
    return Period.parse(start, end, TOKYO)


@pytest.mark.parametrize(
    ("start", "end", "port", "by", "path"),
    [
        pytest.param("2008-08-05", "2008-11-04", "445", "port", "isdas/2008/20080805-1104_445_port.png", id="AT-2008"),
        pytest.param("2008-12-05", "2009-02-04", "445", "port", "isdas/2009/20081205-0204_445_port.png", id="AT-2009"),
        pytest.param(
            "2008-08-05", "2008-11-04", "445", "region", "isdas/2008/20080805-1104_445_region.png", id="region"
        ),
        pytest.param(
            "2014-09-20", "2014-10-08", "53413/udp", "port", "isdas/2014/20140920-1008_udp53413_port.png", id="udp"
        ),
        pytest.param(
            "2014-09-20", "2014-10-08", "8/icmp", "port", "isdas/2014/20140920-1008_icmp8_port.png", id="icmp"
        ),
        pytest.param(
            "2014-09-20", "2014-10-08", "128/icmpv6", "port", "isdas/2014/20140920-1008_icmpv6128_port.png", id="icmpv6"
        ),
        pytest.param("2014-09-20", "2014-10-08", "47/ip", "port", "isdas/2014/20140920-1008_ip47_port.png", id="ip"),
        pytest.param("2008-08-05", "2008-11-04", None, "port", "isdas/2008/20080805-1104_port.png", id="all-ports"),
    ],
)
def test_the_published_form(start: str, end: str, port: str | None, by: str, path: str) -> None:
    """A name has the year of the last day as its folder, the last day without a year, and bare TCP ports."""
    wanted = Port.parse(port) if port else None
    assert canonical_path(period(start, end), wanted, by) == path
    read = parse_path(path, TOKYO)
    assert (read.period, read.port, read.by) == (period(start, end), wanted, by)


@pytest.mark.parametrize(
    ("path", "start", "end", "by"),
    [
        ("2005/20050708-15_tcp1433_port.png", "2005-07-08", "2005-07-15", "port"),
        ("2005/20050416-0714_tcp1433_port.png", "2005-04-16", "2005-07-14", "port"),
        ("2005/20050708-15_tcp1433_region.png", "2005-07-08", "2005-07-15", "region"),
        ("2005/20050416-0714_tcp1433_region.png", "2005-04-16", "2005-07-14", "region"),
    ],
    ids=["week-port", "quarter-port", "week-region", "quarter-region"],
)
def test_names_of_2005_are_understood(path: str, start: str, end: str, by: str) -> None:
    """The names cited by the alert of 2005 on 1433/tcp are read although new names are written differently."""
    assert parse_path(f"isdas/{path}", TOKYO) == (period(start, end), Port(6, 1433), by, "en", "png")


@given(
    start=st.dates(date(2000, 1, 1), date(2090, 1, 1)),
    days=st.integers(0, 2000),
    port=st.one_of(
        st.none(),
        st.builds(Port, st.just(6), st.integers(0, 65535)),
        st.builds(Port, st.just(17), st.integers(0, 65535)),
        st.builds(Port, st.sampled_from([1, 58]), st.integers(0, 255)),
        st.builds(Port, st.integers(0, 255), st.just(-1)),
    ),
    by=st.sampled_from(["port", "region", "sensor", "tool"]),
    language=st.sampled_from(["en", "ja"]),
    suffix=st.sampled_from(SUFFIXES),
)
def test_a_name_reads_back(start: date, days: int, port: Port | None, by: str, language: str, suffix: str) -> None:
    """Every canonical path gives back the period, port, kind, language and form that it was made from."""
    whole = period(start.isoformat(), (start + timedelta(days=days)).isoformat())
    path = canonical_path(whole, port, by, language=language, suffix=suffix)
    assert parse_path(path, TOKYO) == (whole, port, by, language, suffix)


@pytest.mark.parametrize(
    "path",
    [
        "isdas/2008/20081305-1104_445_port.png",
        "isdas/2008/20080805-1131_445_port.png",
        "isdas/2007/20080805-1104_445_port.png",
        "isdas/2008/20080805-1104_99999_port.png/..",
        "isdas/2008/../../etc/passwd",
        "",
    ],
)
def test_what_is_no_name_is_refused(path: str) -> None:
    """An impossible date, an end before its start and anything else that is no figure's name is not found."""
    with pytest.raises(NotFound):
        parse_path(path, TOKYO)


def test_a_port_beyond_65535_is_refused() -> None:
    """A name with an impossible port is not the name of a figure."""
    with pytest.raises(NotFound):
        parse_path("isdas/2008/20080805-1104_99999_port.png", TOKYO)


@pytest.mark.parametrize(
    ("days", "bin_hours"),
    [(1, 1), (7, 1), (14, 1), (15, 6), (30, 6), (31, 6), (52, 6), (53, 24), (62, 24), (92, 24), (366, 24)],
)
def test_bins_follow_the_published_periods(days: int, bin_hours: int) -> None:
    """A week is drawn by hour, a month by six hours, a quarter and a year by day, others as the nearest of these."""
    end = (date(2008, 1, 1) + timedelta(days=days - 1)).isoformat()
    assert default_bin_hours(period("2008-01-01", end)) == bin_hours
