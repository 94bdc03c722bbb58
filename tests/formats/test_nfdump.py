"""
Files of nfcapd through nfdump: made by nfpcapd from captures, and lines as versions of nfdump print them.
"""

import gzip
import os
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isdas.capture.file import open_capture
from isdas.decode.packets import decode
from isdas.formats import nfdump
from isdas.formats.batch import Batch
from isdas.formats.context import Context
from isdas.formats.lines import LineBlock
from isdas.model.address import halves
from isdas.model.columns import Capability
from isdas.model.errors import InputRefused
from isdas.model.packets import Packets

needs_nfdump = pytest.mark.skipif(
    not (shutil.which("nfdump") and shutil.which("nfpcapd")), reason="nfdump is not installed"
)

TOLD = (*nfdump.FIELDS, *nfdump.TTLS)
GOOD = {
    "cnt": "1",
    "tsr": "1225411200.250",
    "sa": "   192.0.2.1",
    "da": "198.51.100.7",
    "sp": " 6000",
    "dp": "  445",
    "pr": "6    ",
    "pkt": "  1",
    "opkt": "  0",
    "byt": " 48",
    "flg": "......S.",
    "tos": " 16",
    "it": "0",
    "ic": "0",
    "minttl": "110",
    "maxttl": "110",
}


def batch_of(*changes: dict[str, str], context: Context | None = None, following: bytes = b"") -> Batch:
    """What is made of a good line with each of the changes."""
    counted = [{**GOOD, "cnt": str(i + 1), **change} for i, change in enumerate(changes)]
    data = "".join(",".join(line[name] for name in TOLD) + "\n" for line in counted).encode()
    return nfdump._batch(LineBlock(data, 0), following, TOLD, context or Context())


def rows_of(*changes: dict[str, str], context: Context | None = None) -> list[dict[str, Any]]:
    """The packets of lines that are all good."""
    batch = batch_of(*changes, context=context)
    assert not batch.refusals
    batch.packets.table.validate(full=True)
    return list(batch.packets.table.to_pylist())


@pytest.fixture
def plain(tmp_path: Path, captures: Path) -> Path:
    """A simulated capture, not compressed: nfpcapd reads no other."""
    content = sorted(captures.rglob("*.pcap*"))[0].read_bytes()
    path = tmp_path / "day.pcap"
    path.write_bytes(gzip.decompress(content) if content.startswith(b"\x1f\x8b") else content)
    return path


def flows_of(capture: Path, folder: Path) -> list[Path]:
    """The files that nfpcapd makes of a capture, one for all its hours."""
    folder.mkdir(exist_ok=True)
    command = ["nfpcapd", "-r", str(capture), "-w", str(folder), "-t", "2678400"]
    subprocess.run(command, capture_output=True, check=True)
    return sorted(folder.iterdir())


def taken(files: Iterable[Path], context: Context | None = None) -> tuple[Packets, Counter[str]]:
    """All packets and warnings of some files, none of whose records is refused."""
    batches = [work() for file in files for work in nfdump.read(file, context or Context())]
    assert all(batch.tally.reconciles and not batch.refusals for batch in batches)
    warnings: Counter[str] = Counter()
    for batch in batches:
        warnings += batch.tally.warnings
    return Packets.concat(batch.packets for batch in batches), warnings


def totals(packets: Packets) -> Counter[tuple[int, int]]:
    """Packets by protocol and port."""
    found: Counter[tuple[int, int]] = Counter()
    for protocol, port, n in zip(*(packets.numpy(name, 1) for name in ("protocol", "port", "packets")), strict=True):
        found[int(protocol), int(port)] += int(n)
    return found


def test_a_flow_of_one_packet_is_that_packet() -> None:
    """Of a flow of one packet flags, length and hops are those of the packet."""
    (row,) = rows_of({})
    assert (row["source_low"], row["destination_low"]) == (halves("192.0.2.1")[1], halves("198.51.100.7")[1])
    assert (row["port"], row["source_port"], row["protocol"], row["packets"]) == (445, 6000, 6, None)
    assert (row["tcp_flags"], row["ip_length"], row["ttl"], row["tos"]) == (2, 48, 110, 16)
    assert (row["position"], row["ip_version"], row["icmp_code"]) == (0, 4, None)
    assert row["capabilities"] == nfdump.CAPABILITIES


def test_a_flow_of_many_packets_tells_little_of_each() -> None:
    """Flags are known where they can only be those of every packet, hops where they never changed, lengths never."""
    rows = rows_of(
        {"pkt": "9", "maxttl": "112"}, {"pkt": "9", "flg": "...AP.SF"}, {"pkt": "9", "flg": "........", "minttl": "0"}
    )
    assert [row["packets"] for row in rows] == [9, 9, 9]
    assert [row["tcp_flags"] for row in rows] == [2, None, None]
    assert [row["ttl"] for row in rows] == [None, 110, None]
    assert [row["ip_length"] for row in rows] == [None] * 3
    shown = [Capability(row["capabilities"]) for row in rows]
    assert [Capability.TCP_FLAGS in each for each in shown] == [True, True, False]
    assert [Capability.TTL in each for each in shown] == [False, True, False]
    assert not any(Capability.LENGTH in each for each in shown)


@pytest.mark.parametrize(("text", "bits"), [(".A..S.", 18), ("0xc2", 0xC2), ("CEUAPRSF", 255), ("......", None)])
def test_flags_of_each_version(text: str, bits: int | None) -> None:
    """Flags come in letters, six or eight, or in hexadecimal; none at all is what exporters write that know none."""
    assert rows_of({"flg": text})[0]["tcp_flags"] == bits


def test_icmp() -> None:
    """Type and code of ICMP are not the ports that stand beside them."""
    rows = rows_of(
        {"pr": "1", "sp": "0", "dp": "3.1", "it": "3", "ic": "1"}, {"pr": "58", "sa": "2001:db8::1", "it": "135"}
    )
    assert [(row["port"], row["icmp_code"], row["source_port"]) for row in rows] == [(3, 1, None), (135, 0, None)]
    assert [(row["ip_version"], row["tcp_flags"]) for row in rows] == [(4, None), (6, None)]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"tsr": "0.000"}, "bad-time"),
        ({"tsr": "x"}, "bad-time"),
        ({"sa": "0.0.0"}, "bad-source"),
        ({"da": ""}, "bad-destination"),
        ({"pr": "TCP?"}, "bad-protocol"),
        ({"dp": "65536"}, "bad-port"),
        ({"pkt": "0"}, "bad-packets"),
        ({"pkt": "1.2 M"}, "bad-packets"),
        ({"cnt": "1,1"}, "wrong-column-count"),
    ],
)
def test_refusals(change: dict[str, str], reason: str) -> None:
    """A record that makes no sense refuses itself alone, with its number."""
    batch = batch_of({}, change, {})
    assert [(refusal.line_number, refusal.reason) for refusal in batch.refusals] == [(1, reason)]
    assert batch.packets.table["position"].to_pylist() == [0, 2]
    assert batch.tally.reconciles


def test_outsides_of_tunnels_are_no_records() -> None:
    """A flow in a tunnel is told in two lines under one number: the second is the flow, also at a block's end."""
    batch = batch_of({"cnt": "7", "pr": "47"}, {"cnt": "7"}, {"cnt": "8"}, following=b"    8,1225411200.000,")
    assert (batch.tally.read, batch.packets.table["protocol"].to_pylist()) == (1, [6])
    assert batch_of({"cnt": "8"}, following=b"    9,").tally.read == 1


def test_direction_of_records_of_both() -> None:
    """Where a record counts both directions, the packets that came to our addresses are told; else its own stands."""
    low = halves("192.0.2.1")[1]
    ours = Context(ours=lambda _, lows: lows == low)
    (row,) = rows_of({"opkt": "5"}, context=ours)
    assert (row["destination_low"], row["packets"], row["port"], row["source_port"]) == (low, 5, 6000, 445)
    assert (row["tcp_flags"], row["ip_length"], row["ttl"]) == (None, None, None)
    (row,) = rows_of({"opkt": "5"})
    assert (row["source_low"], row["packets"]) == (low, None)
    (row,) = rows_of({"pkt": "0", "opkt": "5"})
    assert (row["destination_low"], row["packets"]) == (low, 5)


@settings(max_examples=60)
@given(data=st.lists(st.text(st.sampled_from('0123456789,.:S \r"\xe9'), max_size=60), max_size=8))
def test_any_output_reconciles(data: list[str]) -> None:
    """Whatever a program of that name prints, each line is a packet, a refusal or the outside of a tunnel."""
    block = LineBlock("".join(f"{line}\n" for line in data).encode(), 0)
    batch = nfdump._batch(block, b"", nfdump.FIELDS, Context())
    assert batch.tally.reconciles
    assert batch.tally.read == len(batch.packets) + len(batch.refusals) == len(data)


@given(sizes=st.integers(1, 40), n=st.integers(0, 9))
def test_blocks_hold_whole_lines(sizes: int, n: int) -> None:
    """The output comes in blocks of whole lines, each with the line that follows it, in any pieces."""
    text = b"".join(b"%d,line\n" % i for i in range(n))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nfdump, "BLOCK_BYTES", sizes)
        blocks = list(nfdump._blocks(BytesIO(text)))
    assert b"".join(block.data for block, _ in blocks) == text
    for block, following in blocks:
        after = text[text.index(block.data) + len(block.data) :]
        assert after.startswith(following.split(b",")[0]) if after else not following
        assert block.data.startswith(b"%d," % block.first)


def test_no_flows_are_no_records() -> None:
    """What nfdump says of a file without flows is no flow."""
    assert list(nfdump._blocks(BytesIO(b"No matching flows\n"))) == []


@pytest.mark.parametrize(
    ("head", "known"),
    [
        (b"\x0c\xa5\x02\x00", True),
        (b"\xa5\x0c\x00\x01", True),
        (b"\x0c\xa5\x03\x00", False),
        (b"\x0c\xa5\x00\x02", False),
        (b"\xd4\xc3\xb2\xa1", False),
        (b"", False),
    ],
)
def test_sniff(head: bytes, known: bool) -> None:
    """A file is known by its number and a layout in one byte order."""
    assert nfdump.sniff(head) is known


def test_without_the_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nfdump is missing the file is refused with what to install."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InputRefused, match="install the package nfdump") as refused:
        next(nfdump.read(tmp_path / "nfcapd.1", Context()))
    assert refused.value.reason == "needs-nfdump"


@needs_nfdump
def test_absent_file(tmp_path: Path) -> None:
    """A file that cannot be opened is refused as such."""
    with pytest.raises(InputRefused) as refused:
        next(nfdump.read(tmp_path / "absent", Context()))
    assert refused.value.reason == "unreadable"


@needs_nfdump
def test_simulated_capture(tmp_path: Path, plain: Path) -> None:
    """A simulated capture has as many packets on each port through nfpcapd and nfdump as by itself."""
    packets, warnings = taken(flows_of(plain, tmp_path / "flows"))
    with open_capture(plain) as opened:
        direct = Packets.concat(decode(frames)[0] for frames in opened.frames())
    assert totals(packets) == totals(direct)
    assert not warnings


@needs_nfdump
@pytest.mark.parametrize(
    "name",
    [
        "nDPI__synscan.pcap",
        "bro-simple-scan__testing__pcaps__backscatter.trace",
        "pcaps__PracticalPacketAnalysis__ppa-capture-files__evilprogram.pcap",
        "packet-captures__pkt.TCP.synflood.spoofed.pcap",
        "curated-pcaps__tcp__control__two_way_all_flags.pcap",
    ],
)
def test_real_captures(tmp_path: Path, shared: Path, name: str) -> None:
    """Real scans, backscatter and floods have the same packets on each port through nfdump as by themselves."""
    capture = shared / "corpus" / "scan" / name
    packets, _ = taken(flows_of(capture, tmp_path / "flows"))
    with open_capture(capture) as opened:
        direct = Packets.concat(decode(frames)[0] for frames in opened.frames())
    assert totals(packets) == totals(direct)


@needs_nfdump
def test_compressed_files(tmp_path: Path, plain: Path) -> None:
    """Compression inside the file, which nfdump undoes, and around it, which is undone here, change nothing."""
    (bare,) = flows_of(plain, tmp_path / "bare")
    inside = shutil.copy(bare, tmp_path / "inside")
    subprocess.run(["nfdump", "-J", "2", "-r", inside], capture_output=True, check=True)
    around = tmp_path / "around.gz"
    around.write_bytes(gzip.compress(bare.read_bytes()))
    assert inside.stat().st_size < bare.stat().st_size
    expected, _ = taken([bare])
    assert len(expected)
    for file in (inside, around):
        assert taken([file])[0].table.equals(expected.table)


@needs_nfdump
def test_damaged_files(tmp_path: Path, plain: Path) -> None:
    """Of a damaged file what nfdump can read is taken with a warning; if that is nothing, the file is refused."""
    (bare,) = flows_of(plain, tmp_path / "bare")
    whole = bare.read_bytes()
    bare.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputRefused, match="nfdump can read nothing of it") as refused:
        taken([bare])
    assert refused.value.reason == "damaged-flows"
    bare.write_bytes(whole[:1500] + b"\xff" * 60 + whole[1560:])
    packets, warnings = taken([bare])
    assert len(packets)
    assert warnings == {"damaged-flows": 1}


@needs_nfdump
def test_reading_may_stop_early(tmp_path: Path, plain: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who stops reading leaves no program behind."""
    (bare,) = flows_of(plain, tmp_path / "bare")
    monkeypatch.setattr(nfdump, "BLOCK_BYTES", 500)
    works = nfdump.read(bare, Context())
    next(works)
    works.close()  # type: ignore[attr-defined]
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


def test_sampling_is_told() -> None:
    """What nfdump says of an exporter tells whether it sampled, in the words of each version."""
    for words in ("packet interval: 1, packet space: 99", "Generic Sampler: mode: 1, interval: 100"):
        assert nfdump._SAMPLING.search(words)
    for words in ("packet interval: 1, packet space: 0", "Generic Sampler: mode: 0, interval: 1", "No Exporter"):
        assert not nfdump._SAMPLING.search(words)
