"""
How many sensors a hub bears: simulated sensors with keys of their own send signed segments over HTTPS on loopback.

    python bench/hub.py [--sensors 10,100,1000] [--every 60] [--minutes 3] [--packets 30] [--data DIR]

Each sensor sends a segment in each period, at a moment of its own, over a new connection, as a sensor behind NAT does.
The hub is a process of its own with the settings as they are by default. Latency runs from the moment at which a
request was due to the last byte of its answer, so a hub that falls behind shows it; it includes the time for which a
group is gathered. A shorter period (``--every 10``) shows what breaks first.
"""

import argparse
import asyncio
import json
import multiprocessing
import os
import socket
import ssl
import statistics
import sys
import tempfile
import time
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
import pyarrow as pa

from isdas.hub.authority import Papers, issue, signing_key
from isdas.hub.config import Config
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


def main() -> int:
    """Run each size and print a line of JSON for it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sensors", default="10,100,1000")
    parser.add_argument("--every", type=float, default=60.0, help="seconds between two segments of a sensor")
    parser.add_argument("--minutes", type=float, default=3.0, help="how long each size is run")
    parser.add_argument("--packets", type=int, default=30, help="packets in each segment")
    parser.add_argument("--data", type=Path, default=None, help="where; a folder for the time of the run otherwise")
    given = parser.parse_args()
    for number in map(int, given.sensors.split(",")):
        with tempfile.TemporaryDirectory(dir=given.data) as folder:
            print(json.dumps(run(Path(folder), number, given.every, given.minutes * 60, given.packets)), flush=True)
    return 0


def run(folder: Path, number: int, every_s: float, length_s: float, n_packets: int) -> dict[str, object]:
    """One size."""
    issue(Papers.of(folder), ["127.0.0.1"])
    keys = enlist(Lake(folder), number)
    rounds = max(1, round(length_s / every_s))
    begin_us = round(now().timestamp() * 1e6) // MINUTE_US * MINUTE_US - (rounds + 1) * MINUTE_US
    bodies = [[body(key, n, begin_us, n_packets, i) for n in range(rounds)] for i, key in enumerate(keys)]
    here, there = multiprocessing.Pipe()
    hub = multiprocessing.get_context("spawn").Process(target=serve, args=(folder, there))
    hub.start()
    try:
        port = here.recv()
        found = asyncio.run(send(Papers.of(folder).authority, port, keys, bodies, every_s))
        here.send("end")
        told = here.recv()
    finally:
        hub.join()
    files = len(list((folder / "lake" / "packets").rglob("*.parquet")))
    took = found.pop("took_s")
    return {
        "sensors": number,
        "every_s": every_s,
        "packets": n_packets,
        "load_average": os.getloadavg()[0],
        **found,
        "files_an_hour": round(files / took * 3600),
        **told,
    }


def enlist(lake: Lake, number: int) -> list[Key]:
    """So many sensors, approved."""
    keys = [Key.make() for _ in range(number)]
    for i, key in enumerate(keys):
        known = KnownKey(key.fingerprint, key.public, WAITING, None, f"s{i:05}", (), "bench", iso(now()))
        with lake.records.database.writing() as session:
            lake.sensors.wait(session, known)
        lake.sensors.approve(key.fingerprint, "bench", replace=False)
    return keys


def body(key: Key, sequence: int, begin_us: int, n: int, seed: int) -> bytes:
    """A request's body with the segment of one minute."""
    rng = np.random.default_rng([seed, sequence])
    start = begin_us + sequence * MINUTE_US
    times = np.sort(rng.integers(start, start + MINUTE_US, n))
    values = {
        "time": pa.array(times, pa.timestamp("us", tz="UTC")),
        "capabilities": int(Capability.CAPTURE),
        "tunnel": "",
        "ip_version": 4,
        "source_high": 0,
        "source_low": from_ipv4(rng.integers(1 << 24, 223 << 24, n)),
        "destination_high": 0,
        "destination_low": from_ipv4(np.full(n, (192 << 24) + seed)),
        "protocol": 6,
        "source_port": rng.integers(1024, 65536, n),
        "port": rng.choice([22, 23, 80, 445, 2323, 3389, 5555, 8080], n),
        "ttl": rng.integers(30, 64, n),
        "ip_id": rng.integers(0, 65536, n),
        "tcp_flags": 2,
        "tcp_sequence": rng.integers(0, 1 << 32, n),
        "tcp_window": rng.choice([1024, 29200, 65535], n),
    }
    header = Header(key.fingerprint, f"{seed:016x}", sequence, "bench", start, start + MINUTE_US, start + MINUTE_US)
    header = replace(header, received=n, addresses=1, clock_offset_s=0.0)
    return pack_segments([seal(Packets.of(values, n), header, key)])


def serve(folder: Path, pipe: Connection) -> None:
    """The hub: listen until told to end, then fold and tell what it took."""
    import threading

    import uvicorn
    from fastapi import FastAPI

    from isdas.enrich.config import Config as EnrichConfig
    from isdas.enrich.region import open_lookups
    from isdas.hub.api import sensor_api
    from isdas.hub.door import Door

    lake, key, papers = Lake(folder), signing_key(folder), Papers.of(folder)
    door = Door(lake, open_lookups(EnrichConfig()), key, Config())
    app = FastAPI()
    app.include_router(sensor_api(lake, door, key))
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(2048)
    config = uvicorn.Config(
        app, log_level="warning", lifespan="off", ssl_certfile=str(papers.certificate), ssl_keyfile=str(papers.key)
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    door.start()
    thread.start()
    before = resident()
    cpu = time.process_time()
    pipe.send(listener.getsockname()[1])
    pipe.recv()
    cpu = time.process_time() - cpu
    after = resident()
    server.should_exit = True
    thread.join()
    door.stop()
    began = time.monotonic()
    lake.fold()
    told = {
        "hub_cpu_s": round(cpu, 1),
        "hub_mb_idle": before,
        "hub_mb": after,
        "fold_s": round(time.monotonic() - began, 2),
        "hub_mb_folded": resident(),
        "groups": door.figures().get("groups"),
        "turned_away": dict(door.counted.total),
    }
    pipe.send(told)


def resident() -> int:
    """Megabytes of memory in use."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) >> 10
    return 0


async def send(
    authority: Path, port: int, keys: list[Key], bodies: list[list[bytes]], every_s: float
) -> dict[str, float | int]:
    """Let all sensors send, each at its moment of each period; how long answers took and what they said."""
    context = ssl.create_default_context(cafile=str(authority))
    loop = asyncio.get_running_loop()
    begin = loop.time() + 0.5
    latencies: list[float] = []
    states: dict[str, int] = {}

    async def one(i: int) -> None:
        for n, content in enumerate(bodies[i]):
            due = begin + (n + (i + 0.5) / len(keys)) * every_s
            await asyncio.sleep(max(0.0, due - loop.time()))
            try:
                said = await post(context, port, keys[i], content)
            except OSError as error:
                said = type(error).__name__
            latencies.append(loop.time() - due)
            states[said] = states.get(said, 0) + 1

    await asyncio.gather(*(one(i) for i in range(len(keys))))
    took = loop.time() - begin
    hundred = statistics.quantiles(latencies, n=100, method="inclusive") if len(latencies) > 1 else latencies * 99
    return {
        "took_s": took,
        "requests": len(latencies),
        "admitted": states.get("admitted", 0),
        "admitted_a_second": round(states.get("admitted", 0) / took, 1),
        "p50_s": round(hundred[49], 3),
        "p99_s": round(hundred[98], 3),
        "most_s": round(max(latencies), 3),
        **{f"said_{name}": n for name, n in sorted(states.items()) if name != "admitted"},
    }


async def post(context: ssl.SSLContext, port: int, key: Key, content: bytes) -> str:
    """Send one request over a connection of its own; what became of its segment."""
    request = signed_request(key, "POST", SEGMENTS, content, sent_us=round(now().timestamp() * 1e6), epoch=0)
    lines = [f"{name}: {value}" for name, value in request.headers().items()]
    head = [f"POST {SEGMENTS} HTTP/1.1", "host: 127.0.0.1", "connection: close", f"content-length: {len(content)}"]
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
    writer.write("\r\n".join([*head, *lines, "", ""]).encode() + content)
    answer = await reader.read()
    writer.close()
    front, _, rest = answer.partition(b"\r\n\r\n")
    status = front.split(b" ", 2)[1].decode() if front else "nothing"
    return Answer.from_json(rest).results[0].state if status == "200" else status


if __name__ == "__main__":
    sys.exit(main())
