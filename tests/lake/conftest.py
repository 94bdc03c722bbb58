"""
Packets of our making, ways to take them in, and the rows of all tables in a form that can be compared.

Also the module that child processes import, so that they take in the very same packets.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest

from isdas.lake.config import Config
from isdas.lake.lake import Lake
from isdas.lake.records import Intake, Statement
from isdas.lake.tables import NAMES
from isdas.model.address import from_ipv4
from isdas.model.columns import Capability
from isdas.model.packets import Packets
from isdas.model.time import Period

Rows = list[tuple[Any, ...]]

BASE_HOUR = 475_200
"""2024-03-18T00:00Z, hours since 1970; a Monday."""

HOUR_US = 3_600_000_000
CONFIG = Config(threads=1)


def packets_of(hours: Sequence[float], *, source: Any = 1, **columns: Any) -> Packets:
    """
    TCP SYNs to 445/tcp at *hours* after BASE_HOUR, labelled, for sensor alpha; every column may be given otherwise.

    Args:
        source: number of the IPv4 source, one for all or one each; 1 is 10.0.0.1.
    """
    n = len(hours)
    times = np.round((np.asarray(hours, np.float64) + BASE_HOUR) * HOUR_US).astype(np.int64)
    sources = np.broadcast_to(np.asarray(source, np.int64), (n,)) + (10 << 24)
    values: dict[str, Any] = {
        "time": pa.array(times, pa.timestamp("us", tz="UTC")),
        "sensor": "alpha",
        "intake": "blake3:0",
        "editions": "book=1",
        "position": np.arange(n),
        "capabilities": int(Capability.CAPTURE),
        "ip_version": 4,
        "source_high": 0,
        "source_low": from_ipv4(sources),
        "destination_high": 0,
        "destination_low": from_ipv4(np.full(n, 192 << 24 | 1)),
        "protocol": 6,
        "port": 445,
        "tcp_flags": 2,
        "kind": "scan",
        "tool": "",
        "scanner": "",
        "region": "JP",
        "asn": 0,
    }
    return Packets.of({**values, **columns}, n)


def random_packets(seed: int, n: int = 300, hours: float = 50, sensors: Sequence[str] = ("alpha", "beta")) -> Packets:
    """Packets of many kinds, ports, regions and tools, in no order of time; the same for the same seed."""
    rng = np.random.default_rng(seed)

    def words(*choices: str | None) -> pa.Array:
        return pa.array([choices[i] for i in rng.integers(0, len(choices), n)], pa.string()).dictionary_encode()

    protocol = rng.choice([6, 17, 1], n)
    return packets_of(
        rng.random(n) * hours,
        source=rng.integers(0, n // 3 + 1, n),
        sensor=words(*sensors),
        intake=f"blake3:{seed}",
        protocol=protocol.astype(np.int16),
        port=np.where(protocol == 1, 8, rng.choice([445, 80, 53413], n)).astype(np.int32),
        destination_low=from_ipv4(rng.integers(192 << 24, (192 << 24) + 3, n)),
        kind=words("scan", "backscatter", "other"),
        region=words("JP", "CN", "ZZ"),
        tool=words("", "zmap", None),
        asn=rng.integers(0, 3, n),
    )


def admit(lake: Lake, identity: str, packets: Packets, **more: Any) -> None:
    """Take one intake in, without folding."""
    statements: tuple[Statement, ...] = more.pop("statements", ())
    with lake.admission() as admission:
        if not admission.known(identity):
            admission.add(packets.with_columns({"intake": identity}))
            n = len(packets)
            admission.finish(Intake(identity, f"{identity}.pcap", "pcap", n, n, statements=statements, **more))


def take(lake: Lake, *intakes: tuple[str, Packets]) -> None:
    """Take intakes in, one after another, and fold."""
    for identity, packets in intakes:
        admit(lake, identity, packets)
    lake.fold()


def rows_of(lake: Lake, name: str) -> Rows:
    """The rows of a table as readers see them, sorted."""
    rows = lake.ask(f"SELECT * FROM {name}", name)
    rows = rows.select(sorted(rows.column_names))
    return sorted((tuple(_plain(v) for v in row.values()) for row in rows.to_pylist()), key=repr)


def everything(lake: Lake) -> dict[str, Rows]:
    """The rows of all tables."""
    return {name: rows_of(lake, name) for name in NAMES}


def _plain(value: Any) -> Any:
    return tuple(sorted(value)) if isinstance(value, list) else value


def period_of(start: str, end: str, zone: str = "UTC") -> Period:
    """A period by its ends."""
    return Period.parse(start, end, ZoneInfo(zone))


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """An empty lake."""
    return Lake(tmp_path / "data", CONFIG)


@pytest.fixture
def new_lake(tmp_path: Path) -> Callable[[str], Lake]:
    """Empty lakes by name, or those of that name opened again."""
    return lambda name: Lake(tmp_path / name, CONFIG)


def _given(name: str, value: Any) -> Any:
    return pytest.fixture(name=name, scope="session")(lambda: value)


_packets_of = _given("packets_of", packets_of)
_random_packets = _given("random_packets", random_packets)
_admit = _given("admit", admit)
_take = _given("take", take)
_rows_of = _given("rows_of", rows_of)
_everything = _given("everything", everything)
_period_of = _given("period_of", period_of)
