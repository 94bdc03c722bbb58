"""
Whatever happens on the way, the hub has every segment once, and the sensor deletes none that it could not prove.
"""

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from isdas.model.errors import ConfigError
from isdas.model.packets import Packets
from isdas.transport.disk import Disk
from isdas.transport.keys import Key
from isdas.transport.proof import Proof, check
from isdas.transport.protocol import SEGMENTS, Answer, Result, read_request, unpack_segments
from isdas.transport.receipt import START, Receipt, following, sign
from isdas.transport.segment import Header, digest, seal, unseal
from isdas.transport.spool import Spool
from isdas.transport.upload import LATER_S, LONGEST_WAIT_S, Offset, Uploader, connect

KEY, HUB = Key(bytes(range(32))), Key(bytes(range(1, 33)))
MINUTE_US, HOUR_US = 60_000_000, 3_600_000_000
BEGIN_US = 472_222 * HOUR_US
NOTHING = Packets.of({}, 0)


@dataclass
class Time:
    """A clock that goes when it is told to."""

    real: int = BEGIN_US
    running: int = 0

    def realtime_us(self) -> int:
        """As it was set."""
        return self.real

    def running_us(self) -> int:
        """Since it was made."""
        return self.running

    def go(self, seconds: float) -> None:
        """Let time pass."""
        self.real += round(seconds * 1e6)
        self.running += round(seconds * 1e6)


class Quick(Disk):
    """A disk that is not waited for."""

    def sync(self, path: Path) -> None:
        """Is left to the kernel."""

    def sync_folder(self, path: Path) -> None:
        """Is left to the kernel."""


@dataclass
class SmallHub:
    """
    A hub that only takes segments, and that things happen to.

    Attributes:
        faults: what happens to the requests that come next; then to none.
        taken: what it has, by digest: the number and how often it came.
        order: the numbers as they were admitted.
        bodies: sizes of the requests that were taken.
        ahead_us: how far its clock is ahead of the sensor's.
    """

    time: Time
    faults: list[str] = field(default_factory=list)
    always: str = ""
    taken: Counter[str] = field(default_factory=Counter)
    order: list[int] = field(default_factory=list)
    bodies: list[int] = field(default_factory=list)
    receipts: dict[str, Receipt] = field(default_factory=dict)
    offsets: dict[int, int] = field(default_factory=dict)
    ahead_us: int = 0
    most: int = 64
    url: str = ""
    _chain: bytes = START

    def results(self, body: bytes) -> list[Result]:
        """Admit what is in a body."""
        return [self._result(data) for data in unpack_segments(body)]

    def _result(self, data: bytes) -> Result:
        known_by = digest(data)
        header, _ = unseal(data, lambda name: KEY.public if name == KEY.fingerprint else None)
        if self.always.startswith(("refused:", "later:")):
            state, _, reason = self.always.partition(":")
            return Result(known_by, "refused" if state == "refused" else "later", reason)
        self.taken[known_by] += 1
        if self.taken[known_by] > 1:
            return Result(known_by, "known", "", self.receipts[known_by])
        self._chain = following(self._chain, bytes.fromhex(known_by))
        receipt = Receipt(header.key, header.spool, header.sequence, known_by, self._chain.hex(), self.time.real)
        self.receipts[known_by] = sign(receipt, HUB)
        self.order.append(header.sequence)
        return Result(known_by, "admitted", "", self.receipts[known_by])


class Handler(BaseHTTPRequestHandler):
    """Answers one request, or does not."""

    hub: SmallHub
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""

    def do_POST(self) -> None:
        """Take segments."""
        hub = self.hub
        fault = hub.faults.pop(0) if hub.faults else hub.always
        if fault == "cut":
            self.rfile.read(100)
            self.close_connection = True
            return
        body = self.rfile.read(int(self.headers["content-length"]))
        request = read_request("POST", SEGMENTS, {name.lower(): value for name, value in self.headers.items()})
        assert request.believed(KEY.public, body)
        if fault.isdigit():
            self.reply(int(fault), b"", [("Retry-After", "40")] if fault == "503" else [])
            return
        if len(unpack_segments(body)) > hub.most:
            self.reply(413, b"")
            return
        received_us = hub.time.real + hub.ahead_us
        results = hub.results(body)
        hub.bodies.append(len(body))
        hub.offsets = dict(request.offsets_us)
        if fault == "lost":
            self.close_connection = True
            return
        self.reply(200, spoilt(Answer(received_us, received_us, results), fault), endless=fault == "trickle")

    def reply(
        self, status: int, body: bytes, headers: Sequence[tuple[str, str]] = (), *, endless: bool = False
    ) -> None:
        """Send an answer."""
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("content-length", str(len(body) + (1 << 40) * endless))
        self.end_headers()
        try:
            self.wfile.write(body)
            while endless:
                self.wfile.write(b" " * 64)
        except OSError:
            self.close_connection = True


def spoilt(answer: Answer, fault: str) -> bytes:
    """The body of an answer, as a fault leaves it."""
    results = list(answer.results)
    match fault:
        case "reordered":
            results.reverse()
        case "duplicated":
            results *= 2
        case "partial":
            results = results[::2]
        case "foreign":
            results = [Result("0" * 64, "admitted"), *results[1:]]
        case "unsigned":
            results = [replace(r, receipt=r.receipt and replace(r.receipt, signature="00" * 64)) for r in results]
        case "nonsense":
            return b'{"results": 7}'
        case "half":
            return replace(answer, results=results).as_json()[:-30]
    return replace(answer, results=results).as_json()


@pytest.fixture
def time() -> Time:
    """A clock."""
    return Time()


@pytest.fixture
def hub(time: Time) -> Iterator[SmallHub]:
    """A hub that listens on this machine."""
    made = SmallHub(time)
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Mine", (Handler,), {"hub": made}))
    server.daemon_threads = True
    made.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    server.shutdown()
    thread.join()
    server.server_close()


@dataclass
class Sensor:
    """A sensor that seals a minute of nothing at a time, and sends them."""

    spool: Spool
    uploader: Uploader
    proof: Proof
    time: Time

    def minutes(self, n: int, start_us: int | None = None) -> None:
        """Seal some."""
        for i in range(n):
            begin = (self.time.real if start_us is None else start_us) + i * MINUTE_US
            said = Header("", self.spool.identity, self.spool.next, "0.1", begin, begin + MINUTE_US, begin)
            self.spool.put(seal(NOTHING, replace(said, lost=self.spool.lost()), KEY))

    def until_empty(self, most: int = 400) -> list[float]:
        """Send until nothing waits; how long each step wanted to wait."""
        waits = []
        while len(self.spool):
            waits.append(self.uploader.step())
            self.time.go(waits[-1])
            assert len(waits) < most, self.uploader.sending
        return waits


@pytest.fixture
def sensor_of(tmp_path: Path) -> Iterator[Callable[..., Sensor]]:
    """Makes the sensor of a hub."""
    clients = []

    def made(hub: SmallHub, rate: float = 1e6, limit: int = 1 << 30, url: str = "") -> Sensor:
        client = connect(url or hub.url, timeout_s=10)
        clients.append(client)
        spool, proof = Spool(tmp_path / "spool", limit, Quick()), Proof(tmp_path / "receipts", Quick())
        uploader = Uploader(spool, KEY, client, proof, hub.time, hub=HUB.public, rate_bytes=rate, seed=1)
        return Sensor(spool, uploader, proof, hub.time)

    yield made
    for client in clients:
        client.close()


Make = Callable[..., Sensor]
FAULTS = (
    "cut", "lost", "500", "503", "429", "401", "reordered", "duplicated", "partial", "foreign", "unsigned", "nonsense",
    "half",
)  # fmt: skip


def assert_all_in_once(hub: SmallHub, sensor: Sensor, n: int) -> None:
    """The hub has what was sealed, each once, and the sensor holds the hub's proof of it."""
    assert sorted(hub.order) == list(range(n))
    receipts = sensor.proof.receipts()
    assert sorted(receipt.sequence for receipt in receipts) == list(range(n))
    found = check(receipts, HUB.public)[sensor.spool.identity]
    assert (found.proven, found.wrong, found.loose) == (n, [], [])


def test_segments_are_sent_and_let_go(hub: SmallHub, sensor_of: Make) -> None:
    """Several together, with a receipt for each."""
    sensor = sensor_of(hub)
    sensor.minutes(10)
    assert len(sensor.until_empty()) == 1
    assert_all_in_once(hub, sensor, 10)
    assert sensor.uploader.sending.results == {"admitted": 10}
    assert sensor.uploader.step() == 1.0


@pytest.mark.parametrize("fault", FAULTS)
def test_no_fault_loses_or_doubles(fault: str, hub: SmallHub, sensor_of: Make) -> None:
    """Whatever happens to three requests, all is in once after the fourth or so."""
    sensor = sensor_of(hub)
    sensor.minutes(9)
    hub.faults = [fault] * 3
    sensor.until_empty()
    assert_all_in_once(hub, sensor, 9)
    assert sensor.uploader.sending.trouble == ""


@pytest.mark.parametrize("seed", range(6))
def test_no_faults_lose_or_double(seed: int, hub: SmallHub, sensor_of: Make) -> None:
    """Nor do all of them in any order, while more is sealed."""
    rng = np.random.default_rng(seed)
    sensor = sensor_of(hub)
    hub.faults = [str(fault) for fault in rng.choice([*FAULTS, "", ""], 30)]
    for _ in range(10):
        sensor.minutes(int(rng.integers(1, 8)))
        sensor.time.go(sensor.uploader.step())
    n = sensor.spool.next
    sensor.until_empty()
    assert_all_in_once(hub, sensor, n)


def test_an_answer_that_trickles_is_not_waited_for(hub: SmallHub, sensor_of: Make) -> None:
    """An answer without end is given up by its size; one that comes byte by byte, by the time."""
    sensor = sensor_of(hub)
    sensor.minutes(2)
    hub.faults = ["trickle", "trickle"]
    assert sensor.uploader.step() > 0
    assert sensor.uploader.sending.requests == {"misunderstood": 1}

    class Hasty(Time):
        def running_us(self) -> int:
            self.go(100)
            return self.running

    sensor.uploader._clock = Hasty(sensor.time.real)
    sensor.uploader.step()
    assert sensor.uploader.sending.requests == {"misunderstood": 1, "ReadTimeout": 1}
    sensor.uploader._clock = sensor.time
    sensor.until_empty()
    assert_all_in_once(hub, sensor, 2)


def test_the_hub_is_not_stormed(hub: SmallHub, sensor_of: Make) -> None:
    """Waiting times grow to a limit, are random, and respect what the hub asks for."""
    sensor = sensor_of(hub, url="http://127.0.0.1:9")
    sensor.minutes(1)
    waits = [sensor.uploader.step() for _ in range(300)]
    assert max(waits[:3]) < 10
    assert max(waits) <= LONGEST_WAIT_S
    assert LONGEST_WAIT_S * 0.4 < np.mean(waits[20:]) < LONGEST_WAIT_S * 0.6
    assert len(set(waits)) == len(waits)
    assert sensor.uploader.sending.requests == {"ConnectError": 300}


def test_the_hub_says_when_to_come_again(hub: SmallHub, sensor_of: Make) -> None:
    """Retry-After is added to what the sensor would have waited."""
    sensor = sensor_of(hub)
    sensor.minutes(1)
    hub.faults = ["503"]
    assert 40 < sensor.uploader.step() < 43


def test_the_newest_hour_comes_first(hub: SmallHub, sensor_of: Make) -> None:
    """The backlog goes in the gaps that the rate leaves; what is sealed meanwhile overtakes it."""
    sensor = sensor_of(hub, rate=200.0)
    sensor.minutes(600)
    sensor.time.go(600 * 60)
    late = []
    while len(sensor.spool):
        sensor.minutes(1)
        newest = sensor.spool.next - 1
        until = sensor.time.running + MINUTE_US
        while sensor.time.running < until and len(sensor.spool):
            sensor.time.go(sensor.uploader.step())
        late.append(newest not in hub.order)
        assert len(late) < 400
    assert not any(late)
    first_hours = [sequence // 60 for sequence in hub.order if sequence < 600]
    assert first_hours == sorted(first_hours, reverse=True)
    assert max(hub.bodies) <= 66_000
    assert sum(hub.bodies) <= 1.1 * 200 * sensor.time.running / 1e6
    assert_all_in_once(hub, sensor, sensor.spool.next)


@pytest.mark.parametrize("days", [0.5, pytest.param(7, marks=pytest.mark.slow)])
def test_days_without_the_hub_are_delivered(days: float, hub: SmallHub, sensor_of: Make) -> None:
    """Every minute of them, each once, by a sensor that was restarted on the way."""
    sensor = sensor_of(hub, url="http://127.0.0.1:9")
    n, tries = round(days * 24 * 60), 0
    for _ in range(n // 60):
        sensor.minutes(60)
        until = sensor.time.running + HOUR_US
        while sensor.time.running < until:
            sensor.time.go(sensor.uploader.step())
            tries += 1
    assert tries < n
    sensor.spool.close()
    again = sensor_of(hub)
    assert len(again.spool) == n
    waits = again.until_empty()
    assert len(waits) >= n / 64
    assert hub.order[0] >= n - 60
    assert_all_in_once(hub, again, n)


def test_what_the_hub_puts_off_is_sent_again_later(hub: SmallHub, sensor_of: Make) -> None:
    """Not at once, and others do not wait for it."""
    sensor = sensor_of(hub)
    sensor.minutes(2)
    hub.always = "later:future-dated"
    sensor.uploader.step()
    assert sensor.uploader.sending.results == {"later": 2}
    assert sensor.uploader.sending.trouble == "later: future-dated"
    hub.always = ""
    sensor.minutes(1)
    sensor.uploader.step()
    assert hub.order == [2]
    sensor.time.go(LATER_S)
    sensor.until_empty()
    assert_all_in_once(hub, sensor, 3)


def test_what_the_hub_refuses_is_put_aside(hub: SmallHub, sensor_of: Make) -> None:
    """With the reason, of which nothing but letters becomes a file's name."""
    sensor = sensor_of(hub)
    sensor.minutes(1)
    hub.always = "refused:../../too-old"
    sensor.until_empty()
    assert sensor.spool.refused() == [(0, "too-old")]
    assert sensor.uploader.sending.results == {"refused:too-old": 1}


def test_fewer_are_sent_where_so_many_are_too_many(hub: SmallHub, sensor_of: Make) -> None:
    """Until it is few enough."""
    sensor = sensor_of(hub)
    sensor.minutes(40)
    hub.most = 3
    sensor.until_empty()
    assert_all_in_once(hub, sensor, 40)


def test_a_segment_that_cannot_pass_does_not_keep_the_others(hub: SmallHub, sensor_of: Make) -> None:
    """Whatever on the way chokes on the newest, the older ones arrive."""
    sensor = sensor_of(hub)
    sensor.minutes(3)
    poison = max(sensor.spool.waiting())
    honest = hub.results

    def choking(body: bytes) -> list[Result]:
        if any(unseal(data, lambda _: KEY.public)[0].sequence == 0 for data in unpack_segments(body)):
            raise ConnectionAbortedError
        return honest(body)

    hub.results = choking  # type: ignore[method-assign]
    for _ in range(30):
        sensor.time.go(sensor.uploader.step())
    assert sorted(hub.order) == [1, poison]
    assert list(sensor.spool.waiting()) == [0]


def test_a_full_disk_does_not_keep_segments_from_going(hub: SmallHub, sensor_of: Make, tmp_path: Path) -> None:
    """Receipts that find no room are counted; the hub has them."""
    sensor = sensor_of(hub)
    sensor.minutes(2)
    sensor.uploader._proof = Proof(tmp_path / "nowhere" / "receipts", Quick())
    sensor.until_empty()
    assert hub.order == [0, 1]
    assert sensor.uploader.sending.results == {"admitted": 2, "unproven": 2}


def test_the_clock_is_measured(hub: SmallHub, sensor_of: Make) -> None:
    """By each exchange; and by the jumps that were seen, for segments from before them."""
    sensor = sensor_of(hub)
    hub.ahead_us = 90_000_000
    assert sensor.uploader.offset_s is None
    sensor.minutes(1)
    sensor.uploader.step()
    assert sensor.uploader.offset_s == 90.0
    assert hub.offsets == {}
    sensor.time.real += HOUR_US
    sensor.spool.jumped(HOUR_US)
    hub.ahead_us -= HOUR_US
    assert sensor.uploader.offset_s is None
    for _ in range(2):
        sensor.minutes(1)
        sensor.uploader.step()
    assert sensor.uploader.offset_s == 90.0 - 3600
    assert hub.offsets == {0: 90_000_000, 1: 90_000_000 - HOUR_US}


def test_the_fastest_exchange_tells_the_offset() -> None:
    """A slow one is off by half of what it took; one of another epoch tells nothing."""
    offset = Offset()
    offset.add(0, 0, 5_000_900, 5_000_900, 1_000)
    offset.add(0, 10_000, 5_010_050, 5_010_060, 10_110)
    assert offset.us(0) == 5_000_000
    assert offset.us(1) is None
    offset.add(1, 0, 7_000_000, 7_000_000, 0)
    assert (offset.us(1), offset.us(0)) == (7_000_000, None)


def test_a_key_may_be_replaced(hub: SmallHub, sensor_of: Make) -> None:
    """What was sealed by the old one is sent, signed by the new one."""
    sensor = sensor_of(hub)
    sensor.minutes(1)
    sensor.uploader.key = Key.make()
    sensor.uploader.step()
    assert sensor.uploader.sending.requests["ok"] == 0
    sensor.uploader.key = KEY
    sensor.until_empty()
    assert_all_in_once(hub, sensor, 1)


def test_an_address_that_is_none_is_told(tmp_path: Path) -> None:
    """As is a certificate that is none."""
    for text in ("http://", "hub.example", "ftp://hub.example", ""):
        with pytest.raises(ConfigError, match="is no URL"):
            connect(text)
    with pytest.raises(ConfigError, match="proxy"):
        connect("https://hub.example", proxy="nowhere")
    (tmp_path / "ca.pem").write_text(json.dumps("no certificate"))
    with pytest.raises(ConfigError, match=r"ca.pem is no certificate"):
        connect("https://hub.example", ca=tmp_path / "ca.pem")
