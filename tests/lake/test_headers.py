"""Tests of isdas.lake.headers."""

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from isdas.lake.headers import headers
from isdas.lake.lake import Lake
from isdas.lake.query import series
from isdas.model.port import Port
from isdas.model.time import Period

PORT = Port.parse("445/tcp")
NAMES = ("source_high", "source_low", "tcp_sequence", "ip_id", "dont_fragment", "payload")


@pytest.fixture(scope="module")
def lake(filled: Path) -> Lake:
    """The tables of the simulated captures."""
    return Lake(filled)


def period(start: str, end: str) -> Period:
    """A period in Tokyo."""
    return Period.parse(start, end, ZoneInfo("Asia/Tokyo"))


def test_all_packets_of_the_port_in_the_period(lake: Lake) -> None:
    """As many as the series counts, with the columns that were asked for and no others."""
    day = period("2008-10-06", "2008-10-06")
    found, every = headers(lake, PORT, day, NAMES)
    counted = series(lake, day, port=PORT, measure="packets")
    assert every == 1
    assert len(found) == counted.values.sum() > 0
    assert found.table.column("tcp_sequence").null_count == 0
    assert found.table.column("ttl").null_count == len(found)


def test_periods_end_where_they_say(lake: Lake) -> None:
    """Two halves of an hour have the packets of the hour, each once."""
    whole, _ = headers(lake, PORT, period("2008-10-06T12:00", "2008-10-06T13:00"), NAMES)
    first, _ = headers(lake, PORT, period("2008-10-06T12:00", "2008-10-06T12:30"), NAMES)
    second, _ = headers(lake, PORT, period("2008-10-06T12:30", "2008-10-06T13:00"), NAMES)
    assert 0 < len(first) < len(whole)
    assert first.table.to_pylist() + second.table.to_pylist() == whole.table.to_pylist()


def test_too_many_are_cut_by_source(lake: Lake) -> None:
    """Of more packets than wanted some sources are left out whole, so that the others keep all of theirs."""
    day = period("2008-10-06", "2008-10-06")
    everything, _ = headers(lake, PORT, day, NAMES)
    some, every = headers(lake, PORT, day, NAMES, most=len(everything) // 3)
    assert every in (3, 4)
    assert 0 < len(some) < len(everything)
    sources = everything.numpy("source_low")
    kept = set(some.numpy("source_low").tolist())
    assert len(some) == sum(source in kept for source in sources.tolist())


def test_an_unknown_port_has_no_packets(lake: Lake) -> None:
    """Where nothing is there the answer is empty, not an error."""
    found, every = headers(lake, Port.parse("9/udp"), period("2001-01-01", "2001-01-02"), NAMES)
    assert (len(found), every) == (0, 1)
