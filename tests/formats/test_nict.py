"""
The NICT Darknet Dataset 2022: files made here in its form, since its own may not be passed on.
"""

import bz2
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from isdas.enrich.config import Config
from isdas.enrich.label import label
from isdas.enrich.region import open_lookups
from isdas.formats import nict
from isdas.formats.context import Context
from isdas.formats.csv import detect_profile
from isdas.formats.profile import load_profile
from isdas.formats.registry import recognise
from isdas.model.address import TOKEN_HIGH
from isdas.model.columns import Capability
from isdas.model.packets import Packets

HEADER = b"timestamp,hash[ip.src.upper16],hash[ip.src.32],ip.dst.lower16,tcp.dstport\n"
JST = timezone(timedelta(hours=9))
DAY = int(datetime(2018, 10, 1, tzinfo=JST).timestamp())


def line(time: int = DAY, source: int = 0xC0000201, target: int = 7, port: int = 445) -> bytes:
    """A row as the data set has them."""
    hashes = [sha256(number.to_bytes(4, "big")).hexdigest() for number in (source >> 16, source)]
    return f"{time},{hashes[0]},{hashes[1]},{target},{port}\n".encode()


def taken(path: Path, content: bytes) -> tuple[Packets, int, list[str]]:
    """What is read of a file with this content: packets, records, and reasons of those refused."""
    path.write_bytes(bz2.compress(content))
    batches = [work() for work in nict.read(path, Context())]
    assert all(batch.tally.reconciles for batch in batches)
    reasons = [refusal.reason for batch in batches for refusal in batch.refusals]
    return Packets.concat(batch.packets for batch in batches), sum(batch.tally.read for batch in batches), reasons


@pytest.mark.parametrize("header", [b"", HEADER])
def test_a_row_is_a_syn(tmp_path: Path, header: bytes) -> None:
    """A row is a TCP SYN from an opaque source to a port, at a destination that is not known."""
    packets, read, _ = taken(tmp_path / "day.bz2", header + line() + line(source=1) + line(port=23))
    rows = packets.table.to_pylist()
    assert (read, [row["port"] for row in rows]) == (3, [445, 445, 23])
    row = rows[0]
    assert (row["protocol"], row["tcp_flags"], row["ip_version"], row["destination_low"]) == (6, 2, 4, None)
    assert row["capabilities"] == Capability.TCP | Capability.TCP_FLAGS == nict.CAPABILITIES
    assert {row["source_high"] for row in rows} == {TOKEN_HIGH}
    assert rows[0]["source_low"] == rows[2]["source_low"] != rows[1]["source_low"]


def test_a_day_of_japan_goes_from_afternoon_to_afternoon(tmp_path: Path) -> None:
    """The file of 1 October 2018 spans 15:00 UTC of 30 September to 15:00 UTC of 1 October."""
    content = line(DAY) + line(DAY + 86_399)
    times = [row["time"] for row in taken(tmp_path / "20181001.bz2", content)[0].table.to_pylist()]
    assert times == [datetime(2018, 9, 30, 15, tzinfo=UTC), datetime(2018, 10, 1, 14, 59, 59, tzinfo=UTC)]


def test_sources_are_scanning_and_nowhere(tmp_path: Path) -> None:
    """A hashed source scans like any other, has no region and no system, and no tool can be told."""
    packets = label(taken(tmp_path / "day.bz2", line())[0], open_lookups(Config()))
    (row,) = packets.table.to_pylist()
    assert (row["kind"], row["region"], row["asn"], row["tool"]) == ("scan", "ZZ", 0, None)


def test_bad_rows_are_refused(tmp_path: Path) -> None:
    """Half an address above 16 bits, a port above them, a time in milliseconds and a missing hash refuse their rows."""
    odd = [line(target=65536), line(port=65536), line(time=DAY * 1000), b"1538319600,aaaa,,7,445\n"]
    _, read, reasons = taken(tmp_path / "day.bz2", line() + b"".join(odd))
    assert (read, reasons) == (5, ["bad-destination", "bad-port", "bad-time", "bad-source"])


@pytest.mark.parametrize(
    ("head", "known"),
    [
        (HEADER, True),
        (HEADER.rstrip(b"\n"), True),
        (b"\xef\xbb\xbf" + HEADER.replace(b"\n", b"\r\n"), True),
        (line() * 200, True),
        (line() + line()[:30], True),
        (line().replace(b"\n", b"\r\n"), True),
        (line() + b"something else\n", False),
        (line()[:30], False),
        (b"1538319600,192.0.2.1,198.51.100.7,80,445\n", False),
        (b"1538319600,abcd,abcd,80,445\n", False),
        (b"timestamp,a,b,c,d\n", False),
        (b"", False),
    ],
)
def test_sniff(head: bytes, known: bool) -> None:
    """The data set is known by its header, or by its five columns in every line there is."""
    assert nict.sniff(head) is known


def test_recognised_before_profiles(tmp_path: Path) -> None:
    """Both forms are recognised as this format, and the shipped profile fits the form with a header."""
    for head in (HEADER + line(), line() * 3):
        found = recognise(head)
        assert found is not None
        assert found.name == nict.NAME
    path = tmp_path / "day.csv"
    path.write_bytes(HEADER + line())
    assert detect_profile(path) == load_profile(nict.NAME)
    path.write_bytes(line())
    assert detect_profile(path) is None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=st.lists(st.one_of(st.just(line()), st.binary(max_size=30)), max_size=8))
def test_any_lines_reconcile(tmp_path: Path, lines: list[bytes]) -> None:
    """Whatever lines follow a good one, each is a packet or a refusal."""
    lines = [line(), *(each.replace(b"\n", b"") + b"\n" if each != line() else each for each in lines)]
    packets, read, reasons = taken(tmp_path / "day.bz2", b"".join(lines))
    assert read == len(lines) == len(packets) + len(reasons)
    assert len(packets) >= lines.count(line())


def test_parsing_is_that_of_the_profile() -> None:
    """The profile says no more than the format can."""
    assert load_profile(nict.NAME).capabilities == nict.CAPABILITIES
