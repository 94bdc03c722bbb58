"""
How a year of a fleet weighs: simulated time over real tables, at the volume that single addresses really hear.

    python bench/year.py [--days 7] [--sensors 100] [--packets 8000] [--group-minutes 10]
                         [--segment-minutes 1] [--data DIR]

Each sensor seals a segment each minute (longer ones make the ledger smaller and change nothing else). Groups of them
are committed, hours folded, surges looked for once a day, and each night rows of the ledger are gathered, retention
runs and files are merged, as `isdas serve` does it by the clock. What the clock of the machine would do in some days -
deleting files that no reader can see any more - is done each seventh simulated day. A line of JSON is printed for each
day, and at the end the same questions are asked of the last week as were asked of the first, and what a year would take
is reckoned from the growth of the last days.

Traffic: a third of the packets are from a few thousand scanners that reach every sensor, on ports by a Zipf law; the
others from a pool of infected hosts of which a twentieth changes each day. A day has the rhythm of a day.
"""

import argparse
import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import mean, median
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa

from isdas.config import Config
from isdas.enrich.config import Config as EnrichConfig
from isdas.enrich.label import label
from isdas.enrich.region import open_lookups
from isdas.hub.fleet import fleet
from isdas.hub.looking import look
from isdas.lake.lake import Lake
from isdas.lake.ledger import Entry
from isdas.lake.query import series, top
from isdas.lake.sensors import WAITING, Heard, Key
from isdas.lake.tables import NAMES
from isdas.lake.verify import verify
from isdas.model.address import from_ipv4
from isdas.model.columns import Capability
from isdas.model.packets import Packets, labels
from isdas.model.port import Port
from isdas.model.time import HOUR_US, Period

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
MINUTE_US = 60_000_000
DAY_US = 24 * HOUR_US
UTC_ZONE = ZoneInfo("UTC")
YEAR_DAYS, PACKETS_DAYS = 365, 30


class Traffic:
    """What the sensors hear, minute after minute."""

    def __init__(self, n_sensors: int, packets_a_day: int, seed: int = 1) -> None:
        self.rng = np.random.default_rng(seed)
        self.n_sensors = n_sensors
        self.a_minute = n_sensors * packets_a_day / 1440
        self.scanners = self._addresses(3000)
        self.bots = self._addresses(60 * packets_a_day)
        rank = np.arange(1, 4001)
        self.port_weights = np.cumsum(1 / (rank + 3.0))
        self.port_weights /= self.port_weights[-1]
        self.ports = np.r_[[23, 445, 22, 80, 443, 8080, 3389, 5555, 2323, 8443], self.rng.integers(1, 65536, 3990)]
        self.homes = (203 << 24) + np.arange(n_sensors) * 7919 % (1 << 24)

    def _addresses(self, n: int) -> Any:
        return self.rng.integers(1 << 24, 223 << 24, n)

    def tomorrow(self) -> None:
        """A twentieth of the infected hosts is another."""
        change = self.rng.integers(0, len(self.bots), len(self.bots) // 20)
        self.bots[change] = self._addresses(len(change))

    def stretch(self, start_us: int, minutes: int) -> tuple[Any, Any, dict[str, Any]]:
        """Sensor, microsecond, and the columns of the packets of some minutes, in the order of sensor and time."""
        rng, hour = self.rng, start_us // HOUR_US % 24
        n = rng.poisson(self.a_minute * minutes * (1 + 0.3 * np.sin(hour * np.pi / 12)))
        sensor = rng.integers(0, self.n_sensors, n)
        at = rng.integers(0, minutes * MINUTE_US, n)
        order = np.lexsort((at, sensor))
        sensor, at = sensor[order], at[order]
        scanner = rng.random(n) < 0.34
        source = np.where(
            scanner, self.scanners[rng.integers(0, 3000, n)], self.bots[rng.integers(0, len(self.bots), n)]
        )
        port = self.ports[np.searchsorted(self.port_weights, rng.random(n))]
        udp = rng.random(n) < 0.1
        values = {
            "time": pa.array(start_us + at, pa.timestamp("us", tz="UTC")),
            "capabilities": int(Capability.CAPTURE),
            "ip_version": 4,
            "source_high": 0,
            "source_low": from_ipv4(source),
            "destination_high": 0,
            "destination_low": from_ipv4(self.homes[sensor]),
            "protocol": np.where(udp, 17, 6),
            "source_port": rng.integers(1024, 65536, n),
            "port": port,
            "tos": 0,
            "ttl": 64 - rng.integers(5, 25, n),
            "ip_id": np.where(scanner, 54321, rng.integers(0, 65536, n)),
            "dont_fragment": rng.random(n) < 0.5,
            "fragment_offset": 0,
            "ip_length": np.where(udp, 60, 44),
            "ip_header_length": 20,
            "tcp_flags": pa.array(np.where(udp, 0, 2), pa.int16(), mask=udp),
            "tcp_sequence": pa.array(rng.integers(0, 1 << 32, n), pa.int64(), mask=udp),
            "tcp_window": pa.array(np.where(scanner, 65535, 14600), pa.int32(), mask=udp),
            "tcp_header_length": pa.array(np.full(n, 24), pa.int16(), mask=udp),
        }
        return sensor, at, values


class Year:
    """The fleet and its hub."""

    def __init__(self, data: Path, n_sensors: int, packets_a_day: int, segment_minutes: int = 1) -> None:
        self.step_us = segment_minutes * MINUTE_US
        self.lake = Lake(data)
        self.lookups = open_lookups(EnrichConfig())
        self.traffic = Traffic(n_sensors, packets_a_day)
        self.names = [f"sensor-{n:04d}" for n in range(n_sensors)]
        self.sequence = 0
        for n, name in enumerate(self.names):
            key = Key(
                f"{n:032x}", n.to_bytes(32, "big"), WAITING, None, name, ("domestic",), "1", "2026-01-01T00:00:00Z"
            )
            with self.lake.records.database.writing() as session:
                self.lake.sensors.wait(session, key)
            self.lake.sensors.approve(key.fingerprint, "bench", replace=False)
        self.numbers = {sensor.name: sensor.number for sensor in self.lake.sensors.all()}

    def group(self, start_us: int, minutes: int) -> int:
        """Admit the segments of some minutes of all sensors, as one group; how many packets."""
        sensor, at, values = self.traffic.stretch(start_us, minutes)
        of, n_each = at // self.step_us, minutes * MINUTE_US // self.step_us
        n = len(sensor)
        spools = [f"segment:{name}/{0:016x}" for name in self.names]
        counts = np.bincount(sensor * n_each + of, minlength=len(self.names) * n_each)
        row = np.arange(n) - np.repeat(np.r_[0, np.cumsum(counts)[:-1]], counts)
        values |= {
            "sensor": labels(sensor, self.names),
            "intake": labels(sensor, spools),
            "position": (self.sequence + of << 32) + row,
        }
        packets = label(Packets.of(values, n), self.lookups)
        entries = [
            self._entry(name, start_us + m * self.step_us, self.sequence + m, int(counts[i * n_each + m]))
            for i, name in enumerate(self.names)
            for m in range(n_each)
        ]
        with self.lake.admission() as admission:
            admission.add(packets)
            admission.finish_segments(entries)
        self.sequence += n_each
        heard = Heard(start_us + minutes * MINUTE_US, {"software": "1", "clock_offset_s": 0.0, "spool_segments": 0})
        self.lake.sensors.heard(dict.fromkeys(self.numbers.values(), heard))
        return n

    def _entry(self, name: str, start_us: int, sequence: int, n: int) -> Entry:
        digest = sequence.to_bytes(32, "big")
        end_us, hours = start_us + self.step_us, {start_us // HOUR_US: n} if n else {}
        size = 600 + 30 * n
        return Entry(
            self.numbers[name], name, f"{0:016x}", sequence, digest, digest, start_us, end_us, end_us + 2_000_000,
            packets=n, received=n + 1, own=1, addresses=1, offset_s=0.0, size_bytes=size, hours=hours,
        )  # fmt: skip

    def day(self, number: int, group_minutes: int) -> dict[str, Any]:
        """One day with its night; what it took."""
        start_us = round((BEGIN + timedelta(days=number)).timestamp() * 1e6)
        took: dict[str, list[float]] = {"commit": [], "fold": []}
        packets = 0
        for hour in range(24):
            for minute in range(0, 60, group_minutes):
                at = start_us + hour * HOUR_US + minute * MINUTE_US
                packets += timed(took["commit"], lambda at=at: self.group(at, group_minutes))  # type: ignore[misc]
            timed(took["fold"], lambda: (self.lake.fold(), self.lake.tidy()))
        self.traffic.tomorrow()
        night: dict[str, list[float]] = {name: [] for name in ("look", "gather", "expire", "compact")}
        end = BEGIN + timedelta(days=number + 1)
        timed(night["look"], lambda: look(self.lake, Period(end - timedelta(days=14), end, UTC_ZONE), Config().detect))
        timed(night["gather"], lambda: self.lake.gather_segments(start_us - DAY_US))
        timed(night["expire"], lambda: self.lake.expire(end))
        files_before = {name: len(self.lake.table(name).files()) for name in NAMES}
        timed(night["compact"], self.lake.compact)
        if number % 7 == 6:
            self.forget()
        return {
            "day": number + 1,
            "packets": packets,
            "commit_ms": round(1000 * median(took["commit"]), 1),
            "commit_max_ms": round(1000 * max(took["commit"]), 1),
            "fold_ms": round(1000 * mean(took["fold"])),
            "fold_max_ms": round(1000 * max(took["fold"])),
            **{f"{name}_s": round(seconds[0], 2) for name, seconds in night.items()},
            "files_before_night": sum(files_before.values()),
            **self.weight(),
        }

    def forget(self) -> None:
        """Delete the files that no reader of the last week can see, as far as simulated weeks go."""
        for name in NAMES:
            delta = self.lake.table(name)._delta
            delta.vacuum(retention_hours=0, enforce_retention_duration=False, dry_run=False, full=True)
        self.lake.refresh()

    def weight(self) -> dict[str, Any]:
        """Rows, files and bytes of the tables, and what else lies on the disk."""
        tables = {}
        for name in NAMES:
            table = self.lake.table(name)
            files = table.files()
            size = sum((table.path / file.path).stat().st_size for file in files)
            tables[name] = {"rows": sum(file.rows for file in files), "files": len(files), "mb": round(size / 1e6, 2)}
        every = [path for path in self.lake.path.rglob("*") if path.is_file()]
        log = [path for path in every if "_delta_log" in path.parts]
        return {
            "tables": tables,
            "disk_mb": round(sum(path.stat().st_size for path in every) / 1e6, 1),
            "log_mb": round(sum(path.stat().st_size for path in log) / 1e6, 1),
            "log_files": len(log),
            "files_on_disk": len(every),
            "records_mb": round((self.lake.path / "records.sqlite").stat().st_size / 1e6, 1),
            "memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000),
        }

    def questions(self, end: datetime) -> dict[str, float]:
        """Seconds of what people ask, of the week before an instant; the least of three times."""
        week, day = Period(end - timedelta(days=7), end, UTC_ZONE), Period(end - timedelta(days=1), end, UTC_ZONE)
        smb, reader = Port.parse("445/tcp"), Lake(self.lake.path)
        asked: dict[str, Callable[[], Any]] = {
            "open the tables": lambda: Lake(self.lake.path),
            "series 445/tcp by region, a week by hour": lambda: series(
                reader, week, port=smb, by="region", bin_hours=1
            ),
            "series total, a week by hour": lambda: series(reader, week, bin_hours=1),
            "sources of 445/tcp, a week by day": lambda: series(reader, week, port=smb, measure="sources"),
            "top ports of a day": lambda: top(reader, "ports", day),
            "top sources of a day": lambda: top(reader, "sources", day),
            "fleet list": lambda: fleet(reader, end, Config().hub),
        }
        return {name: round(least(ask), 3) for name, ask in asked.items()}


def timed(took: list[float], work: Callable[[], Any]) -> Any:
    """Do something and note how long it took."""
    began = time.perf_counter()
    try:
        return work()
    finally:
        took.append(time.perf_counter() - began)


def least(work: Callable[[], Any]) -> float:
    """The least time of three."""
    took: list[float] = []
    for _ in range(3):
        timed(took, work)
    return min(took)


def reckoned(days: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Megabytes after a year: tables that grow go on as in the second half; packets stay as when the first expired."""
    half, last = days[len(days) // 2], days[-1]
    span = max(last["day"] - half["day"], 1)
    found: dict[str, Any] = {}
    for name in NAMES:
        mb, per_day = last["tables"][name]["mb"], (last["tables"][name]["mb"] - half["tables"][name]["mb"]) / span
        wanted = PACKETS_DAYS + 1 if name == "packets" else YEAR_DAYS
        grown = mb if last["day"] >= wanted else mb + per_day * (wanted - last["day"])
        found[name] = {"mb": round(grown), "mb_a_day": round(per_day, 3)}
    records = (last["records_mb"] - half["records_mb"]) / span
    found["records"] = {
        "mb": round(last["records_mb"] + records * (YEAR_DAYS - last["day"])),
        "mb_a_day": round(records, 3),
    }
    found["total_mb"] = sum(each["mb"] for each in found.values())
    return found


def main() -> int:
    """Run the days and print a line of JSON for each, then the questions and the reckoning."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, default=7)
    parser.add_argument("--sensors", type=int, default=100)
    parser.add_argument("--packets", type=int, default=8000, help="packets of a sensor in a day")
    parser.add_argument("--group-minutes", type=int, default=10, help="minutes whose segments are committed together")
    parser.add_argument("--segment-minutes", type=int, default=1, help="minutes of a segment; divides those of a group")
    parser.add_argument("--data", type=Path, default=None, help="where; a folder for the time of the run otherwise")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.data) as folder:
        year = Year(Path(folder), given.sensors, given.packets, given.segment_minutes)
        days, first = [], {}
        for number in range(given.days):
            days.append(year.day(number, given.group_minutes))
            print(json.dumps(days[-1]), flush=True)
            if number == min(6, given.days - 1):
                first = year.questions(BEGIN + timedelta(days=number + 1))
                print(json.dumps({"questions of the first week": first}), flush=True)
        end = BEGIN + timedelta(days=given.days)
        print(json.dumps({"questions of the last week": year.questions(end)}), flush=True)
        checked: list[float] = []
        differences = timed(checked, lambda: verify(year.lake))
        print(json.dumps({"verify_s": round(checked[0], 1), "differences": len(differences)}), flush=True)
        print(json.dumps({"reckoned for a year": reckoned(days)}), flush=True)
    return int(bool(differences))


if __name__ == "__main__":
    sys.exit(main())
