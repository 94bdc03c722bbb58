"""
A folder that grows as a sensor's input.
"""

import os
import shutil
import signal
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from cable import FAR, INTERFACE, NEAR, Cable, ethernet, ip, tcp, udp

from isdas.sensor.following import Following
from isdas.sensor.sealing import Sealing
from isdas.transport.clock import SystemClock
from isdas.transport.keys import Key
from isdas.transport.segment import Header, unseal
from isdas.transport.spool import Spool

HEADER = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
SECOND = 1_000_000
FIRST_S = 1_700_000_000
KEY_BYTES = bytes(range(32))
ROOT = Path(__file__).parent.parent.parent


def record(second: float, frame: bytes) -> bytes:
    """A frame as tcpdump writes it."""
    whole, part = divmod(round((FIRST_S + second) * SECOND), SECOND)
    return struct.pack("<IIII", whole, part, len(frame), len(frame)) + frame


def syn(number: int) -> bytes:
    """A frame of a scan that says its number in its ports."""
    return ethernet(ip(6, tcp(1024 + number // 60000, 1 + number % 60000)))


def following(folder: Path, captures: Path) -> Following:
    """A sensor's input, as after a start."""
    spool = Spool(folder / "spool", 1 << 30)
    sealing = Sealing(spool, Key(KEY_BYTES), SystemClock())
    return Following(captures, (f"{NEAR}/32",), sealing, folder / "captures.json", SystemClock())


def end(made: Following) -> None:
    """Close what is open, and write nothing."""
    made.growing.close()
    made.sealing.spool.close()


def sealed_in(spool: Spool) -> list[tuple[Header, list[int]]]:
    """The header of each segment and the ports in it."""
    key, found = Key(KEY_BYTES), []
    for sequence in range(spool.next):
        data = spool.read(sequence)
        assert data is not None
        header, packets = unseal(data, {key.fingerprint: key.public}.get)
        found.append((header, packets.numpy("port").tolist()))
    return found


@pytest.fixture
def captures(tmp_path: Path) -> Path:
    """Where somebody else captures."""
    made = tmp_path / "captures"
    made.mkdir()
    return made


def test_both_directions_are_told_apart_by_addresses(tmp_path: Path, captures: Path) -> None:
    """What the sensor's address sends is not counted, and what answers it is own."""
    asked, answer = ip(17, udp(41000, 53), NEAR, FAR), ip(17, udp(53, 41000))
    (captures / "a.pcap").write_bytes(
        HEADER + b"".join(record(i, ethernet(p)) for i, p in enumerate((asked, answer, ip(6, tcp(1, 22)))))
    )
    made = following(tmp_path, captures)
    made.step()
    made.cut()
    ((header, ports),) = sealed_in(made.sealing.spool)
    assert ports == [22]
    assert (header.own, header.refused, header.received) == (1, {"not-to-monitored-address": 1}, 3)
    end(made)


def test_a_long_silence_is_not_observed(tmp_path: Path, captures: Path) -> None:
    """Nobody knows whether the network or the capture was silent, so the stretch ends before and begins after."""
    times = [*range(0, 100, 10), 5000, 5010, *range(5010, 12_000, 300)]
    (captures / "a.pcap").write_bytes(HEADER + b"".join(record(at, syn(i)) for i, at in enumerate(times)))
    made = following(tmp_path, captures)
    made.step()
    made.cut()
    (captures / "b.pcap").write_bytes(HEADER + record(12_100, syn(99)))
    made.step()
    made.cut()
    stretches = [((h.start_us - FIRST_S * SECOND) / SECOND, (h.end_us - FIRST_S * SECOND) / SECOND)
                 for h, _ in sealed_in(made.sealing.spool)]  # fmt: skip
    assert stretches[0] == (0, 90)
    assert stretches[1][0] == 5000
    assert all(end - start <= 3600 for start, end in stretches)
    # Within the second part there is no gap, also not between segments.
    assert sum(end - start for start, end in stretches[1:]) == 12_100 - 5000
    assert sum(len(ports) for _, ports in sealed_in(made.sealing.spool)) == len(times) + 1
    end(made)


def test_many_packets_are_many_segments(tmp_path: Path, captures: Path) -> None:
    """No segment is larger than what is surely put as a whole, and each packet comes once."""
    n = 120_000
    (captures / "a.pcap").write_bytes(HEADER + b"".join(record(i / 1000, syn(i)) for i in range(n)))
    made = following(tmp_path, captures)
    made.step()
    made.cut()
    found = sealed_in(made.sealing.spool)
    assert max(len(ports) for _, ports in found) <= 50_000
    assert np.array_equal(np.concatenate([ports for _, ports in found]), 1 + np.arange(n) % 60000)
    end(made)


def test_a_crash_before_or_after_the_segment_changes_nothing(tmp_path: Path, captures: Path) -> None:
    """What was written down before a segment counts if the spool has it, and else does not."""
    path = captures / "a.pcap"
    path.write_bytes(HEADER + b"".join(record(i, syn(i)) for i in range(5)))
    first = following(tmp_path, captures)
    first.step()
    first._write_note()  # and then the power goes
    end(first)
    second = following(tmp_path, captures)
    second.step()
    second.cut()
    end(second)  # and now it goes before anything else is written
    with path.open("ab") as file:
        file.write(b"".join(record(i, syn(i)) for i in range(5, 8)))
    third = following(tmp_path, captures)
    third.step()
    third.cut()
    assert [port for _, ports in sealed_in(third.sealing.spool) for port in ports] == list(range(1, 9))
    end(third)


@pytest.mark.slow
def test_killed_at_random_moments(tmp_path: Path, captures: Path) -> None:
    """A sensor that is killed again and again while files grow and are rotated seals each packet exactly once."""
    rng = np.random.default_rng(2008)
    program = Path(__file__).parent.with_name("follower.py")
    command = [sys.executable, str(program), str(tmp_path), str(captures)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    written, path = 0, captures / "000.pcap"
    path.write_bytes(HEADER)
    for round_ in range(10):
        process = subprocess.Popen(command, stdout=subprocess.PIPE, env=environment)
        assert process.stdout
        process.stdout.readline()
        # Some milliseconds of reading, sealing and putting, none of them like another.
        over = time.monotonic() + float(rng.uniform(0, 1.0))
        while time.monotonic() < over:
            if rng.random() < 0.002:
                path = captures / f"{round_:03}-{written:08}.pcap"
                path.write_bytes(HEADER)
            n = int(rng.integers(1, 20))
            data = b"".join(record((written + i) / 100, syn(written + i)) for i in range(n))
            cut = int(rng.integers(0, len(data)))
            with path.open("ab", buffering=0) as file:
                file.write(data[:cut])
                file.write(data[cut:])
            written += n
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
    last = following(tmp_path, captures)
    last.step()
    last.cut()
    ports = [port for _, found in sealed_in(last.sealing.spool) for port in found]
    assert last.sealing.spool.next > 10
    assert ports == [1 + i % 60000 for i in range(written)]
    end(last)


def test_what_tcpdump_writes_and_rotates(cable: Cable, tmp_path: Path, captures: Path) -> None:
    """All that tcpdump captures into files of a megabyte each is read while it writes, each packet once."""
    if not shutil.which("tcpdump"):
        pytest.skip("tcpdump is not installed")
    words = f"tcpdump -i {INTERFACE} -n -U -C 1 -B 16384 -Z root -w {captures}/a.pcap dst host {NEAR}".split()
    tcpdump = subprocess.Popen(cable.near.command(*words), stderr=subprocess.PIPE, text=True)
    made = following(tmp_path, captures)
    try:
        assert tcpdump.stderr
        tcpdump.stderr.readline()
        sent = 0
        while sent < 50_000:
            sent += cable.send([syn(sent + i) for i in range(5000)])
            made.step()
        over = time.monotonic() + 30
        while made.read < sent and time.monotonic() < over:
            threading.Event().wait(0.05)
            made.step()
        tcpdump.send_signal(signal.SIGINT)
        said = tcpdump.communicate()[1]
        assert "0 packets dropped by kernel" in said
        made.step()
        made.cut()
    finally:
        tcpdump.kill()
        tcpdump.wait()
        if tcpdump.stderr:
            tcpdump.stderr.close()
    ports = [port for _, found in sealed_in(made.sealing.spool) for port in found]
    assert len(list(captures.iterdir())) > 2
    assert ports == [1 + i % 60000 for i in range(sent)]
    end(made)
