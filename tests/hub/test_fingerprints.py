"""Tests of isdas.hub.fingerprints."""

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from isdas.hub.fingerprints import USUAL, fingerprints
from isdas.lake.lake import Lake
from isdas.model.port import Port
from isdas.model.time import Period

TOKYO = ZoneInfo("Asia/Tokyo")


@pytest.fixture(scope="module")
def lake(filled: Path) -> Lake:
    """The tables of the simulated captures: two quiet days."""
    return Lake(filled)


def test_a_quiet_day_has_nothing_that_the_day_before_had_not(lake: Lake) -> None:
    """Between two quiet days of the same traffic no header feature is new, and both days were observed alike."""
    one, two = (Period.parse(day, day, TOKYO) for day in ("2008-10-06", "2008-10-07"))
    found = fingerprints(lake, Port.parse("445/tcp"), two, one)
    assert found.scale == pytest.approx(1, abs=0.1)
    assert min(found.packets) > 0
    assert [i for i in found.invariants if i.before_share > 0.2] == []


def test_what_is_compared_with_is_the_week_before(lake: Lake) -> None:
    """Unless said otherwise a rise is compared with the seven days before it."""
    day = Period.parse("2008-10-07", "2008-10-07", TOKYO)
    found = fingerprints(lake, Port.parse("445/tcp"), day)
    assert (found.before.start, found.before.end) == (day.start - USUAL, day.start)
    told = found.as_dict()
    assert told["from"] == told["before_to"] == "2008-10-06T15:00:00Z"
    assert told["kind"] == "scan"


def test_nothing_before_scales_nothing(lake: Lake) -> None:
    """A period that nobody observed is no measure for another."""
    day, never = (Period.parse(text, text, TOKYO) for text in ("2008-10-06", "2001-01-01"))
    found = fingerprints(lake, Port.parse("445/tcp"), day, never)
    assert (found.scale, found.packets[1]) == (1.0, 0)


def test_a_real_scanner_is_confirmed(shared: Path, tmp_path: Path) -> None:
    """The nmap scan of 2010, taken in, is confirmed by its one source, and its shape is new."""
    from isdas.enrich.config import Config
    from isdas.hub.intake import ingest

    lake = Lake(tmp_path)
    ingest([shared / "corpus" / "scan" / "nDPI__synscan.pcap"], lake, Config())
    day = Period.parse("2010-07-04", "2010-07-05", TOKYO)
    found = fingerprints(lake, Port.parse("1805/tcp"), day, kind="all")
    assert found.tools == (("nmap", 1),)
    assert {("options", "mss"), ("maximum segment size", "1460")} <= {(i.feature, i.value) for i in found.invariants}
