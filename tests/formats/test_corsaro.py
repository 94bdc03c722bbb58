"""
CAIDA FlowTuple v2, binary: made here after the layout, and the real files against their text.
"""

import gzip
import ipaddress
import struct
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from isdas.capture.file import open_capture
from isdas.decode.packets import decode
from isdas.formats import corsaro, corsaro_text
from isdas.formats.batch import Batch
from isdas.formats.context import Context
from isdas.formats.corsaro import read, sniff
from isdas.model.address import text
from isdas.model.errors import InputRefused
from isdas.model.packets import Packets

TUPLE = struct.Struct(">IIHHBBBHI")
START = 1_615_320_000


def interval(number: int, time: int) -> bytes:
    """The begin or the end of an interval."""
    return b"EDGRINTR" + struct.pack(">HI", number, time)


def tuple_(source: int, port: int = 445, n: int = 1) -> bytes:
    """A tuple of TCP."""
    return TUPLE.pack(source, 0x2C010203, 40000, port, 6, 110, 2, 48, n)


def class_(number: int, *tuples: bytes, magic: bytes = b"SIXU", claim: int | None = None) -> bytes:
    """The tuples of a class, said to be *claim*."""
    mark = magic + struct.pack(">H", number)
    return mark + struct.pack(">I", len(tuples) if claim is None else claim) + b"".join(tuples) + mark


def run(number: int, *tuples: bytes, **changes: Any) -> bytes:
    """An interval of a minute, its tuples all in the last class."""
    time = START + 60 * number
    body = class_(0) + class_(1) + class_(2, *tuples, **changes)
    return interval(number, time) + body + interval(number, time + 59)


def taken(path: Path, content: bytes | None = None, context: Context | None = None) -> list[Batch]:
    """What reading a file gives, after its laws."""
    if content is not None:
        path.write_bytes(content)
    batches = [work() for work in read(path, context or Context())]
    for batch in batches:
        batch.packets.table.validate(full=True)
        assert batch.tally.reconciles
        assert batch.tally.stored == len(batch.packets)
        assert batch.tally.refused.total() == len(batch.refusals)
    return batches


def rows(batches: list[Batch]) -> list[dict[str, Any]]:
    """The packets of batches."""
    return Packets.concat(batch.packets for batch in batches).table.to_pylist()


def told(batches: list[Batch]) -> Counter[str]:
    """The warnings of batches."""
    found: Counter[str] = Counter()
    for batch in batches:
        found.update(batch.tally.warnings)
    return found


def test_tuples_have_the_time_of_their_interval(tmp_path: Path) -> None:
    """The rows of an interval have its begin, whatever the class, and are numbered through the file."""
    batches = taken(tmp_path / "file", run(0, tuple_(1), tuple_(2, n=5)) + run(1) + run(2, tuple_(3, port=22)))
    found = rows(batches)
    assert [int(row["time"].timestamp()) - START for row in found] == [0, 0, 120]
    assert [(row["source_low"] & 0xFF, row["port"], row["packets"]) for row in found] == [
        (1, 445, 1),
        (2, 445, 5),
        (3, 22, 1),
    ]
    assert [row["position"] for row in found] == [0, 1, 2]
    assert told(batches) == {}


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_stretches_change_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    """However many tuples are read at a time, they are the same."""
    content = b"".join(run(i, *(tuple_(i * 10 + j) for j in range(i))) for i in range(9))
    whole = rows(taken(tmp_path / "file", content))
    monkeypatch.setattr(corsaro, "STRETCH_TUPLES", size)
    batches = taken(tmp_path / "file", content)
    assert rows(batches) == whole
    assert len(batches) >= 36 // size // 3


def test_every_cut_gives_what_is_before_it(tmp_path: Path) -> None:
    """At whatever byte a file is cut, the whole tuples before are given, and the cut is told."""
    content = run(0, tuple_(1), tuple_(2)) + run(1, tuple_(3))
    first, second = len(interval(0, 0)) + 2 * 16 + 10, len(run(0, tuple_(1), tuple_(2)))
    ends = [first + 21, first + 42, second + 14 + 32 + 10 + 21]
    for cut in range(14, len(content)):
        batches = taken(tmp_path / "file", content[:cut])
        assert len(rows(batches)) == sum(end <= cut for end in ends)
        assert told(batches) == ({} if cut == second else {"truncated-tail": 1})


def test_a_count_that_lies_costs_its_interval(tmp_path: Path) -> None:
    """A class of fewer or more tuples than it says is damage, and reading goes on at the next interval."""
    for claim in (1, 3, 50, 1 << 31):
        content = run(0, tuple_(1)) + run(1, tuple_(2), tuple_(3), claim=claim) + run(2, tuple_(4))
        batches = taken(tmp_path / "file", content)
        assert [row["source_low"] & 0xFF for row in rows(batches)] == [1, 4]
        assert told(batches)["damaged-block"] == 1


def test_nonsense_is_passed_over(tmp_path: Path) -> None:
    """Foreign bytes between intervals, and tuples outside of any, are damage that ends at the next interval."""
    content = run(0, tuple_(1)) + b"nonsense" + class_(2, tuple_(9)) + run(1, tuple_(2)) + class_(2, tuple_(9))
    batches = taken(tmp_path / "file", content)
    assert [row["source_low"] & 0xFF for row in rows(batches)] == [1, 2]
    assert told(batches) == {"damaged-block": 2}


def test_headers_and_footers_are_no_tuples(tmp_path: Path) -> None:
    """The account of a run around intervals is read over."""
    uri = b"pcapfile:SIXU.pcap"
    header = b"EDGRHEAD\x02\x00" + struct.pack(">IHH", 9, 60, len(uri)) + uri + b"\x00\x01SIXU"
    content = header + run(0, tuple_(1)) + b"EDGRFOOT" + bytes(40)
    batches = taken(tmp_path / "file", content)
    assert len(rows(batches)) == 1
    assert told(batches) == {}
    assert sniff(content)


def _ours(*networks: str) -> Any:
    parsed = [ipaddress.ip_network(each) for each in networks]

    def ours(high: Any, low: Any) -> Any:
        return np.array([any(ipaddress.ip_address(text(0, int(a))) in n for n in parsed) for a in low], np.bool_)

    return ours


def test_three_octets(tmp_path: Path) -> None:
    """Files of a /8 leave out its octet: the destination is known where the monitored networks give it."""
    short = tuple_(1)[:4] + tuple_(1)[5:]
    content = run(0, tuple_(2)) + interval(1, START) + class_(2, short, magic=b"SIXT") + interval(1, START)
    unknown = rows(taken(tmp_path / "file", content))[1]
    assert (unknown["destination_low"], unknown["port"], unknown["packets"]) == (None, 445, 1)
    known = rows(taken(tmp_path / "file", content, Context(ours=_ours("44.0.0.0/9"))))[1]
    assert text(0, known["destination_low"]) == "44.1.2.3"


@pytest.mark.parametrize(
    ("head", "known"),
    [
        (run(0, tuple_(1)), True),
        (interval(0, 9) + b"SIXT", True),
        (interval(0, 9) + b"EDOS", False),
        (interval(0, 9), False),
        (b"EDGRHEAD", False),
        (b"", False),
    ],
    ids=["tuples", "three-octets", "other-plugin", "nothing-yet", "cut", "empty"],
)
def test_sniffed_by_content(head: bytes, known: bool) -> None:
    """An interval must begin with tuples: Corsaro has files of other plugins that begin alike."""
    assert sniff(head) is known


def test_what_is_not_of_corsaro_is_refused(tmp_path: Path) -> None:
    """A file that is only said to be of this format is refused whole."""
    with pytest.raises(InputRefused) as refused:
        taken(tmp_path / "file", b"something else")
    assert refused.value.reason == "wrong-format"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tail=st.lists(st.binary(max_size=30) | st.sampled_from([b"EDGRINTR", b"SIXU", b"SIXT", b"EDGRHEAD", run(3)])))
def test_any_bytes_reconcile(tmp_path: Path, tail: list[bytes]) -> None:
    """Whatever follows the begin of a file, reading ends, and what stands before is given."""
    batches = taken(tmp_path / "file", run(0, tuple_(1)) + b"".join(tail))
    assert rows(batches)[0]["source_low"] & 0xFF == 1


CAPTURES = {
    "backscatter": ("bro-simple-scan__testing__pcaps__backscatter.trace", 3242, 4771),
    "evilprogram": ("pcaps__PracticalPacketAnalysis__ppa-capture-files__evilprogram.pcap", 392, 620),
    "pkt.TCP.synflood.spoofed": ("packet-captures__pkt.TCP.synflood.spoofed.pcap", 37_689, 37_841),
    "test7-malicious": ("StratosphereLinuxIPS__dataset__test7-malicious.pcap", 574, 1908),
}
KEY = ("source_low", "destination_low", "source_port", "port", "icmp_code", "protocol", "ttl", "tcp_flags", "ip_length")


def counts(packets: Packets, key: tuple[str, ...]) -> Counter[tuple[int, ...]]:
    """How many packets there are for every combination of these columns."""
    found: Counter[tuple[int, ...]] = Counter()
    columns = [packets.table.column(name).to_pylist() for name in (*key, "packets")]
    for *values, n in zip(*columns, strict=True):
        found[tuple(values)] += 1 if n is None else n
    return found


@pytest.mark.parametrize("name", CAPTURES)
def test_real_files_and_their_text(shared: Path, name: str) -> None:
    """The binary files of Corsaro 2 and their text give the same rows, but for their numbers."""
    folder = shared / "series" / "corsaro"
    binary, lines = folder / f"{name}.flowtuple.cors.gz", folder / f"{name}.flowtuple.txt.gz"
    assert sniff(gzip.decompress(binary.read_bytes())[:4096])
    batches = taken(binary)
    found = Packets.concat(batch.packets for batch in batches).table.drop(["position"])
    read_lines = [work() for work in corsaro_text.read(lines, Context())]
    expected = Packets.concat(batch.packets for batch in read_lines).table.drop(["position"])
    assert found.num_rows == CAPTURES[name][1]
    assert found.equals(expected)
    assert told(batches) == {}


@pytest.mark.parametrize("name", CAPTURES)
def test_same_counts_as_the_capture(shared: Path, name: str) -> None:
    """
    Corsaro 2 and our decoding of the same capture count the same IPv4 packets, in every field that a tuple has.

    Corsaro says nothing of frames that are no IP, which decoding refuses, and of the 61 IPv6 packets of one capture.
    """
    file, _, n = CAPTURES[name]
    with open_capture(shared / "corpus" / "scan" / file) as capture:
        all_packets = Packets.concat(decode(frames)[0] for frames in capture.frames())
    packets = Packets(all_packets.table.filter(all_packets.numpy("ip_version") == 4))
    batches = taken(shared / "series" / "corsaro" / f"{name}.flowtuple.cors.gz")
    tuples = Packets.concat(batch.packets for batch in batches)
    assert counts(tuples, ("protocol", "port")) == counts(packets, ("protocol", "port"))
    assert counts(tuples, KEY) == counts(packets, KEY)
    assert len(packets) == n
    assert len(all_packets) - len(packets) == (61 if name == "test7-malicious" else 0)


def test_accounts_of_runs_have_no_tuples(shared: Path) -> None:
    """The global file of a run is recognised, and gives nothing."""
    paths = sorted((shared / "series" / "corsaro").glob("*.global.cors.gz"))
    assert len(paths) == 4
    for path in paths:
        assert sniff(gzip.decompress(path.read_bytes()))
        assert taken(path) == []
