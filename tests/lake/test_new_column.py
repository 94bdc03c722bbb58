"""
Adding a column is one edit: an entry in the column table, followed here from a file to a series.

One column follows from others (a band of the TTL), one comes from a file through a profile (which service of a
honeypot was addressed).
"""

import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from deltalake import DeltaTable

from isdas.enrich.region import Lookups
from isdas.hub.pipeline import Summary, take_in
from isdas.hub.source import Source
from isdas.lake.lake import Lake
from isdas.lake.query import series
from isdas.lake.verify import verify
from isdas.model import columns
from isdas.model.columns import Capability, Column
from isdas.model.time import Period

NOWHERE = Lookups(lambda addresses: ["JP"] * len(addresses), editions={"book": "1"})
BEGIN = 1_225_375_200
"""2008-10-30T14:00Z, seconds since 1970."""

TTL_BAND = Column(
    "ttl_band",
    pa.string(),
    "name",
    "Which usual initial TTL the packet began with, most likely.",
    "header",
    Capability.TTL,
    dimension="counts",
    compute=lambda table: pc.if_else(pc.less_equal(table["ttl"], pa.scalar(64, pa.int16())), "up-to-64", "up-to-255"),
)
SERVICE = Column("service", pa.string(), "name", "The service of the honeypot.", "header", dimension="counts")

PROFILE = """
name = "honeypot"
title = "A honeypot's log"
delimiter = ","
capabilities = ["TCP"]
[time]
column = "at"
format = "unix"
[source]
column = "from"
[protocol]
column = "proto"
[columns]
sensor = "pot"
port = "port"
"""


def capture(path: Path, ttls: list[int], begin: int = BEGIN) -> Source:
    """A capture (raw IP) with one TCP SYN to 445/tcp every minute, each with a TTL."""
    packed = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 101)
    for number, ttl in enumerate(ttls):
        source, target = bytes([203, 0, 113, number + 1]), bytes([192, 0, 2, 1])
        ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 40, number, 0, ttl, 6, 0, source, target)
        tcp = struct.pack(">HHIIBBHHH", 40_000, 445, 7, 0, 0x50, 2, 1024, 0, 0)
        packed += struct.pack("<IIII", begin + 60 * number, 0, 40, 40) + ip + tcp
    path.write_bytes(packed)
    return Source(path)


def log(folder: Path, services: list[str], *, with_service: bool, begin: int = BEGIN) -> Source:
    """A honeypot's log with one connection a minute, and the profile to read it with, which may know the service."""
    profile = folder / f"honeypot-{with_service}.toml"
    profile.write_text(PROFILE + ('service = "svc"\n' if with_service else ""))
    lines = ["at,from,proto,pot,port,svc"]
    lines += [f"{begin + 60 * n},203.0.113.{n + 1},tcp,pot-1,23,{service}" for n, service in enumerate(services)]
    path = folder / f"log-{with_service}-{begin}.csv"
    path.write_text("\n".join(lines) + "\n")
    return Source(path, format=str(profile))


def take(lake: Lake, *sources: Source) -> Summary:
    """Take files in as the command line does."""
    summary = take_in(sources, lake, NOWHERE, told=lambda source, done: None)
    assert summary.records.reconciles
    assert not summary.refused
    return summary


def counted(lake: Lake, period: Period, by: str) -> dict[str, float]:
    """Packets by key."""
    found = series(lake, period, by=by, measure="packets", kind="all")
    return dict(zip(found.keys, np.nansum(found.values, axis=1).tolist(), strict=True))


@pytest.fixture
def period(period_of: Callable[..., Period]) -> Period:
    """The days of the packets."""
    return period_of("2008-10-30", "2008-10-31")


@pytest.fixture
def add(monkeypatch: pytest.MonkeyPatch) -> Callable[[Column], None]:
    """The one edit: an entry at the end of the column table."""
    return lambda column: monkeypatch.setattr(columns, "COLUMNS", (*columns.COLUMNS, column))


def test_a_computed_column_on_a_fresh_lake(
    tmp_path: Path, lake: Lake, period: Period, add: Callable[[Column], None]
) -> None:
    """From captures to a series by a column that follows from others, with no other edit."""
    add(TTL_BAND)
    fresh = Lake(tmp_path / "fresh", lake.config)
    take(fresh, capture(tmp_path / "tokyo.pcap", [64, 60, 128, 250, 33]))
    assert counted(fresh, period, "ttl_band") == {"up-to-64": 3, "up-to-255": 2}
    by_hour = series(fresh, period, by="ttl_band", measure="sources", bin_hours=1)
    assert np.nansum(by_hour.values) == 5
    assert verify(fresh) == []


def test_a_computed_column_on_a_lake_with_data(
    tmp_path: Path, lake: Lake, period: Period, add: Callable[[Column], None], rows_of: Callable[..., Any]
) -> None:
    """Tables that are there are widened: old packets have it null, which a series calls unknown."""
    take(lake, capture(tmp_path / "tokyo.pcap", [64, 128]))
    before = {name: len(rows_of(lake, name)) for name in lake.versions()}
    add(TTL_BAND)
    later = Lake(lake.path, lake.config)
    assert counted(later, period, "ttl_band") == {"unknown": 2}
    assert {name: len(rows_of(later, name)) for name in later.versions()} == before
    assert verify(later) == []
    take(later, capture(tmp_path / "osaka.pcap", [60, 250, 255], begin=BEGIN + 1800))
    assert counted(later, period, "ttl_band") == {"unknown": 2, "up-to-255": 2, "up-to-64": 1}
    assert counted(later, period, "total") == {"total": 5}
    assert verify(later) == []
    later.fold(everything=True)
    assert counted(later, period, "ttl_band") == {"unknown": 2, "up-to-255": 2, "up-to-64": 1}
    later.compact()
    assert counted(Lake(lake.path, lake.config), period, "ttl_band") == {"unknown": 2, "up-to-255": 2, "up-to-64": 1}
    named = DeltaTable(str(later.table("counts").path)).schema()
    assert "ttl_band" in {field.name for field in named.fields}


def test_a_column_from_a_file_on_a_fresh_lake(
    tmp_path: Path, lake: Lake, period: Period, add: Callable[[Column], None]
) -> None:
    """From a table of text through a profile to a series, with the entry and a line in the profile."""
    add(SERVICE)
    fresh = Lake(tmp_path / "fresh", lake.config)
    take(fresh, log(tmp_path, ["telnet", "telnet", "busybox"], with_service=True))
    assert counted(fresh, period, "service") == {"telnet": 2, "busybox": 1}
    assert verify(fresh) == []


def test_a_column_from_a_file_on_a_lake_with_data(
    tmp_path: Path, lake: Lake, period: Period, add: Callable[[Column], None]
) -> None:
    """Old rows, and files that do not have it, are unknown; new ones have what the file says, in the same hour too."""
    take(lake, log(tmp_path, ["telnet", "telnet"], with_service=False))
    add(SERVICE)
    later = Lake(lake.path, lake.config)
    take(later, log(tmp_path, ["telnet", "ssh", "ssh"], with_service=True, begin=BEGIN + 1000))
    take(later, capture(tmp_path / "tokyo.pcap", [64], begin=BEGIN + 7200))
    assert counted(later, period, "service") == {"unknown": 3, "ssh": 2, "telnet": 1}
    assert verify(later) == []


def test_a_reader_with_the_old_program_goes_on(
    tmp_path: Path, lake: Lake, period: Period, add: Callable[[Column], None]
) -> None:
    """A process that was started before the edit reads on beside one that was started after it."""
    take(lake, capture(tmp_path / "tokyo.pcap", [64]))
    add(TTL_BAND)
    later = Lake(lake.path, lake.config)
    take(later, capture(tmp_path / "osaka.pcap", [60, 61], begin=BEGIN + 60))
    lake.refresh()
    assert counted(lake, period, "total") == {"total": 3}
