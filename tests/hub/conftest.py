"""A hub on this machine, sensors with keys, and segments of our making."""

import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pyarrow as pa
import pytest

from isdas.enrich.region import Lookups
from isdas.hub.config import Config
from isdas.hub.door import Door, micros
from isdas.lake.config import Config as LakeConfig
from isdas.lake.lake import Lake
from isdas.lake.sensors import WAITING
from isdas.lake.sensors import Key as KnownKey
from isdas.model.address import from_ipv4
from isdas.model.columns import Capability
from isdas.model.packets import Packets
from isdas.model.time import iso, now
from isdas.transport.keys import Key
from isdas.transport.protocol import SEGMENTS, Answer, pack_segments, signed_request
from isdas.transport.segment import Header, seal

MINUTE_US = 60_000_000
HUB_CONFIG = Config(group_seconds=0.02, least_free_mb=0)


def syns(times_us: Sequence[int], **columns: Any) -> Packets:
    """A TCP SYN at each time, as a sensor decodes it; every column may be given otherwise."""
    n = len(times_us)
    values: dict[str, Any] = {
        "time": pa.array(np.asarray(times_us, np.int64), pa.timestamp("us", tz="UTC")),
        "capabilities": int(Capability.CAPTURE),
        "tunnel": "",
        "ip_version": 4,
        "source_high": 0,
        "source_low": from_ipv4((10 << 24) + np.arange(n)),
        "destination_high": 0,
        "destination_low": from_ipv4(np.full(n, (192 << 24) | 1)),
        "protocol": 6,
        "source_port": 40_000,
        "port": 445,
        "ttl": 50,
        "tcp_flags": 2,
    }
    return Packets.of({**values, **columns}, n)


@dataclass
class Sender:
    """
    A sensor with one spool, which seals a minute at a time.

    Attributes:
        begin_us: when its first minute begins, by its clock.
    """

    begin_us: int
    key: Key = field(default_factory=Key.make)
    spool: str = "0123456789abcdef"
    name: str = ""

    def header(self, number: int, **changes: Any) -> Header:
        """The header of one minute."""
        start = self.begin_us + number * MINUTE_US
        made = Header(self.key.fingerprint, self.spool, number, "1.0", start, start + MINUTE_US, start + MINUTE_US)
        return replace(made, **{"addresses": 1, "clock_offset_s": 0.0, **changes})

    def minute(self, number: int, n: int = 3, *, packets: Packets | None = None, **changes: Any) -> bytes:
        """The segment of one minute with some packets."""
        header = self.header(number, **changes)
        step = MINUTE_US // (n + 1)
        found = syns([header.start_us + step * (i + 1) for i in range(n)]) if packets is None else packets
        said = len(found) + header.own + sum(header.refused.values()) + sum(header.dropped.values())
        return seal(found, replace(header, received=said), self.key)

    def ask(self, method: str, path: str, body: bytes = b"", *, sent_us: int | None = None, epoch: int = 0) -> Any:
        """The headers of a signed request."""
        sent_us = micros() if sent_us is None else sent_us
        return signed_request(self.key, method, path, body, sent_us=sent_us, epoch=epoch)


def enlist(lake: Lake, sender: Sender, name: str, groups: Sequence[str] = ()) -> Sender:
    """Make a sender an active sensor, as if its token had been spent and its key approved."""
    key = KnownKey(sender.key.fingerprint, sender.key.public, WAITING, None, name, tuple(groups), "1.0", iso(now()))
    with lake.records.database.writing() as session:
        lake.sensors.wait(session, key)
    sender.name = lake.sensors.approve(key.fingerprint, "hana", replace=True)
    return sender


@dataclass
class Hub:
    """
    A hub that listens on 127.0.0.1.

    Attributes:
        url: where.
        lake, door, key: its parts.
        client: a client of it.
    """

    url: str
    lake: Lake
    door: Door
    key: Key
    client: httpx.Client

    def send(self, sender: Sender, *segments: bytes, **more: Any) -> Answer:
        """Send segments; what became of them."""
        body = pack_segments(segments)
        answer = self.client.post(SEGMENTS, content=body, headers=sender.ask("POST", SEGMENTS, body, **more).headers())
        assert answer.status_code == 200, answer.status_code
        return Answer.from_json(answer.content)

    def states(self, sender: Sender, *segments: bytes, **more: Any) -> list[tuple[str, str]]:
        """Send segments; the state and the reason of each."""
        return [(result.state, result.reason) for result in self.send(sender, *segments, **more).results]

    def stored(self) -> list[tuple[str, int]]:
        """The sensor and the position of every packet, in order."""
        self.lake.refresh()
        rows = self.lake.ask("SELECT sensor, position FROM packets ORDER BY sensor, position", "packets")
        return list(zip(rows.column("sensor").to_pylist(), rows.column("position").to_pylist(), strict=True))


@pytest.fixture(scope="session")
def lookups() -> Lookups:
    """Lookups as by default."""
    from isdas.enrich.config import Config as EnrichConfig
    from isdas.enrich.region import open_lookups

    return open_lookups(EnrichConfig())


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """An empty lake for a hub."""
    return Lake(tmp_path / "data", LakeConfig(threads=1))


@pytest.fixture
def open_hub(lookups: Lookups) -> Iterator[Callable[..., Hub]]:
    """Opens a hub over a lake; all of them are closed at the end."""
    import uvicorn
    from fastapi import FastAPI

    from isdas.hub.api import sensor_api

    closing: list[Callable[[], None]] = []

    def opened(lake: Lake, config: Config = HUB_CONFIG, key: Key | None = None) -> Hub:
        key = key or Key.make()
        door = Door(lake, lookups, key, config)
        app = FastAPI()
        app.include_router(sensor_api(lake, door, key))
        listener = socket.socket()
        listener.bind(("127.0.0.1", 0))
        listener.listen(128)
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        door.start()
        thread.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        client = httpx.Client(base_url=url, timeout=120, trust_env=False)

        def close() -> None:
            client.close()
            server.should_exit = True
            thread.join()
            door.stop()
            listener.close()

        closing.append(close)
        return Hub(url, lake, door, key, client)

    yield opened
    for close in closing:
        close()


@pytest.fixture
def hub(open_hub: Callable[..., Hub], lake: Lake) -> Hub:
    """A hub that listens."""
    return open_hub(lake)


@pytest.fixture
def sender() -> Sender:
    """A sensor that nobody knows yet, whose first minute began two hours ago."""
    return Sender(micros() // MINUTE_US * MINUTE_US - 120 * MINUTE_US)


@pytest.fixture
def tokyo(lake: Lake, sender: Sender) -> Sender:
    """That sensor, approved as tokyo-1."""
    return enlist(lake, sender, "tokyo-1")


@pytest.fixture(name="enlist")
def _enlist() -> Callable[..., Sender]:
    return enlist


@pytest.fixture(name="syns")
def _syns() -> Callable[..., Packets]:
    return syns


@pytest.fixture(name="sensor_of")
def _sensor_of() -> type[Sender]:
    return Sender
