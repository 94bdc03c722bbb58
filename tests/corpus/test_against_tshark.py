"""
Per-protocol counts of real captures against tshark's.
"""

import csv
import importlib.util
import shutil
from collections import Counter
from hashlib import sha256
from pathlib import Path
from subprocess import run
from types import ModuleType

import numpy as np
import pytest

from isdas.capture.file import open_capture
from isdas.decode.packets import decode
from isdas.model.errors import InputRefused
from isdas.model.tally import Tally

HERE = Path(__file__).parent
PROTOCOLS = {"tcp": 6, "udp": 17, "icmp": 1, "icmpv6": 58}

CATEGORIES = {
    "unknown-link-type": {"unknown-link-type"},  # switch tags, SLIP and so on: no frame of them is looked into
    "link-encapsulation": {"not-ip"},  # IP inside VN-Tag, E-Tag, MAC-in-MAC, FabricPath, MACsec, NSH, a pseudowire
    "odd-null-header": {"not-ip"},  # BSD loopback frames whose address family is none
    "damaged-ip-header": {"short-ip", "bad-ip-header"},  # tshark names a layer even where its header is cut or absurd
    "no-time": {"bad-time"},  # Simple Packet Blocks carry no time, and one file claims the year 586524
    "no-packet-record": set(),  # tshark lists custom and event blocks and ERF's metadata as frames; they are no packets
    "unknown-compression": set(),  # this tshark reads no bzip2
}
"""Every way in which a count may differ, and the refusals that account for the missing packets."""


def _rows(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


EXPECTED = _rows("expected.tsv")
DIFFERENCES = {row["file"]: row["categories"].split(",") for row in _rows("differences.tsv")}
FOLDERS = sorted({row["file"].split("/")[0] for row in EXPECTED})


def _count(path: Path) -> tuple[Counter[str], Tally]:
    """What isdas counts in a capture; nothing at all in one that it refuses."""
    counts: Counter[str] = Counter()
    tally = Tally()
    try:
        with open_capture(path) as capture:
            for frames in capture.frames():
                packets, decoded = decode(frames)
                tally.add(decoded)
                version, protocol = packets.numpy("ip_version"), packets.numpy("protocol")
                counts.update({"frames": len(frames), "ipv4": int((version == 4).sum())})
                counts["ipv6"] += int((version == 6).sum())
                counts.update({name: int((protocol == number).sum()) for name, number in PROTOCOLS.items()})
            tally.add(capture.tally)
    except InputRefused as refusal:
        tally.refuse(refusal.reason)
    return counts, tally


def _differences(expected: Counter[str], counts: Counter[str]) -> dict[str, tuple[int, int]]:
    return {
        name: (expected[name], counts[name])
        for name in ("frames", "ipv4", "ipv6", *PROTOCOLS)
        if expected[name] != counts[name]
    }


def _expected(row: dict[str, str]) -> Counter[str]:
    return Counter({name: int(value) for name, value in row.items() if name not in ("file", "sha256")})


@pytest.mark.parametrize("folder", FOLDERS)
def test_counts_equal_those_of_tshark(folder: str, shared: Path) -> None:
    """Packets per IP version and protocol equal tshark's in every capture that is not listed as different."""
    rows = [row for row in EXPECTED if row["file"].startswith(f"{folder}/") and row["file"] not in DIFFERENCES]
    wrong = {}
    for row in rows:
        path = shared / "corpus" / row["file"]
        assert sha256(path.read_bytes()).hexdigest().startswith(row["sha256"]), f"{path} is another file"
        if found := _differences(_expected(row), _count(path)[0]):
            wrong[row["file"]] = found
    assert not wrong


@pytest.mark.parametrize("category", sorted(CATEGORIES))
def test_differences_are_explained(category: str, shared: Path) -> None:
    """Where fewer packets are counted than tshark does, as many frames were refused for the reason listed."""
    for row in EXPECTED:
        listed = DIFFERENCES.get(row["file"], [])
        if category not in listed:
            continue
        expected = _expected(row)
        counts, tally = _count(shared / "corpus" / row["file"])
        found = _differences(expected, counts)
        assert found, f"{row['file']} is listed as different but is equal"
        if category == "unknown-compression":
            plain = next(other for other in EXPECTED if other["file"] == row["file"].removesuffix(".bz2"))
            assert not expected["frames"]
            assert not _differences(_expected(plain), counts)
            continue
        if category == "unknown-link-type" and not expected["frames"]:
            # A link type that this tshark does not know either: it refuses the whole file.
            assert found == {"frames": (0, tally.refused["unknown-link-type"])}
            continue
        assert all(ours < theirs for theirs, ours in found.values()), (row["file"], found)
        missing = sum(expected[name] - counts[name] for name in ("ipv4", "ipv6"))
        reasons = set().union(*(CATEGORIES[name] for name in listed))
        assert missing <= sum(tally.refused[reason] for reason in reasons), (row["file"], found, tally.refused)
        if category == "no-packet-record":
            assert expected["frames"] > counts["frames"]


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
    """A capture that capinfos cannot read to its end is refused, or its tally warns."""
    if not (capinfos := shutil.which("capinfos")):
        pytest.skip("capinfos is not installed")
    silent = []
    for row in EXPECTED:
        path = shared / "corpus" / row["file"]
        if run([capinfos, "-c", str(path)], capture_output=True, check=False).returncode:
            tally = _count(path)[1]
            if not tally.warnings and not tally.refused:
                silent.append(row["file"])
    assert not silent
