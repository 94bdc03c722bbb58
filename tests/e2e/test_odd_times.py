"""Captures whose times are sparse, or run backwards, through the whole chain."""

import json
import socket
import struct
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

Isdas = Callable[..., Any]
BEGIN = datetime(2008, 10, 1, 12, tzinfo=UTC)


def write(path: Path, times: Sequence[datetime]) -> Path:
    """A capture of one SYN to 445/tcp at each of the times, from a source of its own."""
    out = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 101)
    for i, time in enumerate(times):
        source = socket.inet_aton(f"198.51.100.{i % 250 + 1}")
        ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 40, i, 0, 64, 6, 0, source, socket.inet_aton("192.0.2.1"))
        tcp = struct.pack(">HHIIBBHHH", 1024, 445, 1, 0, 0x50, 2, 8192, 0, 0)
        out += struct.pack("<IIII", int(time.timestamp()), 0, 40, 40) + ip + tcp
    path.write_bytes(out)
    return path


SPARSE = {
    "week": [BEGIN + timedelta(days=day) for day in range(7)],
    "years": [datetime(2008 + month // 12, month % 12 + 1, 15, tzinfo=UTC) for month in range(72)],
}


@pytest.mark.parametrize("name", SPARSE)
def test_few_packets_over_a_long_time(isdas: Isdas, tmp_path: Path, name: str) -> None:
    """A packet a day for a week, or a month for six years, is as many hours and packets, and all are found again."""
    times, data = SPARSE[name], tmp_path / "data"
    said = isdas("ingest", write(tmp_path / "sparse.pcap", times), "--json", "--data", data)
    told = json.loads(said.out)
    assert (said.status, told["stored"], told["warnings"]) == (0, len(times), {})
    assert told["hours_folded"] == len(times)
    period = ("--from", f"{times[0]:%Y-%m-%d}", "--to", f"{times[-1]:%Y-%m-%d}")
    asked = ("series", "--port", "445/tcp", "--bin", "day", "--measure", "packets", "--json")
    (series,) = json.loads(isdas(*asked, *period, "--data", data).out)["series"]
    assert sum(value or 0 for value in series["values"]) == len(times)
    assert isdas("surges", *period, "--data", data).status == 0
    assert isdas("lake", "verify", "--data", data).status == 0


def test_time_that_runs_backwards(isdas: Isdas, tmp_path: Path) -> None:
    """Packets that are older than the one before them are stored at their times, and the warning counts them."""
    times = [BEGIN + timedelta(hours=hours) for hours in (0, 1, 5, 2, 3, 0, 6)]
    data = tmp_path / "data"
    said = isdas("ingest", write(tmp_path / "backwards.pcap", times), "--json", "--data", data)
    told = json.loads(said.out)
    assert (said.status, told["stored"]) == (0, 7)
    assert told["warnings"] == {"time-backwards": 2}
    asked = ("series", "--port", "445/tcp", "--bin", "hour", "--measure", "packets", "--json")
    period = ("--from", "2008-10-01T12:00Z", "--to", "2008-10-01T19:00Z")
    (series,) = json.loads(isdas(*asked, *period, "--data", data).out)["series"]
    assert [value or 0 for value in series["values"]] == [2, 1, 1, 1, 0, 1, 1]
    assert isdas("lake", "verify", "--data", data).status == 0
