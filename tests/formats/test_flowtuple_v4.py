"""
CAIDA FlowTuple v4, in files that fastavro writes after its schema.
"""

import io
from pathlib import Path
from typing import Any

import fastavro
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from isdas.enrich.kind import kind
from isdas.formats.batch import Batch
from isdas.formats.context import Context
from isdas.formats.flowtuple_v4 import CAPABILITIES, read, sniff
from isdas.model.address import MAPPED
from isdas.model.columns import Capability
from isdas.model.packets import Packets

LONG, INT, LONGS = "long", "int", {"type": "array", "items": "long"}
FIRST = {
    "time": LONG,
    "src_ip": LONG,
    "dst_net": LONG,
    "dst_port": INT,
    "protocol": INT,
    "packet_cnt": LONG,
    "uniq_dst_ips": INT,
    "uniq_pkt_sizes": INT,
    "uniq_ttls": INT,
    "uniq_src_ports": INT,
    "uniq_tcp_flags": INT,
    "first_syn_length": INT,
    "first_tcp_rwin": INT,
    "common_pktsizes": LONGS,
    "common_pktsize_freqs": LONGS,
    "common_ttls": LONGS,
    "common_ttl_freqs": LONGS,
    "common_srcports": LONGS,
    "common_srcport_freqs": LONGS,
    "common_tcpflags": LONGS,
    "common_tcpflag_freqs": LONGS,
    "maxmind_continent": "string",
    "maxmind_country": "string",
    "netacq_continent": "string",
    "netacq_country": "string",
    "prefix2asn": LONG,
}
SECOND = {**FIRST, "spoofed_packet_cnt": LONG, "masscan_packet_cnt": LONG}
ROW: dict[str, Any] = {
    "time": 1_615_320_000,
    "src_ip": 0x01020304,
    "dst_net": 0x2C010200,
    "dst_port": 445,
    "protocol": 6,
    "packet_cnt": 10,
    "uniq_dst_ips": 7,
    "uniq_pkt_sizes": 1,
    "uniq_ttls": 1,
    "uniq_src_ports": 2,
    "uniq_tcp_flags": 1,
    "first_syn_length": 28,
    "first_tcp_rwin": 16384,
    "common_pktsizes": [48],
    "common_pktsize_freqs": [10],
    "common_ttls": [110],
    "common_ttl_freqs": [10],
    "common_srcports": [40000, 40001],
    "common_srcport_freqs": [6, 4],
    "common_tcpflags": [2],
    "common_tcpflag_freqs": [10],
    "maxmind_continent": "??",
    "maxmind_country": "??",
    "netacq_continent": "??",
    "netacq_country": "??",
    "prefix2asn": 0,
    "spoofed_packet_cnt": 0,
    "masscan_packet_cnt": 3,
}


def written(rows: list[dict[str, Any]], fields: dict[str, Any] = SECOND) -> bytes:
    """A file of these records."""
    listed = [{"name": name, "type": type_} for name, type_ in fields.items()]
    schema = {"type": "record", "name": "flowtuple4", "namespace": "org.caida.corsaro", "fields": listed}
    out = io.BytesIO()
    fastavro.writer(out, schema, [{name: row[name] for name in fields} for row in rows], codec="deflate")
    return out.getvalue()


def taken(path: Path, content: bytes) -> tuple[list[dict[str, Any]], Batch]:
    """The rows of a file of one stretch, without the columns that they lack, and all that it gives."""
    path.write_bytes(content)
    (batch,) = (work() for work in read(path, Context()))
    table = batch.packets.table
    table.validate(full=True)
    assert batch.tally.reconciles
    assert batch.tally.stored == len(batch.packets)
    assert batch.tally.refused.total() == len(batch.refusals)
    return [{name: value for name, value in row.items() if value is not None} for row in table.to_pylist()], batch


def shows(row: dict[str, Any], capability: Capability) -> bool:
    """Whether a row says it could show something."""
    return bool(row["capabilities"] & capability)


@pytest.mark.parametrize("fields", [FIRST, SECOND, dict(reversed(list(SECOND.items())))], ids=["26", "28", "turned"])
def test_with_and_without_the_last_fields(tmp_path: Path, fields: dict[str, Any]) -> None:
    """Older files lack two fields at the end; both are read, and in any order."""
    (row,), batch = taken(tmp_path / "file", written([ROW], fields))
    assert row["time"].timestamp() == 1_615_320_000
    assert (row["source_low"], row["port"], row["protocol"], row["packets"]) == (MAPPED | 0x01020304, 445, 6, 10)
    assert batch.tally.warnings == {}


def test_the_destination_is_a_network(tmp_path: Path) -> None:
    """It is the first address of a /24, and the row cannot show more than that."""
    found, _ = taken(tmp_path / "file", written([ROW, {**ROW, "dst_net": 0x2C010203}]))
    for row in found:
        assert row["destination_low"] == MAPPED | 0x2C010200
        assert shows(row, Capability.DESTINATION_NETWORK)
        assert not shows(row, Capability.DESTINATION)


def test_only_values_are_taken(tmp_path: Path) -> None:
    """Of TTL, size, source port and flags the only value is that of all packets; one of several is of none."""
    several = {
        "uniq_ttls": 2, "common_ttls": [110, 64], "uniq_pkt_sizes": 9, "common_pktsizes": [], "uniq_src_ports": 1,
        "common_srcports": [53],
    }  # fmt: skip
    (first, second), _ = taken(tmp_path / "file", written([ROW, {**ROW, **several}]))
    assert (first["ttl"], first["ip_length"], first["tcp_flags"]) == (110, 48, 2)
    assert "source_port" not in first
    assert second["source_port"] == 53
    assert not {"ttl", "ip_length"} & set(second)
    of = (Capability.TTL, Capability.LENGTH, Capability.SOURCE_PORT, Capability.TCP_FLAGS)
    assert [shows(first, each) for each in of] == [True, True, False, True]
    assert [shows(second, each) for each in of] == [False, False, True, True]


def test_an_only_value_must_be_there(tmp_path: Path) -> None:
    """A record that says there was one TTL and does not name it does not tell it."""
    (row,), _ = taken(tmp_path / "file", written([{**ROW, "common_ttls": [], "common_tcpflags": []}]))
    assert not {"ttl", "tcp_flags"} & set(row)


def test_flags_split_a_record(tmp_path: Path) -> None:
    """Each common value of the flags is a row with its packets; the others are one with flags that are not known."""
    mixed = {"uniq_tcp_flags": 4, "common_tcpflags": [2, 16, 20], "common_tcpflag_freqs": [5, 2, 1]}
    found, batch = taken(tmp_path / "file", written([{**ROW, **mixed}, ROW]))
    assert [(row.get("tcp_flags"), row["packets"]) for row in found] == [(2, 5), (16, 2), (20, 1), (None, 2), (2, 10)]
    assert all(shows(row, Capability.TCP_FLAGS) for row in found)
    assert kind(batch.packets).to_pylist() == ["scan", "other", "backscatter", "other", "scan"]
    assert [row["position"] for row in found] == [0, 0, 0, 0, 1]
    assert all(row["ttl"] == 110 for row in found)
    assert (batch.tally.read, batch.tally.warnings) == (5, {"split-record": 3})


@pytest.mark.parametrize("listed", [{}, {"common_tcpflag_freqs": [5, 6, 1]}], ids=["not-listed", "odd"])
def test_flags_that_are_not_told_at_all_are_not_shown(tmp_path: Path, listed: dict[str, Any]) -> None:
    """Where no value is given, or none is believed, the record could show no flags, and is taken for what most are."""
    untold = {"uniq_tcp_flags": 3, "common_tcpflags": [], "common_tcpflag_freqs": []}
    if listed:
        untold |= {"common_tcpflags": [2, 16, 20], **listed}
    (row,), batch = taken(tmp_path / "file", written([{**ROW, **untold}]))
    assert "tcp_flags" not in row
    assert not shows(row, Capability.TCP_FLAGS)
    assert kind(batch.packets).to_pylist() == ["scan"]


def test_flags_that_are_all_told_leave_no_rest(tmp_path: Path) -> None:
    """Where the frequencies add up to the packets there is no row without flags."""
    mixed = {"uniq_tcp_flags": 2, "common_tcpflags": [2, 16], "common_tcpflag_freqs": [9, 1]}
    found, _ = taken(tmp_path / "file", written([{**ROW, **mixed}]))
    assert [(row["tcp_flags"], row["packets"]) for row in found] == [(2, 9), (16, 1)]


@pytest.mark.parametrize(
    "odd",
    [
        {"common_tcpflags": [2, 16], "common_tcpflag_freqs": [9, 2]},
        {"common_tcpflags": [2, 16], "common_tcpflag_freqs": [9]},
        {"common_tcpflags": [2], "common_tcpflag_freqs": [0]},
        {"common_tcpflags": [2, 16], "common_tcpflag_freqs": [-1, 5]},
        {"common_tcpflags": [1, 2, 3, 4, 5, 6], "common_tcpflag_freqs": [1, 1, 1, 1, 1, 1]},
        {"common_tcpflags": [2, 16], "common_tcpflag_freqs": [1 << 62, 1 << 62]},
    ],
    ids=["too-many", "fewer", "none", "negative", "long", "wrapping"],
)
def test_odd_frequencies_are_not_believed(tmp_path: Path, odd: dict[str, Any]) -> None:
    """A record whose frequencies do not fit is one row without flags, and counted."""
    (row,), batch = taken(tmp_path / "file", written([{**ROW, "uniq_tcp_flags": 6, **odd}]))
    assert row["packets"] == 10
    assert "tcp_flags" not in row
    assert batch.tally.warnings == {"odd-frequencies": 1}


def test_icmp_has_type_and_code_in_one(tmp_path: Path) -> None:
    """The port of an ICMP record is type and code in one number; it has no flags, and lists of them do not split it."""
    icmp = {"protocol": 1, "dst_port": 3 << 8 | 10, "common_tcpflags": [0, 1], "common_tcpflag_freqs": [5, 5]}
    (row,), batch = taken(tmp_path / "file", written([{**ROW, **icmp, "uniq_tcp_flags": 2}]))
    assert (row["port"], row["icmp_code"], row["packets"]) == (3, 10, 10)
    assert not {"source_port", "tcp_flags"} & set(row)
    assert shows(row, Capability.TCP_FLAGS)
    assert batch.tally.warnings == {}


def test_window_of_a_single_packet(tmp_path: Path) -> None:
    """The first SYN's header and window are those of a record only if that is its only packet."""
    single = {"packet_cnt": 1, "common_tcpflag_freqs": [1]}
    found, _ = taken(tmp_path / "file", written([{**ROW, **single}, ROW, {**ROW, **single, "first_syn_length": 0}]))
    assert [row.get("tcp_window") for row in found] == [16384, None, None]
    assert [row.get("tcp_header_length") for row in found] == [28, None, None]
    assert [shows(row, Capability.WINDOW) for row in found] == [True, False, False]


def test_impossible_records_are_refused(tmp_path: Path) -> None:
    """A record that no packets make is refused under its reason."""
    wrong = [{"packet_cnt": 0}, {"dst_net": 1 << 40}, {"protocol": 1, "dst_port": 256 << 8}, {"time": -1}]
    found, batch = taken(tmp_path / "file", written([ROW, *({**ROW, **each} for each in wrong)]))
    assert len(found) == 1
    assert batch.tally.refused == {"bad-packets": 1, "bad-destination": 1, "bad-icmp-type": 1, "bad-time": 1}
    assert [refusal.line_number for refusal in batch.refusals] == [1, 2, 3, 4]


def test_sniffed_by_content() -> None:
    """The name of the records decides; those of version 3 are others."""
    assert sniff(written([ROW]))
    assert not sniff(written([ROW]).replace(b'"flowtuple4"', b'"flowtuple3"'))


small = st.integers(-1, 8)
lists = st.lists(small, max_size=7)
records = st.fixed_dictionaries(
    {
        "packet_cnt": st.integers(0, 20),
        "protocol": st.sampled_from([1, 6, 17]),
        "uniq_tcp_flags": small,
        "uniq_ttls": small,
        "common_tcpflags": lists,
        "common_tcpflag_freqs": lists,
        "common_ttls": lists,
    }
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.lists(records, min_size=1, max_size=12))
def test_packets_add_up(tmp_path: Path, changes: list[dict[str, Any]]) -> None:
    """Whatever the lists say, the rows of a record stand for exactly its packets, or are refused."""
    _, batch = taken(tmp_path / "file", written([{**ROW, **change} for change in changes]))
    table = batch.packets.table
    sums = dict.fromkeys(range(len(changes)), 0)
    for position, n in zip(table.column("position").to_pylist(), table.column("packets").to_pylist(), strict=True):
        sums[position] += n
    refused = {refusal.line_number for refusal in batch.refusals}
    assert {i: sums[i] for i in sums if i not in refused} == {
        i: change["packet_cnt"] for i, change in enumerate(changes) if i not in refused
    }
    assert batch.tally.read - batch.tally.warnings["split-record"] == len(changes)
    most = int(CAPABILITIES)
    assert all(mask & ~most == 0 for mask in Packets(table).table.column("capabilities").to_pylist())
