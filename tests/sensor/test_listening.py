"""
What a sensor hears on a cable between two namespaces, minute by minute.
"""

import re
import shutil
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import pytest
from cable import FAR, INTERFACE, NEAR, NEAR6, NEAR_MAC, Cable, ethernet, ip, syns, tcp, udp
from sensor_rig import Rig, SetClock, lost, total

MINUTE = 60_000_000


def test_captured_is_sent(cable: Cable, tmp_path: Path) -> None:
    """What was sent to the sensor is sealed, packet by packet, and nothing else; the rest is to nobody here."""
    rig = Rig(cable, tmp_path)
    rig.start()
    sent = syns(3000)
    six = [ethernet(ip(17, udp(7, port), "2001:db8::2", NEAR6)) for port in range(100, 200)]
    tagged = [ethernet(ip(6, tcp(9, port)), [12, 13]) for port in range(300, 350)]
    others = [ethernet(ip(6, tcp(1, 2), FAR, "192.0.2.200")) for _ in range(50)]
    n = cable.send([*sent, *six, *tagged, *others]) - len(others)
    rig.heard(n)
    sealed = rig.stop()
    assert total(sealed, "packets") == total(sealed, "received") == n
    ports = [int(port) for _, packets in sealed for port in packets.numpy("port")]
    assert ports.count(445) == 3000
    assert sorted(set(ports) - {445}) == [*range(100, 200), *range(300, 350)]
    assert sealed[0][0].addresses == 2
    assert sealed[-1][0].end_us - sealed[0][0].start_us < 60 * 1_000_000


def test_segments_end_on_the_minute(cable: Cable, tmp_path: Path) -> None:
    """Stretches follow each other without a gap, end on the minute, and hold the packets of their time."""
    clock = SetClock()
    rig = Rig(cable, tmp_path, clock=clock)
    cable.send(syns(10))
    while rig.listening.figures.heard < 10:
        rig.listening.live.wait(1)
        rig.listening.step()
    clock.run_us += 3 * MINUTE
    rig.listening.step()
    rig.listening._finish()
    rig.handover.end()
    rig.sealing.run(rig.handover)
    sealed = rig.close()
    assert [header.packets for header, _ in sealed][:1] == [10]
    assert total(sealed, "packets") == 10
    headers = [header for header, _ in sealed]
    assert len(headers) >= 4
    for before, after in pairwise(headers):
        assert before.end_us == after.start_us
        assert before.end_us % MINUTE == 0


def test_a_sleep_is_a_gap(cable: Cable, tmp_path: Path) -> None:
    """While the machine slept nobody listened: the segment ends before, and the next begins after."""
    clock = SetClock()
    rig = Rig(cable, tmp_path, clock=clock)
    rig.listening.step()
    clock.slept_us += 10 * MINUTE
    rig.listening.step()
    rig.listening._finish()
    rig.handover.end()
    rig.sealing.run(rig.handover)
    first, second, *_ = (header for header, _ in rig.close())
    assert 9 * MINUTE < second.start_us - first.end_us < 11 * MINUTE
    assert second.clock_epoch == 0


def test_a_clock_that_is_set_ends_the_segment(cable: Cable, tmp_path: Path) -> None:
    """After a jump of an hour, forward or backward, a segment of a new epoch begins with the new time."""
    for jump_us in (3600 * 1_000_000, -3600 * 1_000_000, 86_400 * 1_000_000):
        clock = SetClock()
        folder = tmp_path / str(jump_us)
        rig = Rig(cable, folder, clock=clock)
        cable.send(syns(5))
        while rig.listening.figures.heard < 5:
            rig.listening.live.wait(1)
            rig.listening.step()
        before_us = clock.realtime_us()
        clock.set_us = jump_us
        rig.listening.step()
        clock.run_us += 1_000_000
        rig.listening.step()
        rig.listening._finish()
        rig.handover.end()
        rig.sealing.run(rig.handover)
        first, second = (header for header, _ in rig.close())
        assert (first.clock_epoch, second.clock_epoch) == (0, 1)
        assert first.packets == 5
        assert before_us <= first.end_us < before_us + 10_000_000
        assert abs(second.start_us - first.end_us - jump_us) < 10_000_000
        assert rig.listening.figures.jumps == 1


def test_a_frame_with_the_time_of_before_comes_with_that_of_now(cable: Cable, tmp_path: Path) -> None:
    """Late frames of the other clock are neither lost nor tear the stretch apart, which the hub would refuse."""
    for jump_us in (3600 * 1_000_000, -3600 * 1_000_000):
        clock = SetClock()
        rig = Rig(cable, tmp_path / str(jump_us), clock=clock)
        clock.set_us = jump_us
        rig.listening.step()
        clock.run_us += 1_000_000
        rig.listening.step()
        # The kernel's stamps are still those of the clock that nobody has set here.
        cable.send(syns(5))
        while rig.listening.figures.heard < 5:
            rig.listening.live.wait(1)
            rig.listening.step()
        rig.listening._finish()
        rig.handover.end()
        rig.sealing.run(rig.handover)
        sealed = rig.close()
        assert len(sealed) <= 4
        assert total(sealed, "packets") == 5
        for header, packets in sealed:
            times = packets.numpy("time").astype("int64")
            assert all(header.start_us <= at <= header.end_us for at in times)


def test_an_interface_that_goes_down_ends_the_segment(cable: Cable, tmp_path: Path) -> None:
    """While the interface is down nothing is observed; when it is up again the capture goes on by itself."""
    rig = Rig(cable, tmp_path, networks=(NEAR,))
    rig.start()
    cable.send(syns(10))
    rig.heard(10)
    cable.near.ip(f"link set {INTERFACE} down")
    rig.wait(lambda: rig.listening.figures.up is False)
    down_us = time.time_ns() // 1000
    cable.near.ip(f"link set {INTERFACE} up")
    rig.wait(lambda: rig.listening.figures.up is True)
    up_us = time.time_ns() // 1000
    cable.send(syns(20))
    rig.heard(30)
    sealed = rig.stop()
    assert total(sealed, "packets") == 30
    quiet = [header for header, _ in sealed if header.odd.get("interface-down")]
    assert len(quiet) == 1
    assert quiet[0].start_us == quiet[0].end_us
    observed = [header for header, _ in sealed if header not in quiet]
    assert not any(header.start_us < down_us < up_us < header.end_us for header in observed)


def test_an_interface_that_is_gone_ends_the_sensor(cable: Cable, tmp_path: Path) -> None:
    """What was heard is sealed, and nobody waits for more."""
    rig = Rig(cable, tmp_path)
    rig.start()
    cable.send(syns(10))
    rig.heard(10)
    cable.near.ip(f"link del {INTERFACE}")
    for thread in rig._threads:
        thread.join()
    assert rig.listening.figures.up is None
    assert total(rig.close(), "packets") == 10


def test_addresses_are_followed(cable: Cable, tmp_path: Path) -> None:
    """An address that the interface is given is monitored from then on, in a segment of its own."""
    rig = Rig(cable, tmp_path)
    rig.start()
    new = "192.0.2.50"
    cable.send(ethernet(ip(6, tcp(1, 23), FAR, new)) for _ in range(5))
    cable.near.ip(f"addr add {new}/24 dev {INTERFACE}")
    rig.wait(lambda: new in rig.listening.live.networks)
    cable.send(ethernet(ip(6, tcp(1, 23), FAR, new)) for _ in range(7))
    rig.heard(7)
    sealed = rig.stop()
    assert [(header.addresses, header.packets) for header, _ in sealed] == [(2, 0), (3, 7)]


def test_own_traffic_is_absent_while_a_scan_of_its_ports_is_present(cable: Cable, tmp_path: Path) -> None:
    """Sessions, questions and answers of the sensor are counted and left out; scans of the same ports stay."""
    far, management, stranger = "192.0.2.2", "192.0.2.3", "192.0.2.77"
    cable.far.ip(f"addr add {management}/24 dev far0")
    cable.near.ip(f"neigh add {management} lladdr 02:00:00:00:00:02 dev {INTERFACE} nud permanent")
    rig = Rig(cable, tmp_path, management=(f"{management}/32",))
    rig.start()
    peer = Path(__file__).parent.with_name("cable_peer.py")
    answering = subprocess.Popen(
        cable.far.command(sys.executable, "-S", str(peer), "answer", far), stdout=subprocess.PIPE, text=True
    )
    shell = subprocess.Popen(
        cable.near.command(sys.executable, "-S", str(peer), "shell", NEAR), stdout=subprocess.PIPE, text=True
    )
    try:
        assert answering.stdout
        assert answering.stdout.readline() == "ready\n"
        assert shell.stdout
        assert shell.stdout.readline() == "ready\n"
        cable.near.run(sys.executable, "-S", str(peer), "use", far)
        cable.far.run(sys.executable, "-S", str(peer), "log-in", NEAR, management)
        scan = [ethernet(ip(6, tcp(5000 + i, port), stranger)) for i, port in enumerate((22, 443, 8446) * 10)]
        scan += [
            ethernet(ip(17, udp(port, to), stranger))
            for port, to in ((53, 40000), (123, 123), (53, 53), (5000, 123)) * 5
        ]
        cable.send(scan)
        rig.heard(len(scan))
        sealed = rig.stop()
    finally:
        for process in (answering, shell):
            process.kill()
            process.communicate()
    found = [
        (int(protocol), int(source), int(port))
        for _, packets in sealed
        for protocol, source, port in zip(
            *(packets.numpy(name) for name in ("protocol", "source_port", "port")), strict=True
        )
    ]
    wanted = [(6, 5000 + i, port) for i, port in enumerate((22, 443, 8446) * 10)]
    wanted += [(17, port, to) for port, to in ((53, 40000), (123, 123), (53, 53), (5000, 123)) * 5]
    assert sorted(found) == sorted(wanted)
    # Each of the sensor's own: at least a SYN-ACK, data and FIN of two connections, a session, two answers by UDP.
    assert total(sealed, "own") > 12


def test_what_has_no_room_to_wait_is_counted(cable: Cable, tmp_path: Path) -> None:
    """When nobody takes what was heard it is dropped as ring, and the capture does not wait."""
    rig = Rig(cable, tmp_path, waiting_bytes=100_000, packets=1000)
    n = cable.send(syns(5000))
    while rig.listening.figures.heard < n:
        rig.listening.live.wait(1)
        rig.listening.step()
    rig.listening._finish()
    rig.handover.end()
    rig.sealing.run(rig.handover)
    sealed = rig.close()
    assert lost(sealed, "ring") == rig.listening.figures.ring > 0
    assert total(sealed, "received") == n
    assert total(sealed, "packets") + lost(sealed, "ring") == n


@pytest.mark.slow
def test_masscan_at_full_speed(cable: Cable, tmp_path: Path) -> None:
    """At 300,000 packets a second what is not sealed is what the kernel says it dropped."""
    if not shutil.which("masscan"):
        pytest.skip("masscan is not installed")
    network = "198.18.0.0/16"
    cable.far.ip("route add 198.18.0.0/15 dev far0")
    cable.near.ip("route add blackhole 198.18.0.0/15")
    rig = Rig(cable, tmp_path, networks=(network,), ring_bytes=32 << 20)
    rig.start()
    ports = 30
    cable.far.run(
        "masscan", "-e", "far0", "--router-mac", NEAR_MAC, "--source-ip", FAR, "--rate", "300000", "--wait", "0",
        "--retries", "0", "--seed", "7", network, f"-p1-{ports}", timeout=120,
    )  # fmt: skip
    sent = 65536 * ports
    shown = cable.far.run("ip", "-s", "link", "show", "far0")
    assert sum(map(int, re.findall(r"TX:.*\n\s*\d+\s+(\d+)", shown))) >= sent
    rig.heard(sent)
    sealed = rig.stop()
    figures = rig.listening.figures
    assert figures.passed == sent
    assert total(sealed, "received") == sent
    assert lost(sealed, "kernel") == figures.kernel
    assert total(sealed, "packets") == sent - figures.kernel - figures.ring
