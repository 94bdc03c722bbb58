"""
Lines and records a second of every text format and of FlowTuples, through the reading step and through `isdas ingest`.

    python bench/formats.py [--records 2000000] [--only zeek-tsv,netfilter]

Each file is generated: scans of a /16 from random sources. The reading step is timed in this process on one core, in
processor time, the better of two runs; the whole chain is a process of its own, with start-up, in wall time.
"""

import argparse
import gzip
import io
import json
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from hashlib import md5, sha512
from pathlib import Path

import fastavro
import numpy as np

from isdas.formats.context import Context
from isdas.hub.source import Source

START = 1_225_324_800
PORTS = (445, 135, 1433, 139, 22, 23, 2967, 80, 5900, 3389)

Record = tuple[int, str, str, int, int]


def records(n: int) -> Iterator[Record]:
    """Second, source, destination, source port and destination port of some scans."""
    rng = np.random.default_rng(7)
    numbers = rng.integers(1 << 24, 0xDF000000, 50_000)
    sources = [f"{s >> 24}.{s >> 16 & 255}.{s >> 8 & 255}.{s & 255}" for s in numbers.tolist()]
    which, low = rng.integers(0, len(sources), n).tolist(), rng.integers(0, 1 << 16, n).tolist()
    sport, port = rng.integers(1024, 65_536, n).tolist(), rng.choice(PORTS, n).tolist()
    for i in range(n):
        yield START + i // 100, sources[which[i]], f"44.0.{low[i] >> 8}.{low[i] & 255}", sport[i], port[i]


def iso(second: int) -> str:
    """A second as text."""
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def csv(r: Record) -> str:
    """A row of the honeypots' table; the header is put before it."""
    number = int.from_bytes(bytes(map(int, r[1].split("."))), "big")
    return f"{iso(r[0]).replace('T', ' ')},pot-1,{number},TCP,,{r[3]},{r[4]}"


def zeek_tsv(r: Record) -> str:
    """A line of conn.log."""
    fields = [f"{r[0]}.5", "CHhAvVGS1DHFjwGM9", r[1], str(r[3]), r[2], str(r[4]), "tcp", "-", "-", "-", "-", "S0", "F"]
    return "\t".join([*fields, "F", "0", "S", "1", "44", "0", "0", "-"])


def zeek_json(r: Record) -> str:
    """The same in JSON."""
    return json.dumps(
        {
            "ts": r[0] + 0.5, "uid": "CHhAvVGS1DHFjwGM9", "id.orig_h": r[1], "id.orig_p": r[3], "id.resp_h": r[2],
            "id.resp_p": r[4], "proto": "tcp", "conn_state": "S0", "local_orig": False, "local_resp": False,
            "missed_bytes": 0, "history": "S", "orig_pkts": 1, "orig_ip_bytes": 44, "resp_pkts": 0, "resp_ip_bytes": 0,
        }
    )  # fmt: skip


def eve(r: Record) -> str:
    """An event of Suricata: one half of a flow."""
    return json.dumps(
        {
            "timestamp": f"{iso(r[0])}.500000+0000", "flow_id": 1_234_567, "in_iface": "eth0", "event_type": "netflow",
            "src_ip": r[1], "src_port": r[3], "dest_ip": r[2], "dest_port": r[4], "proto": "TCP",
            "netflow": {"pkts": 1, "bytes": 60, "start": f"{iso(r[0])}.400000+0000", "end": f"{iso(r[0])}.400000+0000",
                        "age": 0, "min_ttl": 52, "max_ttl": 52},
            "tcp": {"tcp_flags": "02", "syn": True},
        }
    )  # fmt: skip


def netfilter(r: Record) -> str:
    """A LOG line of iptables in a syslog."""
    return (
        f"{iso(r[0])}+00:00 gate kernel: [12345.678901] DROP IN=eth0 OUT= MAC=52:54:00:12:34:56:52:54:00:65:43:21:08:00"
        f" SRC={r[1]} DST={r[2]} LEN=44 TOS=0x00 PREC=0x00 TTL=52 ID=54321 PROTO=TCP SPT={r[3]} DPT={r[4]} SEQ=31415926"
        " ACK=0 WINDOW=65535 RES=0x00 SYN URGP=0 OPT (020405B4) "
    )


def dshield(r: Record) -> str:
    """A log of a firewall submission."""
    log = {"time": r[0], "flags": "S", "sip": r[1], "dip": r[2], "proto": 6, "sport": str(r[3]), "dport": str(r[4])}
    return json.dumps({**log, "version": 4})


def cowrie(r: Record) -> str:
    """A connection to Cowrie."""
    return json.dumps(
        {
            "eventid": "cowrie.session.connect", "src_ip": r[1], "src_port": r[3], "dst_ip": r[2], "dst_port": 22,
            "session": "c6e1a0fc2f0b", "protocol": "ssh", "sensor": "pot-1", "timestamp": f"{iso(r[0])}.500000Z",
            "message": f"New connection: {r[1]}:{r[3]} ({r[2]}:22) [session: c6e1a0fc2f0b]",
        }
    )  # fmt: skip


def honeytrap(r: Record) -> str:
    """An event of Honeytrap, as T-Pot publishes them: 1.3 kB, nearly all of it digests of an empty payload."""
    empty = {"md5_hash": md5().hexdigest(), "sha512_hash": sha512().hexdigest(), "length": 0, "data_hex": ""}
    nowhere = {"remote_ip": "0.0.0.0", "remote_port": 0, "local_ip": "0.0.0.0", "local_port": 0, "payload": empty}
    hosts = {"remote_ip": r[1], "remote_port": r[3], "local_ip": r[2], "local_port": r[4], "payload": empty}
    times = dict.fromkeys(("@timestamp", "start_time", "end_time"), f"{iso(r[0])}Z")
    event = {"is_virtual": False, **times, "attack_connection": {"protocol": "tcp", **hosts}}
    event |= {"proxy_connection": {"protocol": "ip", **nowhere}, "operation_mode": 1, "download_count": 0}
    return json.dumps({**event, "download_tries": 0, "downloads": {}})


ZEEK = (
    "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tconn\n"
    "#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tservice\tduration\torig_bytes\tresp_bytes\t"
    "conn_state\tlocal_orig\tlocal_resp\tmissed_bytes\thistory\torig_pkts\torig_ip_bytes\tresp_pkts\tresp_ip_bytes\t"
    "tunnel_parents\n"
)

TEXTS: dict[str, tuple[str, Callable[[Record], str]]] = {
    "csv": ("datetime,host,src,proto,type,spt,dpt\n", csv),
    "zeek-tsv": (ZEEK, zeek_tsv),
    "zeek-json": ("", zeek_json),
    "eve": ("", eve),
    "netfilter": ("", netfilter),
    "dshield": ("", dshield),
    "cowrie": ("", cowrie),
    "honeytrap": ("", honeytrap),
    "honeytrap-gz": ("", honeytrap),
    "honeytrap-tar-gz": ("", honeytrap),
}


def write_text(path: Path, name: str, n: int) -> None:
    """Lines of a format, packed as its name says."""
    head, line = TEXTS[name]
    lines = (head + "\n".join(map(line, records(n))) + "\n").encode()
    if name.endswith("-tar-gz"):
        with tarfile.open(path, "w:gz", compresslevel=6) as archive:
            about = tarfile.TarInfo(f"{name}.json")
            about.size = len(lines)
            archive.addfile(about, io.BytesIO(lines))
    elif name.endswith("-gz"):
        path.write_bytes(gzip.compress(lines, 6))
    else:
        path.write_bytes(lines)


def write_flowtuples(path: Path, n: int) -> None:
    """FlowTuples of version 3, as Corsaro writes them."""
    kinds = {"time": "long", "src_ip": "long", "dst_ip": "long", "packet_cnt": "long", "prefix2asn": "long"}
    kinds |= dict.fromkeys(("maxmind_continent", "maxmind_country", "netacq_continent", "netacq_country"), "string")
    order = ["time", "src_ip", "dst_ip", "src_port", "dst_port", "protocol", "ttl", "tcp_flags", "ip_len", "tcp_synlen"]
    order += ["tcp_synwinlen", "packet_cnt", "is_spoofed", "is_masscan", "maxmind_continent", "maxmind_country"]
    order += ["netacq_continent", "netacq_country", "prefix2asn"]
    fields = [{"name": name, "type": kinds.get(name, "int")} for name in order]
    schema = {"type": "record", "name": "flowtuple", "namespace": "org.caida.corsaro", "fields": fields}
    fixed = {"protocol": 6, "ttl": 52, "tcp_flags": 2, "ip_len": 44, "tcp_synlen": 24, "tcp_synwinlen": 65_535}
    fixed |= {"packet_cnt": 1, "is_spoofed": 0, "is_masscan": 0, "prefix2asn": 64_496}
    place = {"maxmind_continent": "AS", "maxmind_country": "JP", "netacq_continent": "AS", "netacq_country": "JP"}

    def number(text: str) -> int:
        return int.from_bytes(bytes(map(int, text.split("."))), "big")

    rows = (
        {
            **fixed,
            **place,
            "time": r[0],
            "src_ip": number(r[1]),
            "dst_ip": number(r[2]),
            "src_port": r[3],
            "dst_port": r[4],
        }
        for r in records(n)
    )
    with path.open("wb") as file:
        fastavro.writer(file, fastavro.parse_schema(schema), rows, codec="deflate")


def reading(path: Path) -> tuple[float, int, str]:
    """Seconds of processor time to read a file, its records, and the format it was read as."""
    source = Source(path, "bench", context=Context())
    began = time.process_time()
    for piece in source.pieces(lambda _: None):
        source.tally.add(piece().tally)
    return time.process_time() - began, source.tally.stored, source.name


def whole(path: Path, out: Path) -> float:
    """Seconds of wall time to take a file in."""
    began = time.perf_counter()
    command = [sys.executable, "-m", "isdas", "--data", str(out), "ingest", str(path), "--sensor", "bench"]
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - began


def main() -> None:
    """Print a row a format."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=2_000_000)
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    wanted = set(filter(None, options.only.split(","))) or {*TEXTS, "flowtuple-v3"}
    print(f"{'format':16s} {'MB':>6s} {'reading, records/s of one core':>32s} {'whole chain, records/s':>24s}")
    with tempfile.TemporaryDirectory(prefix="isdas-bench-") as folder:
        for name in (*TEXTS, "flowtuple-v3"):
            if name not in wanted:
                continue
            path = Path(folder, name)
            if name == "flowtuple-v3":
                write_flowtuples(path, options.records)
            else:
                write_text(path, name, options.records)
            took, stored, known = min(reading(path) for _ in range(2))
            assert stored == options.records, f"{name}: {stored} stored, read as {known}"
            rate = options.records / whole(path, Path(folder, f"{name}-data"))
            print(f"{name:16s} {path.stat().st_size / 1e6:6.0f} {stored / took:32,.0f} {rate:24,.0f}", flush=True)


if __name__ == "__main__":
    main()
