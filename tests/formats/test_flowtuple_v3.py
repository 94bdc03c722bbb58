"""
CAIDA FlowTuple v3, against fastavro, and against the captures that Corsaro read.
"""

import io
from collections import Counter
from pathlib import Path
from typing import Any

import fastavro
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from isdas.capture.file import open_capture
from isdas.decode.packets import decode
from isdas.formats.batch import Batch
from isdas.formats.context import Context
from isdas.formats.flowtuple_v3 import read, sniff
from isdas.model.address import MAPPED
from isdas.model.columns import Capability
from isdas.model.errors import InputRefused
from isdas.model.packets import Packets

NUMBERS = {
    "time": "long",
    "src_ip": "long",
    "dst_ip": "long",
    "src_port": "int",
    "dst_port": "int",
    "protocol": "int",
    "ttl": "int",
    "tcp_flags": "int",
    "ip_len": "int",
    "tcp_synlen": "int",
    "tcp_synwinlen": "int",
    "packet_cnt": "long",
    "is_spoofed": "int",
    "is_masscan": "int",
}
OTHERS = {
    "maxmind_continent": "string",
    "maxmind_country": "string",
    "netacq_continent": "string",
    "netacq_country": "string",
    "prefix2asn": "long",
}
FIELDS = {**NUMBERS, **OTHERS}
ROW: dict[str, Any] = {
    "time": 1_615_320_000,
    "src_ip": 0x01020304,
    "dst_ip": 0x2C010203,
    "src_port": 40000,
    "dst_port": 445,
    "protocol": 6,
    "ttl": 110,
    "tcp_flags": 2,
    "ip_len": 48,
    "tcp_synlen": 28,
    "tcp_synwinlen": 16384,
    "packet_cnt": 3,
    "is_spoofed": 1,
    "is_masscan": 1,
    "maxmind_continent": "??",
    "maxmind_country": "JP",
    "netacq_continent": "??",
    "netacq_country": "??",
    "prefix2asn": 0,
}


def written(rows: list[dict[str, Any]], fields: dict[str, Any] = FIELDS, codec: str = "deflate") -> bytes:
    """A file of FlowTuples, in the order of *fields*."""
    schema = {
        "type": "record",
        "name": "flowtuple",
        "namespace": "org.caida.corsaro",
        "fields": [
            {"name": name, "type": {"type": type_} if isinstance(type_, str) else type_}
            for name, type_ in fields.items()
        ],
    }
    out = io.BytesIO()
    fastavro.writer(out, schema, [{name: row[name] for name in fields} for row in rows], codec=codec)
    return out.getvalue()


def taken(path: Path, content: bytes | None = None) -> list[Batch]:
    """What reading a file gives, after its laws."""
    if content is not None:
        path.write_bytes(content)
    batches = [work() for work in read(path, Context())]
    for batch in batches:
        batch.packets.table.validate(full=True)
        assert batch.tally.reconciles
        assert batch.tally.stored == len(batch.packets)
        assert batch.tally.refused.total() == len(batch.refusals)
    return batches


def rows(batches: list[Batch]) -> list[dict[str, Any]]:
    """The packets of batches, without the columns that they lack."""
    table = Packets.concat(batch.packets for batch in batches).table
    return [{name: value for name, value in row.items() if value is not None} for row in table.to_pylist()]


def test_integers_are_in_host_order(tmp_path: Path) -> None:
    """Addresses and ports are what their integers say, whatever the documentation of the format."""
    (row,) = rows(taken(tmp_path / "file", written([ROW])))
    assert (row["source_low"], row["destination_low"]) == (MAPPED | 0x01020304, MAPPED | 0x2C010203)
    assert (row["source_port"], row["port"], row["packets"]) == (40000, 445, 3)
    assert (row["tcp_header_length"], row["tcp_window"], row["ttl"]) == (28, 16384, 110)
    assert row["capabilities"] & Capability.WINDOW
    assert not row["capabilities"] & (Capability.OPTIONS | Capability.SEQUENCE | Capability.IP_ID | Capability.PAYLOAD)


def test_opinions_of_the_writer_are_not_taken(tmp_path: Path) -> None:
    """Spoofed, masscan and the places are for enrichment to find out."""
    (row,) = rows(taken(tmp_path / "file", written([ROW])))
    assert not {"kind", "tool", "region", "asn", "scanner"} & set(row)


@pytest.mark.parametrize("codec", ["null", "deflate", "zstandard"])
def test_fields_in_any_order(tmp_path: Path, codec: str) -> None:
    """The order of fields, the types of numbers, nulls for some, and further or missing other fields change nothing."""
    expected = rows(taken(tmp_path / "file", written([ROW] * 3)))
    turned = dict(reversed(list(FIELDS.items())))
    assert rows(taken(tmp_path / "file", written([ROW] * 3, turned, codec))) == expected
    nullable = {name: ["null", type_] for name, type_ in NUMBERS.items()}
    assert rows(taken(tmp_path / "file", written([ROW] * 3, nullable, codec))) == expected


def test_a_missing_field_refuses_the_file(tmp_path: Path) -> None:
    """Without a field that is taken there are no tuples."""
    fields = {name: type_ for name, type_ in FIELDS.items() if name != "ttl"}
    with pytest.raises(InputRefused, match="'ttl'") as refused:
        taken(tmp_path / "file", written([ROW], fields))
    assert refused.value.reason == "wrong-columns"


def test_null_refuses_a_tuple(tmp_path: Path) -> None:
    """A number that is null is none that a packet could have."""
    fields = {**NUMBERS, "src_ip": ["null", "long"], "ttl": ["null", "int"]}
    (batch,) = taken(tmp_path / "file", written([ROW, {**ROW, "src_ip": None}, {**ROW, "ttl": None}], fields))
    assert batch.tally.refused == {"bad-source": 1, "bad-ttl": 1}
    assert [refusal.line_number for refusal in batch.refusals] == [1, 2]


def test_path_names_the_sensor(tmp_path: Path) -> None:
    """A file of an archive is from the telescope that its path names."""
    folder = tmp_path / "datasource=ucsd-nt" / "year=2021" / "month=3"
    folder.mkdir(parents=True)
    (row,) = rows(taken(folder / "file.avro", written([ROW])))
    assert row["sensor"] == "ucsd-nt"
    assert "sensor" not in rows(taken(tmp_path / "file.avro", written([ROW])))[0]


def test_sniffed_by_content() -> None:
    """The name of the records decides, not that they are Avro."""
    assert sniff(written([ROW]))
    assert not sniff(written([ROW]).replace(b'"flowtuple"', b'"flowtupli"'))
    assert not sniff(b"")


_TUPLE = st.fixed_dictionaries(
    {
        "src_ip": st.integers(0, (1 << 32) - 1),
        "dst_port": st.integers(-1, 70000),
        "protocol": st.sampled_from([1, 6, 17, 47, 300]),
        "packet_cnt": st.integers(0, 5),
    }
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.lists(_TUPLE, max_size=20))
def test_good_tuples_round_trip(tmp_path: Path, changes: list[dict[str, int]]) -> None:
    """Every tuple is stored as it was written, or refused."""
    given_rows = [{**ROW, "src_port": 3, **change} for change in changes]
    batches = taken(tmp_path / "file", written(given_rows))
    found = rows(batches)
    positions = [row["position"] for row in found]
    assert sorted([*positions, *(r.line_number for b in batches for r in b.refusals)]) == list(range(len(changes)))
    for row in found:
        origin = given_rows[row["position"]]
        assert (row["source_low"] & 0xFFFFFFFF, row["protocol"]) == (origin["src_ip"], origin["protocol"])
        assert row["packets"] == origin["packet_cnt"] > 0


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_damage_reconciles(tmp_path: Path, data: st.DataObject) -> None:
    """A file with any bytes of its blocks replaced gives what can be read, and raises nothing."""
    content = bytearray(written([ROW] * 50, codec="null"))
    header = len(written([], codec="null"))
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(header, len(content) - 1))] = data.draw(st.integers(0, 255))
    taken(tmp_path / "file", bytes(content))


KEY = ("source_low", "destination_low", "source_port", "port", "icmp_code", "protocol", "ttl", "tcp_flags", "ip_length")
CAPTURES = {
    "backscatter": "bro-simple-scan__testing__pcaps__backscatter.trace",
    "evilprogram": "pcaps__PracticalPacketAnalysis__ppa-capture-files__evilprogram.pcap",
    "synflood": "packet-captures__pkt.TCP.synflood.spoofed.pcap",
}


def counts(packets: Packets, key: tuple[str, ...]) -> Counter[tuple[int, ...]]:
    """How many packets there are for every combination of these columns."""
    found: Counter[tuple[int, ...]] = Counter()
    columns = [packets.table.column(name).to_pylist() for name in (*key, "packets")]
    for *values, n in zip(*columns, strict=True):
        found[tuple(values)] += 1 if n is None else n
    return found


def ipv4(path: Path) -> Packets:
    """The IPv4 packets of a capture."""
    with open_capture(path) as capture:
        packets = Packets.concat(decode(frames)[0] for frames in capture.frames())
    return Packets(packets.table.filter(packets.table.column("ip_version").to_numpy() == 4))


@pytest.mark.parametrize("name", CAPTURES)
def test_same_counts_as_the_capture(shared: Path, name: str) -> None:
    """Corsaro 3 and our decoding of the same capture count the same packets, in every field that a tuple has."""
    folder = shared / "series" / "corsaro" / "avro"
    batches = [batch for path in sorted(folder.glob(f"{name}-*.avro")) for batch in taken(path)]
    tuples = Packets.concat(batch.packets for batch in batches)
    packets = ipv4(shared / "corpus" / "scan" / CAPTURES[name])
    assert counts(tuples, ("protocol", "port")) == counts(packets, ("protocol", "port"))
    assert counts(tuples, KEY) == counts(packets, KEY)


def test_same_syn_as_the_capture(shared: Path) -> None:
    """Header length and window of tuples of one packet are those of a packet of the capture."""
    folder = shared / "series" / "corsaro" / "avro"
    packets = ipv4(shared / "corpus" / "scan" / CAPTURES["evilprogram"])
    (batch,) = taken(next(folder.glob("evilprogram-*.avro")))
    table = batch.packets.table
    single = Packets(table.filter(table.column("packets").to_numpy() == 1))
    syn = Packets(single.table.filter(single.numpy("tcp_header_length") > 0))
    more = (*KEY, "tcp_header_length", "tcp_window")
    assert len(syn) == 54
    assert not counts(syn, more) - counts(packets, more)
