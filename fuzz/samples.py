"""
A few small valid files of every reader, to begin from when bytes are changed; all that is in them is invented.

It changes nothing itself.
"""

import bz2
import gzip
import io
import json
import lzma
import struct
import tarfile
import zipfile
from collections.abc import Mapping
from typing import Any

import fastavro
import pyarrow as pa
import pyarrow.parquet

TIME = 1_700_000_000
SOURCE, DESTINATION = bytes([198, 51, 100, 7]), bytes([192, 0, 2, 1])
SOURCE_6, DESTINATION_6 = (
    bytes.fromhex("20010db8") + bytes(11) + b"\x01",
    bytes.fromhex("20010db8") + bytes(11) + b"\x02",
)


def ip4(payload: bytes, protocol: int, fragment: int = 0, options: bytes = b"") -> bytes:
    """An IPv4 packet."""
    words = 5 + len(options) // 4
    head = struct.pack("!BBHHHBBH", 0x40 | words, 0, 4 * words + len(payload), 54321, fragment, 55, protocol, 0)
    return head + SOURCE + DESTINATION + options + payload


def ip6(payload: bytes, following: int) -> bytes:
    """An IPv6 packet."""
    return struct.pack("!IHBB", 6 << 28, len(payload), following, 64) + SOURCE_6 + DESTINATION_6 + payload


def tcp(flags: int = 2, options: bytes = b"\x02\x04\x05\xb4\x01\x03\x03\x08\x01\x01\x04\x02") -> bytes:
    """A TCP segment."""
    return struct.pack("!HHIIHHI", 40000, 445, 0xC0000201, 0, (5 + len(options) // 4) << 12 | flags, 64240, 0) + options


def udp(port: int, payload: bytes) -> bytes:
    """A UDP datagram."""
    return struct.pack("!HHHH", 40000, port, 8 + len(payload), 0) + payload


def icmp(kind: int, inside: bytes = b"") -> bytes:
    """An ICMP message."""
    return struct.pack("!BBHI", kind, 0, 0, 0x00010001) + inside


def eth(payload: bytes, kind: int = 0x0800, tags: bytes = b"") -> bytes:
    """An Ethernet frame."""
    return bytes(12) + tags + struct.pack("!H", kind) + payload


SYN = ip4(tcp(), 6)
FRAMES = (
    eth(SYN),
    eth(ip4(udp(53, b"\x12\x34\x01\x00\x00\x01" + bytes(6) + b"\x01a\x00\x00\x01\x00\x01"), 17)),
    eth(ip4(icmp(3, ip4(tcp(), 6)[:28]), 1)),
    eth(ip6(b"\x06\x00\x01\x02\x00\x00\x00\x00" + tcp(), 0), 0x86DD),
    eth(SYN, tags=b"\x81\x00\x00\x05"),
    eth(ip4(struct.pack("!HH", 0x2000, 0x0800) + bytes(4) + SYN, 47)),
    eth(ip4(udp(4789, b"\x08" + bytes(6) + b"\x01" + eth(SYN)), 17)),
    eth(ip4(udp(2152, b"\x30\xff" + struct.pack("!HI", len(SYN), 1) + SYN), 17)),
    eth(ip4(SYN, 4)),
    eth(ip4(b"", 6, fragment=100)),
    eth(struct.pack("!I", 16 << 12 | 0x1FF) + SYN, 0x8847),
    eth(b"\x11\x00\x00\x01" + struct.pack("!HH", 2 + len(SYN), 0x0021) + SYN, 0x8864),
)


def pcap(frames: tuple[bytes, ...], order: str = "<", link: int = 1) -> bytes:
    """A pcap file."""
    out = struct.pack(f"{order}IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, link)
    for i, data in enumerate(frames):
        out += struct.pack(f"{order}IIII", TIME + i, i, len(data), len(data)) + data
    return out


def pcapng(frames: tuple[bytes, ...], order: str = "<") -> bytes:
    """A pcapng file with an enhanced, an obsolete and a simple packet block for each frame, and statistics."""

    def block(kind: int, body: bytes) -> bytes:
        body += bytes(-len(body) % 4)
        size = len(body) + 12
        return struct.pack(f"{order}II", kind, size) + body + struct.pack(f"{order}I", size)

    out = block(0x0A0D0D0A, struct.pack(f"{order}IHHq", 0x1A2B3C4D, 1, 0, -1))
    out += block(1, struct.pack(f"{order}HHIHHB3xHH", 1, 0, 0, 9, 1, 6, 0, 0))
    for i, data in enumerate(frames):
        units = (TIME + i) * 1_000_000
        head = struct.pack(f"{order}IIII", units >> 32, units & 0xFFFFFFFF, len(data), len(data))
        out += block(6, struct.pack(f"{order}I", 0) + head + data)
        out += block(2, struct.pack(f"{order}HH", 0, 0) + head + data) if i % 3 == 0 else b""
        out += block(3, struct.pack(f"{order}I", len(data)) + data) if i % 3 == 1 else b""
    return out + block(5, struct.pack(f"{order}IIIHHQHH", 0, units >> 32, units & 0xFFFFFFFF, 4, 8, 10, 0, 0))


def erf(frames: tuple[bytes, ...]) -> bytes:
    """ERF records of Ethernet."""
    return b"".join(
        struct.pack("<II", 1 << 31, TIME) + struct.pack(">BBHHH", 2, 4, 18 + len(data), 0, len(data)) + bytes(2) + data
        for data in frames
    )


_OUTER = {"t-pot_ip_ext": "192.0.2.9", "t-pot_ip_int": "10.0.0.4", "t-pot_hostname": "pot-1"}
_FLOW = {
    "timestamp": "2023-11-14T22:13:20.250000+0000", "flow_id": 1, "src_ip": "198.51.100.9", "src_port": 40000,
    "dest_ip": "192.0.2.7", "dest_port": 445, "proto": "TCP",
}  # fmt: skip
_OBJECTS: dict[str, list[Any]] = {
    "dshield": [
        {
            "type": "firewall",
            "authheader": "ISC-HMAC-SHA256 Credentials=x Userid=1 Nonce=y",
            "logs": [
                {
                    "time": TIME, "flags": "S", "sip": "198.51.100.7", "dip": "192.0.2.1", "proto": 6,
                    "sport": "40000", "dport": "22", "version": 4,
                },
                {"time": TIME + 0.25, "sip": "2001:db8::7", "dip": "192.0.2.1", "proto": 17, "sport": 1, "dport": 53},
            ],
        },
        {
            "type": "webhoneypot",
            "logs": [{"time": TIME, "headers": {"Host": "x"}, "sip": "198.51.100.7", "dip": "192.0.2.1", "url": "/"}],
        },
    ],
    "cowrie": [
        {
            "eventid": "cowrie.session.connect", "src_ip": "198.51.100.7", "src_port": 40000, "dst_ip": "192.0.2.1",
            "dst_port": 22, "session": "0a1b", "protocol": "ssh", "sensor": "honey-1",
            "timestamp": "2025-02-12T08:28:02.472515Z",
        },
        {"eventid": "cowrie.login.failed", "username": "root", "timestamp": "2025-02-12T08:28:03Z"},
    ],
    "tpot": [
        {
            "@timestamp": "2025-02-12T08:28:02.472Z", "src_ip": "198.51.100.7", "src_port": 40000,
            "dest_ip": "172.18.0.3", "dest_port": 445, "type": "P0f", **_OUTER,
        },
        {
            "connection": {"protocol": "smbd", "transport": "tcp", "type": "accept"}, "dst_ip": "192.168.96.2",
            "dst_port": 445, "src_ip": "198.51.100.7", "src_port": 1401, "timestamp": "2025-02-12T08:28:02.4",
        },
        {
            "@timestamp": "2025-02-18T04:23:26Z", "start_time": "2025-02-18T04:23:26Z",
            "attack_connection": {
                "protocol": "tcp", "remote_ip": "198.51.100.7", "remote_port": 4, "local_ip": "10.128.0.5",
                "local_port": 8728, "payload": {"length": 2, "data_hex": "7767"},
            },
        },
    ],
    "merit": [
        {
            "SourceIP": "198.51.100.7", "Port": 445, "Traffic": 11, "First": "2020-10-21T16:00:00.123456789Z",
            "Last": "2020-10-21T17:00:00Z", "Packets": 4751, "Bytes": 190_040, "UniqueDests": 4000, "Zmap": True,
            "Samples": ["AAAA"],
        },
        {
            "SourceIP": "2001:db8::7", "Port": 0, "Traffic": 0, "First": "2020-10-21T16:00:00Z",
            "Last": "2020-10-21T17:00:00Z", "Packets": 7,
        },
    ],
    "eve": [
        {**_FLOW, "event_type": "netflow", "netflow": {"pkts": 3, "min_ttl": 52}, "tcp": {"tcp_flags": "02"}},
        {**_FLOW, "event_type": "flow", "flow": {"pkts_toserver": 2}, "tcp": {"tcp_flags_ts": "02"}},
        {**_FLOW, "event_type": "alert", "alert": {"signature_id": 1}, "icmp_type": 8},
        {**_FLOW, "event_type": "dns"},
    ],
    "zeek": [
        {
            "ts": TIME + 0.25, "uid": "C1", "id.orig_h": "198.51.100.9", "id.orig_p": 40000, "id.resp_h": "192.0.2.7",
            "id.resp_p": 445, "proto": "tcp", "history": "S", "orig_pkts": 3, "resp_pkts": 0,
        },
        {
            "ts": "2023-11-14T22:13:20Z", "id": {"orig_h": "::1", "orig_p": 8, "resp_h": "::2", "resp_p": 0},
            "proto": "icmp", "conn_state": "OTH", "orig_pkts": 1, "resp_pkts": 1,
        },
    ],
}  # fmt: skip

_TEXTS = {
    "flowtuple-v2-text": "# CORSARO_INTERVAL_START 0 1615320000\nSTART flowtuple_other 2\n"
    "1.2.3.4|44.1.2.3|40000|445|6|110|0x02|48,3\n1.2.3.4|44.1.2.3|8|0|1|110|0x00|48,3\n"
    "END flowtuple_other\n# CORSARO_INTERVAL_END 0 1615320059\n",
    "dshield-table": "# comment\n2025-01-02 03:04:05 +09:00\t12345\t3\t198.51.100.7\t40000\t192.0.2.1\t22\t6\tS\n"
    "2025-01-02 03:04:05 -00:30\t1\t1\t198.51.100.7\t8\t192.0.2.1\t0\tICMP\t\n",
    "spoki": "ts|saddr|daddr|ipid|ttl|proto|sport|dport|anum|snum|options|payload|syn|ack|rst|fin|window size|probed|"
    "method|userid|probe anum|probe snum|num probes\n"
    "1634159076593|198.51.100.39|192.0.2.17|20378|117|tcp|40425|22|0|64476129|sack_permitted:mss||1|0|0|0|8192|true|"
    "tcp-synack|134217731|64476130|0|1\n"
    "1634159076650|198.51.100.39|192.0.2.17|54321|240|udp|40425|53|||deadbeef||||||false|||||\n"
    "1634159076651|198.51.100.39|192.0.2.17|1|240|icmp|||||spoki::net::icmp_type::echo_request|||||||false|||||\n",
    "shadowserver": '"timestamp","protocol","src_ip","src_port","src_asn","src_geo","src_city","dst_ip","dst_port",'
    '"dst_asn","public_source","infection","family","tag","event_id","count"\n'
    '"2021-03-07 00:00:01","tcp","198.51.100.7",4717,64496,"ZZ","A, B",,23,,,"mirai",,"mirai",,7\n',
    "zeek": "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tconn\n"
    "#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\thistory\torig_pkts\tresp_pkts\tconn_state\n"
    "#types\ttime\tstring\taddr\tport\taddr\tport\tenum\tstring\tcount\tcount\tstring\n"
    "1700000000.250000\tC1\t198.51.100.9\t40000\t192.0.2.7\t445\ttcp\tShAd\t3\t1\tSF\n"
    "1700000001.000000\tC2\tfe80::1\t128\tff02::1\t0\ticmp\t-\t1\t0\tOTH\n#close\t2023-11-15-00-00-00\n",
    "netfilter": "2026-01-02T03:04:05Z gate kernel: [12345.678901] DROP IN=eth0 OUT= MAC=52:54:00:12:34:56:52:54:00:65:"
    "43:21:08:00 SRC=198.51.100.7 DST=192.0.2.17 LEN=44 TOS=0x00 PREC=0x00 TTL=49 ID=54321 PROTO=TCP SPT=40000 DPT=445 "
    "SEQ=314 ACK=0 WINDOW=1024 RES=0x00 SYN URGP=0 OPT (020405B4) \n"
    "Jan  2 03:04:05 gate ulogd[1]: IN=eth0 OUT= SRC=198.51.100.7 DST=192.0.2.17 LEN=56 TOS=00 PREC=0x00 TTL=49 ID=1 "
    "DF PROTO=ICMP TYPE=3 CODE=1 [SRC=192.0.2.17 DST=198.51.100.7 LEN=44 TTL=1 ID=2 PROTO=TCP SPT=1 DPT=2 ] \n"
    "<4>1 2026-01-02T03:04:05.123+09:00 gate kernel - - - IN=eth0 OUT= SRC=2001:0db8:0000:0000:0000:0000:0000:0001 "
    "DST=2001:0db8:0000:0000:0000:0000:0000:0002 LEN=60 TC=0 HOPLIMIT=49 FLOWLBL=0 PROTO=UDP SPT=1 DPT=53 LEN=20 \n",
    "nict-darknet-2022": "timestamp,hash[ip.src.upper16],hash[ip.src.32],ip.dst.lower16,tcp.dstport\n"
    + f"1538319600,{'a1' * 32},{'b2' * 32},7,445\n1538319601,{'a1' * 32},{'c3' * 32},65535,23\n",
    "honeypots-2013": "datetime,host,src,proto,type,spt,dpt\n2008-10-30 00:00:00,pot-1,54035416,TCP,,42742,5900\n"
    '"2008-10-30 00:00:01","pot-1",54035417,ICMP,8,,\n2008-10-30T00:00:02.5,pot-1,54035418,UDP,,1,53\n',
    "aws-vpc-flow": "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end "
    "action log-status\n2 1 eni-1 198.51.100.7 192.0.2.1 40000 445 6 2 80 1700000000 1700000059 REJECT OK\n"
    "2 1 eni-1 - - - - - - - 1700000000 1700000059 - NODATA\n",
    "json-profile": '{"when": "2023-11-14T22:13:20Z", "src": {"ip": "198.51.100.7"}, "proto": "tcp", "dport": 445}\n'
    '{"when": "2023-11-14T22:13:20.5+01:00", "src": {"ip": "::1"}, "proto": 17, "dport": "53", "sensor": "a"}\n',
}


def _corsaro() -> bytes:
    """Two intervals of FlowTuple v2, binary."""
    out = b""
    for number in (0, 1):
        begin = b"EDGRINTR" + struct.pack(">HI", number, 1_615_320_000 + 60 * number)
        rows = struct.Struct(">IIHHBBBHI").pack(0x01020304, 0x2C010203, 40000, 445, 6, 110, 2, 48, 3) * 2
        for kind in (0, 1, 2):
            mark = b"SIXU" + struct.pack(">H", kind)
            begin += mark + struct.pack(">I", 2 if kind == 2 else 0) + (rows if kind == 2 else b"") + mark
        out += begin + b"EDGRINTR" + struct.pack(">HI", number, 1_615_320_059 + 60 * number)
    return out


def _avro(name: str, row: Mapping[str, Any], codec: str) -> bytes:
    """An Avro file of two rows; numbers are long, texts strings, lists arrays of long."""

    def kind(value: Any) -> Any:
        if isinstance(value, list):
            return {"type": "array", "items": "long"}
        return "string" if isinstance(value, str) else "long"

    fields = [{"name": key, "type": kind(value)} for key, value in row.items()]
    schema = {"type": "record", "name": name, "namespace": "org.caida.corsaro", "fields": fields}
    out = io.BytesIO()
    fastavro.writer(out, schema, [row, row], codec=codec)
    return out.getvalue()


_PLACE = dict.fromkeys(("maxmind_continent", "maxmind_country", "netacq_continent", "netacq_country"), "??")
_V3 = {
    "time": 1_615_320_000, "src_ip": 0x01020304, "dst_ip": 0x2C010203, "src_port": 40000, "dst_port": 445,
    "protocol": 6, "ttl": 110, "tcp_flags": 2, "ip_len": 48, "tcp_synlen": 28, "tcp_synwinlen": 16384,
    "packet_cnt": 3, "is_spoofed": 1, "is_masscan": 1, **_PLACE, "prefix2asn": 0,
}  # fmt: skip
_V4 = {
    "time": 1_615_320_000, "src_ip": 0x01020304, "dst_net": 0x2C010200, "dst_port": 445, "protocol": 6,
    "packet_cnt": 10, "uniq_dst_ips": 7, "uniq_pkt_sizes": 1, "uniq_ttls": 1, "uniq_src_ports": 2,
    "uniq_tcp_flags": 1, "first_syn_length": 28, "first_tcp_rwin": 16384, "common_pktsizes": [48],
    "common_pktsize_freqs": [10], "common_ttls": [110], "common_ttl_freqs": [10],
    "common_srcports": [40000, 40001], "common_srcport_freqs": [6, 4], "common_tcpflags": [2],
    "common_tcpflag_freqs": [10], **_PLACE, "prefix2asn": 0, "spoofed_packet_cnt": 0, "masscan_packet_cnt": 3,
}  # fmt: skip


def _parquet() -> bytes:
    """A table of two rows."""
    columns = {"when": [TIME, TIME + 1], "src": ["198.51.100.7", "x"], "proto": [6, 17], "dport": [445, None]}
    out = io.BytesIO()
    pyarrow.parquet.write_table(pa.table(columns), out, compression="none")
    return out.getvalue()


def _tar(*members: bytes) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for i, content in enumerate(members):
            info = tarfile.TarInfo(f"member-{i}")
            info.size, info.mtime = len(content), TIME
            archive.addfile(info, io.BytesIO(content))
    return out.getvalue()


def enveloped(line: str) -> list[bytes]:
    """A line in the envelopes of a journal, in both forms, and of two container runtimes."""
    field = b"MESSAGE\n" + (len(line) + 1).to_bytes(8, "little") + line.encode() + b"\n\n"
    journal = {"__REALTIME_TIMESTAMP": "1767323045678901", "_TRANSPORT": "kernel", "_HOSTNAME": "gate"}
    docker = {"log": line + "\n", "stream": "stdout", "time": "2026-01-02T03:04:05.678901234Z"}
    return [
        b"".join(json.dumps({**journal, "MESSAGE": each}).encode() + b"\n" for each in (line, list(line.encode()))),
        b"__CURSOR=s=1\n" + b"".join(f"{name}={value}\n".encode() for name, value in journal.items()) + field + b"\n",
        json.dumps(docker).encode() + b"\n",
        f"{docker['time']} stdout P {line[:9]}\n{docker['time']} stdout F {line[9:]}\n".encode(),
    ]


def samples() -> dict[str, list[bytes]]:
    """Small valid files by the name of the reader that they are for; ``capture`` stands for all captures."""
    found: dict[str, list[bytes]] = {name: [text.encode()] for name, text in _TEXTS.items()}
    for name, objects in _OBJECTS.items():
        lines = "".join(json.dumps(each) + "\n" for each in objects)
        found[name] = [*found.get(name, []), lines.encode(), json.dumps(objects, indent=1).encode()]
    raw = tuple(frame[14:] for frame in FRAMES[:2])
    found["capture"] = [
        *(pcap((frame,)) for frame in FRAMES),
        pcap(FRAMES, ">"),
        pcap(raw, link=101),
        pcap(tuple(b"\x00\x04\x00\x01\x00\x06" + bytes(8) + b"\x08\x00" + each for each in raw), link=113),
        pcapng(FRAMES[:4]),
        pcapng(FRAMES[4:6], ">"),
        erf(FRAMES[:3]),
        gzip.compress(pcap(FRAMES[:2]), mtime=0),
        bz2.compress(pcap(FRAMES[:1])),
        lzma.compress(pcap(FRAMES[:1])),
    ]
    found["flowtuple-v2"] = [_corsaro()]
    found["flowtuple-v3"] = [_avro("flowtuple", _V3, codec) for codec in ("null", "deflate")]
    found["flowtuple-v4"] = [_avro("flowtuple4", _V4, codec) for codec in ("null", "deflate")]
    found["parquet-profile"] = [_parquet()]
    cowrie = found["cowrie"][0]
    line = found["netfilter"][0].split(b"\n")[0].decode()
    found["netfilter"] += enveloped(line)
    found["cowrie"] += enveloped(cowrie.split(b"\n")[0].decode())
    found["tar"] = [_tar(cowrie, b"words\n"), gzip.compress(_tar(cowrie, gzip.compress(cowrie, mtime=0)), mtime=0)]
    found["tar"].append(_tar(pcap(FRAMES[:2]), cowrie))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("cowrie.json"), cowrie)
        archive.writestr(zipfile.ZipInfo("a.pcap"), pcap(FRAMES[:2]))
    found["zip"] = [out.getvalue()]
    return found
