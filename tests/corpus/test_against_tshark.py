"""
Per-protocol counts of real captures against tshark's.
"""

import csv
import importlib.util
import shutil
from collections import Counter
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from subprocess import run
from types import ModuleType

import numpy as np
import pytest

from isdas.capture.file import open_capture
from isdas.decode.config import Config
from isdas.decode.packets import decode
from isdas.model.errors import InputRefused
from isdas.model.packets import Packets
from isdas.model.tally import Tally

HERE = Path(__file__).parent
PROTOCOLS = {"tcp": 6, "udp": 17, "icmp": 1, "icmpv6": 58}

CATEGORIES = {
    "unknown-link-type": {"unknown-link-type"},  # Juniper's services, and IPv6 squeezed into IEEE 802.15.4
    "damaged-ip-header": {"short-ip", "bad-ip-header"},  # tshark names a layer even where its header is cut or absurd
    "no-time": {"bad-time"},  # Simple Packet Blocks carry no time, and one file claims the year 586524
    "no-packet-record": set(),  # tshark lists custom and event blocks and ERF's metadata as frames; they are no packets
    "unknown-compression": set(),  # this tshark reads no bzip2
    "too-many-extensions": set(),  # tshark follows 150 fragment headers to ICMPv6; here the last of 12 is the protocol
    "more-than-tshark": set(),  # SLIP, tags of switches as link types, pseudowires, VXLAN on 8472, lengths of 0
    "outer-stands": set(),  # what is in the tunnel is compressed, cut, or has no address of Teredo's
}
"""Every way in which a count may differ, and the refusals that account for the missing packets."""


def _rows(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


EXPECTED = _rows("expected.tsv")
DIFFERENCES = {row["file"]: row["categories"].split(",") for row in _rows("differences.tsv")}
FOLDERS = sorted({row["file"].split("/")[0] for row in EXPECTED})


def _count(path: Path) -> tuple[Counter[str], Tally]:
    """What isdas counts in a capture, by outermost and innermost IP header; nothing at all in one that it refuses."""
    counts: Counter[str] = Counter()
    tally = Tally()
    try:
        with open_capture(path) as capture:
            for frames in capture.frames():
                counts["frames"] += len(frames)
                outermost, decoded = decode(frames, Config(tunnels="never"))
                innermost, again = decode(frames, Config(tunnels="always"))
                assert again.refused == decoded.refused
                tally.add(decoded)
                counts.update(_by_protocol(outermost, ""))
                counts.update(_by_protocol(innermost, "inner_"))
            tally.add(capture.tally)
    except InputRefused as refusal:
        tally.refuse(refusal.reason)
    return counts, tally


def _by_protocol(packets: Packets, prefix: str) -> dict[str, int]:
    version, protocol = packets.numpy("ip_version"), packets.numpy("protocol")
    counts = {f"{prefix}ipv{number}": int((version == number).sum()) for number in (4, 6)}
    return counts | {f"{prefix}{name}": int((protocol == number).sum()) for name, number in PROTOCOLS.items()}


def _differences(expected: Counter[str], counts: Counter[str]) -> dict[str, tuple[int, int]]:
    return {name: (theirs, counts[name]) for name, theirs in expected.items() if theirs != counts[name]}


def _total(counts: Counter[str], prefix: str = "") -> int:
    return counts[f"{prefix}ipv4"] + counts[f"{prefix}ipv6"]


def _expected(row: dict[str, str]) -> Counter[str]:
    return Counter({name: int(value) for name, value in row.items() if name not in ("file", "sha256")})


def _listed(category: str, shared: Path) -> Iterator[tuple[dict[str, str], Counter[str], Counter[str], Tally]]:
    """The captures listed in a category: the row, what tshark counts, what isdas counts, and what became of frames."""
    for row in EXPECTED:
        if category in DIFFERENCES.get(row["file"], []):
            counts, tally = _count(shared / "corpus" / row["file"])
            assert _differences(_expected(row), counts), f"{row['file']} is listed as different but is equal"
            yield row, _expected(row), counts, tally


@pytest.mark.parametrize("folder", FOLDERS)
def test_counts_equal_those_of_tshark(folder: str, shared: Path) -> None:
    """Packets per IP version and protocol, outermost and innermost, equal tshark's but where a difference is listed."""
    rows = [row for row in EXPECTED if row["file"].startswith(f"{folder}/") and row["file"] not in DIFFERENCES]
    wrong = {}
    for row in rows:
        path = shared / "corpus" / row["file"]
        assert sha256(path.read_bytes()).hexdigest().startswith(row["sha256"]), f"{path} is another file"
        if found := _differences(_expected(row), _count(path)[0]):
            wrong[row["file"]] = found
    assert not wrong


@pytest.mark.parametrize(
    "category", sorted({*CATEGORIES} - {"unknown-compression", "more-than-tshark", "outer-stands"})
)
def test_what_is_missing_is_explained(category: str, shared: Path) -> None:
    """Where fewer packets are counted than tshark does, as many frames were refused for the reason listed."""
    for row, expected, counts, tally in _listed(category, shared):
        found = _differences(expected, counts)
        if category == "unknown-link-type" and not expected["frames"]:
            # A link type that this tshark does not know either: it refuses the whole file.
            assert found == {"frames": (0, tally.refused["unknown-link-type"])}
            continue
        assert all(ours < theirs for theirs, ours in found.values()), (row["file"], found)
        reasons = set().union(*(CATEGORIES[name] for name in DIFFERENCES[row["file"]]))
        refused = sum(tally.refused[reason] for reason in reasons)
        assert _total(expected) - _total(counts) <= refused, (row["file"], found, tally.refused)
        if category == "no-packet-record":
            assert expected["frames"] > counts["frames"]
        if category == "too-many-extensions":
            assert tally.warnings["too-many-extensions"] == expected["icmpv6"] - counts["icmpv6"]


def test_what_is_more_is_explained(shared: Path) -> None:
    """Where a capture is listed as read further than by tshark, more packets are found, or as many further inside."""
    for row, expected, counts, _ in _listed("more-than-tshark", shared):
        assert _total(counts) >= _total(expected), row["file"]
        assert _total(counts, "inner_") >= _total(expected, "inner_"), row["file"]
        assert not expected["frames"] or expected["frames"] == counts["frames"], row["file"]


def test_where_the_outer_packet_stands(shared: Path) -> None:
    """Where a tunnel is not taken off that tshark takes off, the outer packet is counted, and nothing is missing."""
    for row, expected, counts, _ in _listed("outer-stands", shared):
        assert all(name.startswith("inner_") for name in _differences(expected, counts)), row["file"]
        assert _total(counts, "inner_") == _total(counts) == _total(expected, "inner_"), row["file"]


def test_other_compression_same_packets(shared: Path) -> None:
    """A capture that tshark cannot decompress has the packets of the same capture uncompressed."""
    for row, expected, counts, _ in _listed("unknown-compression", shared):
        plain = next(other for other in EXPECTED if other["file"] == row["file"].removesuffix(".bz2"))
        assert not expected["frames"]
        assert not _differences(_expected(plain), counts)


def test_enough_captures_are_compared() -> None:
    """More than a thousand captures are compared, and nine in ten of them have equal counts."""
    assert len(EXPECTED) - len(DIFFERENCES) > 1000
    assert len(DIFFERENCES) < len(EXPECTED) / 10
    assert {name for listed in DIFFERENCES.values() for name in listed} == set(CATEGORIES)


@pytest.fixture
def make_expected() -> ModuleType:
    """The script that asks tshark, as a module; skips where there is no tshark."""
    if not shutil.which("tshark"):
        pytest.skip("tshark is not installed")
    spec = importlib.util.spec_from_file_location("make_expected", HERE / "make_expected.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
def test_table_is_what_tshark_says_today(shared: Path, make_expected: ModuleType) -> None:
    """For forty captures drawn with a fixed seed, the tshark of this machine counts what the table says."""
    equal = [row for row in EXPECTED if row["file"] not in DIFFERENCES]
    for index in np.random.default_rng(445).choice(len(equal), 40, replace=False).tolist():
        row = equal[index]
        told = make_expected.count(shared / "corpus" / row["file"])
        assert not _differences(_expected(row), told), row["file"]


@pytest.mark.slow
def test_what_capinfos_refuses_is_told(shared: Path) -> None:
    """A capture that capinfos cannot read to its end is refused, or its tally warns, unless capinfos knows less."""
    if not (capinfos := shutil.which("capinfos")):
        pytest.skip("capinfos is not installed")
    silent = []
    for row in EXPECTED:
        path = shared / "corpus" / row["file"]
        if {"more-than-tshark", "unknown-compression"} & {*DIFFERENCES.get(row["file"], [])}:
            continue
        if run([capinfos, "-c", str(path)], capture_output=True, check=False).returncode:
            tally = _count(path)[1]
            if not tally.warnings and not tally.refused:
                silent.append(row["file"])
    assert not silent
