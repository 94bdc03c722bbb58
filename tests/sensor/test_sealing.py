"""
From what was heard to segments on the disk, whatever the disk does.
"""

import errno
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from cable import FAR, NEAR, ethernet, ip, tcp, udp

from isdas.model.frames import Frames
from isdas.model.packets import Packets
from isdas.sensor.handover import Cut, Heard
from isdas.sensor.own import Own
from isdas.sensor.sealing import Sealing, n_addresses
from isdas.transport import beacon
from isdas.transport.clock import SystemClock
from isdas.transport.disk import Disk
from isdas.transport.keys import Key
from isdas.transport.segment import Header, unseal
from isdas.transport.spool import Spool

MINUTE = 60_000_000
START = 30_000_000 * MINUTE
NETWORKS = (f"{NEAR}/32",)
KEY = Key.make()


def frames(*data: bytes, first_us: int = START) -> Frames:
    """Frames a millisecond apart."""
    sizes = np.array([len(each) for each in data], np.int32)
    n = len(data)
    offsets = np.cumsum([0, *sizes])[:n].astype(np.int64)
    return Frames(
        np.frombuffer(b"".join(data) or b"\0", np.uint8), offsets, sizes, sizes,
        first_us + 1000 * np.arange(n, dtype=np.int64), np.ones(n, np.int32), np.arange(n),
    )  # fmt: skip


def heard(*data: bytes, out: tuple[bytes, ...] = (), first_us: int = START) -> Heard:
    """What came in, and before it went out."""
    return Heard(frames(*data, first_us=first_us), frames(*out, first_us=first_us - 10_000), first_us, NETWORKS)


def cut(minute: int = 0, **values: object) -> Cut:
    """The end of a minute."""
    return Cut(START + minute * MINUTE, START + (minute + 1) * MINUTE, NETWORKS, **values)  # type: ignore[arg-type]


def syn(port: int, destination: str = NEAR) -> bytes:
    """A frame of a scan."""
    return ethernet(ip(6, tcp(5000, port), FAR, destination))


def sealed_in(spool: Spool) -> list[tuple[Header, Packets]]:
    """All segments that wait."""
    found = []
    for sequence in range(spool.next):
        data = spool.read(sequence)
        if data is not None:
            found.append(unseal(data, {KEY.fingerprint: KEY.public}.get))
    return found


class FullDisk(Disk):
    """A disk with room for so many files; its owner may make room."""

    def __init__(self, room: int) -> None:
        self.room = room

    def write(self, path: Path, data: bytes) -> None:
        """Write as long as there is room."""
        if path.suffix == ".part" and path.parent.parent.name == "segments":
            if not self.room:
                raise OSError(errno.ENOSPC, "no space left")
            self.room -= 1
        super().write(path, data)


def test_everything_is_accounted_for(tmp_path: Path) -> None:
    """Packets, those to others, what is no packet, the sensor's own and what was lost add up to what was received."""
    spool = Spool(tmp_path, 1 << 20)
    sealing = Sealing(spool, KEY, SystemClock())
    answer = ethernet(ip(17, udp(53, 41000)))
    asked = ethernet(ip(17, udp(41000, 53), NEAR, FAR))
    sealing.hear(heard(syn(22), syn(23), syn(1, "192.0.2.9"), b"\0" * 20, answer, out=(asked,)))
    sealing.cut(cut(dropped={"kernel": 7, "ring": 0}, offset_s=0.5, uptime_s=60))
    ((header, packets),) = sealed_in(spool)
    assert packets.numpy("port").tolist() == [22, 23]
    assert header.refused == {"not-to-monitored-address": 1, "not-ip": 1}
    assert (header.own, header.dropped, header.received) == (1, {"kernel": 7}, 12)
    assert (header.start_us, header.end_us) == (START, START + MINUTE)
    assert (header.addresses, header.clock_offset_s, header.uptime_s, header.clock_epoch) == (1, 0.5, 60, 0)
    assert sealing.sealed.received == 12
    spool.close()


def test_a_minute_without_packets_is_sealed(tmp_path: Path) -> None:
    """It says that somebody listened; one with the interface down says that nobody could."""
    spool = Spool(tmp_path, 1 << 20)
    sealing = Sealing(spool, KEY, SystemClock())
    sealing.cut(cut(0))
    sealing.cut(cut(1, up=False))
    (first, _), (second, _) = sealed_in(spool)
    assert (first.packets, first.end_us - first.start_us, first.odd) == (0, MINUTE, {})
    assert (second.end_us - second.start_us, second.odd) == (0, {"interface-down": 1})
    spool.close()


def test_a_jump_of_the_clock_is_written_down_after_its_segment(tmp_path: Path) -> None:
    """The segment that it ends is of the epoch before; the spool knows by how much."""
    spool = Spool(tmp_path, 1 << 20)
    sealing = Sealing(spool, KEY, SystemClock())
    sealing.cut(cut(0, jump_us=3600_000_000))
    sealing.cut(cut(61))
    assert [header.clock_epoch for header, _ in sealed_in(spool)] == [0, 1]
    assert spool.offsets_us(5) == {1: 5, 0: 3600_000_005}
    spool.close()


def test_a_full_spool_lets_the_oldest_go_and_tells(tmp_path: Path) -> None:
    """When the limit is reached the oldest segments go, and the headers that follow say which."""
    spool = Spool(tmp_path, 20_000)
    sealing = Sealing(spool, KEY, SystemClock())
    for minute in range(60):
        sealing.hear(heard(syn(minute), first_us=START + minute * MINUTE))
        sealing.cut(cut(minute))
    there = sealed_in(spool)
    lost = [each for header, _ in there for each in header.lost]
    assert spool.bytes <= 20_000
    assert 0 < len(there) < 60
    assert there[-1][0].sequence == 59
    assert lost
    assert sealing.sealed.packets == 60
    spool.close()


def test_a_full_disk_loses_the_oldest_first(tmp_path: Path) -> None:
    """What is older makes room; when nothing is left the packets are counted, and told when there is room again."""
    disk = FullDisk(2)
    spool = Spool(tmp_path, 1 << 20, disk)
    sealing = Sealing(spool, KEY, SystemClock())
    for minute in range(4):
        sealing.hear(heard(syn(minute), syn(minute), first_us=START + minute * MINUTE))
        sealing.cut(cut(minute))
    assert "full" in sealing.sealed.trouble
    disk.room = 100
    sealing.cut(cut(4))
    (header, packets), *_ = sealed_in(spool)[-1:]
    assert len(packets) == 0
    assert header.dropped == {"spool": 4}
    assert header.received == 4
    assert header.lost
    assert sealing.sealed.trouble == ""
    assert (sealing.sealed.packets, sealing.sealed.dropped["spool"], sealing.sealed.received) == (4, 4, 8)
    spool.close()


def test_beacons_are_told_and_not_counted(tmp_path: Path) -> None:
    """A beacon of the hub is refused as one; a copy of it is a packet like any other."""
    spool, secret = Spool(tmp_path, 1 << 20), bytes(range(32))
    sealing = Sealing(spool, KEY, SystemClock(), recogniser=beacon.Recogniser(secret))
    sent = ethernet(ip(17, udp(4000, 33434, beacon.payload(secret, 7))))
    sealing.hear(heard(sent, sent, syn(22)))
    sealing.cut(cut())
    ((header, packets),) = sealed_in(spool)
    assert header.refused == {"beacon": 1}
    assert len(packets) == 2
    spool.close()


def test_what_is_too_large_is_halved(tmp_path: Path) -> None:
    """Packets that do not compress go into as many segments as they need, with the stretch shared out."""
    spool = Spool(tmp_path, 1 << 30)
    sealing = Sealing(spool, KEY, SystemClock(), Own())
    n = 400_000
    rng = np.random.default_rng(1)
    frame = np.frombuffer(ethernet(ip(17, udp(1, 2, bytes(24)))), np.uint8)
    data = np.tile(frame, (n, 1))
    data[:, 34:36] = rng.integers(0, 256, (n, 2))
    data[:, -24:] = rng.integers(0, 256, (n, 24))
    data[:, 26:30] = rng.integers(0, 200, (n, 4))
    size = data.shape[1]
    many = Frames(
        data.ravel(), np.arange(n) * size, np.full(n, size, np.int32), np.full(n, size, np.int32),
        START + np.arange(n) * 100, np.ones(n, np.int32), np.arange(n),
    )  # fmt: skip
    sealing.hear(Heard(many, frames(), START, NETWORKS))
    sealing.cut(cut())
    found = [header for header, _ in sealed_in(spool)]
    assert len(found) > 1
    assert sum(header.packets for header in found) == n
    assert found[0].start_us == START
    assert found[-1].end_us == START + MINUTE
    assert all(a.end_us == b.start_us for a, b in pairwise(found))
    spool.close()


@pytest.mark.parametrize(
    ("networks", "n"),
    [((), 0), ((NEAR,), 1), (("192.0.2.0/24", "2001:db8::/32"), 257), (("2001:db8::1", "2001:db8::2"), 2)],
    ids=["none", "one", "networks", "IPv6"],
)
def test_addresses_are_counted(networks: tuple[str, ...], n: int) -> None:
    """Each address of IPv4 counts, and each network of IPv6."""
    assert n_addresses(networks) == n
