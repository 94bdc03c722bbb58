"""What a file is."""

import os
from pathlib import Path

import pytest
from blake3 import blake3
from hypothesis import given
from hypothesis import strategies as st

from isdas.hub.identity import Identities, as_text, identity, sensor_name
from isdas.model.errors import InputRefused


def test_identity_is_of_the_content(tmp_path: Path) -> None:
    """A copy under another name is the same file; one more byte makes another."""
    (tmp_path / "a").write_bytes(b"bytes")
    (tmp_path / "b").write_bytes(b"bytes")
    (tmp_path / "c").write_bytes(b"bytes!")
    assert identity(tmp_path / "a") == identity(tmp_path / "b") != identity(tmp_path / "c")


def test_files_are_known_in_any_order_and_though_they_were_not_expected(tmp_path: Path) -> None:
    """What was expected first, anew and not at all is told alike; what cannot be read is refused when asked for."""
    paths = [tmp_path / name for name in "abcd"]
    for path in paths:
        path.write_text(path.name)
    identities = Identities([paths[2]])
    identities.expect([paths[0], tmp_path / "gone", paths[1]])
    order = [paths[i] for i in (2, 0, 1, 3, 2)]
    assert [identities.of(path) for path in order] == [identity(path) for path in order]
    with pytest.raises(InputRefused, match="no such file"):
        identities.of(tmp_path / "gone")


def test_a_file_of_many_pieces_is_its_hash(tmp_path: Path) -> None:
    """A file that is longer than what is hashed at a time has the BLAKE3 hash of all its bytes."""
    data = bytes(range(256)) * (9 << 12)
    (tmp_path / "long").write_bytes(data)
    assert identity(tmp_path / "long") == f"blake3:{blake3(data).hexdigest()}"


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    """What cannot be opened is refused as unreadable, with the reason in words."""
    with pytest.raises(InputRefused, match="no such file or directory") as caught:
        identity(tmp_path / "gone")
    assert caught.value.reason == "unreadable"


def test_a_pipe_is_refused_unopened(tmp_path: Path) -> None:
    """A named pipe without a writer is refused instead of waited for."""
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputRefused, match="no file") as caught:
        identity(tmp_path / "pipe")
    assert caught.value.reason == "not-a-file"


@pytest.mark.parametrize(
    ("name", "sensor"),
    [
        ("tokyo-1.pcap", "tokyo-1"),
        ("tokyo-1-20081030.pcap", "tokyo-1"),
        ("tokyo-1_20081030T2200.pcap.gz", "tokyo-1"),
        ("tokyo-1.20081030-220000Z.PCAPNG", "tokyo-1"),
        ("sensor.2.pcap", "sensor.2"),
        ("20081030.pcap", "20081030"),
        (".pcap", ".pcap"),
        ("log", "log"),
        ("nfcapd.202601010000", "nfcapd"),
        ("nfcapd.20260101000000.gz", "nfcapd"),
        ("ucsd-nt.1615320000.flowtuple.cors.gz", "ucsd-nt"),
        ("merit_20210411.flowtuple.avro", "merit"),
        ("conn.log.labeled", "conn"),
        ("conn.2026-01-01-13-00-00.log.gz", "conn"),
        ("conn.13:00:00-14:00:00.log.gz", "conn"),
        ("eve-2026-01-01-13:00.json", "eve"),
        ("eve.json.12.gz", "eve"),
        ("cowrie.json.2026-01-01", "cowrie"),
        ("kern.log.1", "kern"),
        ("messages-20260101.xz", "messages"),
        ("tokyo.pcap12", "tokyo"),
        ("osaka.tar.gz", "osaka"),
        ("osaka.tgz", "osaka"),
        ("osaka.tbz", "osaka"),
        ("osaka.TXZ", "osaka"),
        ("pot-3.jsonl.zst", "pot-3"),
        ("pot-3.ndjson", "pot-3"),
        ("flows.tsv", "flows"),
        ("flows.parquet", "flows"),
        ("1615320000.json", "1615320000"),
        ("sensor-10.json", "sensor-10"),
        ("192.0.2.17.csv", "192.0.2.17"),
        ("json.tar", "json"),
        (".json.gz", ".json.gz"),
    ],
)
def test_a_name_stands_for_its_sensor(name: str, sensor: str) -> None:
    """A file's sensor is its name without suffixes and without the dates and numbers that rotation added."""
    assert sensor_name(Path(name)) == sensor


_TEXT_NAMES = st.text(st.characters(codec="utf-8", exclude_characters="/\0"), min_size=1).map(str.encode)
_BYTE_NAMES = st.lists(st.integers(1, 255).filter(lambda byte: byte != ord("/")), min_size=1).map(bytes)


@given(st.one_of(_TEXT_NAMES, _BYTE_NAMES).filter(lambda name: name not in (b".", b"..")).map(os.fsdecode))
def test_every_name_stands_for_some_sensor(name: str) -> None:
    """No name, of whatever bytes, is left empty, and the name that is left stands for itself."""
    sensor = sensor_name(Path(name))
    assert sensor
    assert as_text(name).startswith(sensor)
    assert sensor_name(Path(sensor)) == sensor
