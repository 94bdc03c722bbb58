"""
How many packets a second a sensor hears without a loss, and where loss begins, by the kernel's own counters.

``python bench/sensor.py [--seconds N] [--rates N,N,...]`` lets masscan send over a cable between two network namespaces
to a sensor that hears, decodes, judges, seals and puts everything on the disk; and then to ``tcpdump -w /dev/null``. It
needs root on Linux, and masscan.
"""

import argparse
import mmap
import re
import resource
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from cable import FAR, INTERFACE, NEAR_MAC, Cable, ethernet, ip, laid, tcp
from namespaces import missing
from sensor_rig import Rig, lost, total

from isdas.decode.config import Config
from isdas.sensor.warm import warm

NETWORK, ADDRESSES = "198.18.0.0/16", 65536
RATES = (100_000, 200_000, 300_000, 500_000, 1_000_000, 0)
RING_MB = 32

_SOL_PACKET, _VERSION, _TX_RING, _QDISC_BYPASS = 263, 10, 13, 20
_V2 = 1


def send(cable: Cable, rate: int, seconds: float) -> int:
    """Have masscan send at a rate, or as fast as the kernel can if that is 0; how many the interface has sent."""
    ports = max(round(rate * seconds / ADDRESSES), 1)
    before = counted(cable)
    if not rate:
        cable.far.run(sys.executable, __file__, "--flood", str(seconds), timeout=seconds + 60)
        return counted(cable) - before
    words = f"masscan -e far0 --router-mac {NEAR_MAC} --source-ip {FAR} --rate {rate} --wait 0 --retries 0 --seed 7"
    cable.far.run(*words.split(), NETWORK, f"-p1-{ports}", timeout=seconds * 20 + 60)
    return counted(cable) - before


def flood(seconds: float) -> None:
    """Send SYNs as fast as one processor can, from a ring that the kernel sends from (PACKET_TX_RING)."""
    n, size, header = 4096, 256, 32
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as out:
        out.setsockopt(_SOL_PACKET, _VERSION, _V2)
        out.setsockopt(_SOL_PACKET, _QDISC_BYPASS, 1)
        out.setsockopt(_SOL_PACKET, _TX_RING, struct.pack("4I", 1 << 20, n * size >> 20, size, n))
        ring = np.frombuffer(mmap.mmap(out.fileno(), n * size), np.uint8).reshape(n, size)
        out.bind(("far0", 0))
        for i in range(n):
            frame = ethernet(ip(6, tcp(1024 + i, 445), FAR, f"198.18.{i >> 8}.{i & 255}"))
            ring[i, header : header + len(frame)] = np.frombuffer(frame, np.uint8)
            ring[i, 4:8] = np.frombuffer(struct.pack("I", len(frame)), np.uint8)
        status = ring.view(np.uint32)[:, 0]
        over = time.monotonic() + seconds
        while time.monotonic() < over:
            status[:] = 1
            out.send(b"")


def counted(cable: Cable) -> int:
    """How many packets the far end has sent, by its interface."""
    shown = cable.far.run("ip", "-s", "link", "show", "far0")
    found = re.search(r"TX:.*\n\s*\d+\s+(\d+)", shown)
    assert found, shown
    return int(found[1])


def processor_s() -> float:
    """Processor time of this process alone."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def ours(cable: Cable, rate: int, seconds: float, ring_mb: int) -> str:
    """One run with the sensor."""
    with tempfile.TemporaryDirectory() as folder:
        rig = Rig(cable, Path(folder), networks=(NETWORK,), ring_bytes=ring_mb << 20)
        before = processor_s()
        rig.start()
        sent = send(cable, rate, seconds)
        threading.Event().wait(0.5)
        heard = rig.listening.figures
        listening_s = processor_s() - before
        sealed = rig.stop()
        whole_s = processor_s() - before
        size = sum(path.stat().st_size for path in Path(folder).rglob("*.seg"))
    packets, received = total(sealed, "packets"), total(sealed, "received")
    times = [found.numpy("time") for _, found in sealed if len(found)]
    span_s = (max(each.max() for each in times) - min(each.min() for each in times)).astype(float) / 1e6
    law = "adds up" if received == heard.passed == heard.heard + heard.kernel else "DOES NOT ADD UP"
    if sent > heard.passed + 100:
        law += f"; {sent - heard.passed:,} lost on the cable"
    ring = lost(sealed, "ring")
    return (
        f"{rate / 1e3:8.0f} {sent / span_s / 1e3:8.0f} {sent:10,} {packets:10,} {heard.kernel:9,} {ring:9,} "
        f"{listening_s:7.2f} {whole_s:7.2f} {size / max(packets, 1):6.1f}  {law}"
    )


def others(cable: Cable, rate: int, seconds: float, ring_mb: int) -> str:
    """One run with tcpdump."""
    words = f"tcpdump -i {INTERFACE} -n -s 256 -B {ring_mb << 10} -w /dev/null dst net {NETWORK}".split()
    process = subprocess.Popen(cable.near.command(*words), stderr=subprocess.PIPE, text=True)
    assert process.stderr
    process.stderr.readline()
    sent = send(cable, rate, seconds)
    threading.Event().wait(1.0)
    used = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    seconds_used = (int(used[11]) + int(used[12])) / 100
    process.terminate()
    said = process.communicate()[1]
    captured, dropped = (
        int(found[1]) if (found := re.search(rf"(\d+) packets? {what}", said)) else 0
        for what in ("captured", "dropped by kernel")
    )
    return f"{rate / 1e3:8.0f} {'':8} {sent:10,} {captured:10,} {dropped:9,} {'':9} {seconds_used:7.2f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--rates", default=",".join(map(str, RATES)), help="0 is without masscan, as fast as possible")
    parser.add_argument("--ring", type=int, default=RING_MB, help="ring of the kernel, megabytes")
    parser.add_argument("--flood", type=float, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.flood:
        flood(arguments.flood)
        return
    if reason := missing("masscan"):
        print(f"not measured: {reason}")
        return
    warm(Config())
    rates = [int(rate) for rate in arguments.rates.split(",")]
    print(f"ring of {arguments.ring} MB; asked of masscan, and its rate as received, in thousands of packets a second;")
    print("processor time in seconds until all was heard, and until all was sealed; bytes on the disk for each packet")
    head = "   asked     rate       sent    packets    kernel      ring   heard  sealed  bytes"
    print(f"isdas sensor\n{head}")
    for rate in rates:
        with laid() as cable:
            prepare(cable)
            print(ours(cable, rate, arguments.seconds, arguments.ring), flush=True)
    if shutil.which("tcpdump"):
        print(f"tcpdump -w /dev/null\n{head[:67]}")
        for rate in rates:
            with laid() as cable:
                prepare(cable)
                print(others(cable, rate, arguments.seconds, arguments.ring), flush=True)


def prepare(cable: Cable) -> None:
    """A route to the dark network, whose packets nobody answers."""
    cable.far.ip("route add 198.18.0.0/15 dev far0")
    cable.near.ip("route add blackhole 198.18.0.0/15")


if __name__ == "__main__":
    main()
