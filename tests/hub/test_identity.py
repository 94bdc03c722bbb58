"""What a file is."""

import os
from pathlib import Path

import pytest

from isdas.hub.identity import identity, sensor_name
from isdas.model.errors import InputRefused


def test_identity_is_of_the_content(tmp_path: Path) -> None:
    """A copy under another name is the same file; one more byte makes another."""
    (tmp_path / "a").write_bytes(b"bytes")
    (tmp_path / "b").write_bytes(b"bytes")
    (tmp_path / "c").write_bytes(b"bytes!")
    assert identity(tmp_path / "a") == identity(tmp_path / "b") != identity(tmp_path / "c")


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
    ],
)
def test_a_name_stands_for_its_sensor(name: str, sensor: str) -> None:
    """A capture's sensor is its name without suffixes and without the date that rotation added."""
    assert sensor_name(Path(name)) == sensor
