"""Taking files in as a person asks for it."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from isdas.enrich.config import Config
from isdas.hub.intake import ingest
from isdas.lake.lake import Lake
from isdas.lake.verify import verify
from isdas.model.errors import ConfigError, IsdasError

PROFILE = """
name = "plain"
kind = "json"
[time]
column = "when"
[source]
column = "from"
[protocol]
column = "how"
[columns]
port = "port"
"""


def test_folders_and_files_are_taken_in(tmp_path: Path, captures: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """All captures of a folder are taken in, what is none is counted as passed over, and no terminal, no bar."""
    (tmp_path / "in").mkdir()
    for path in sorted(captures.iterdir())[:2]:
        (tmp_path / "in" / path.name).write_bytes(path.read_bytes())
    (tmp_path / "in" / "notes.txt").write_text("words")
    summary = ingest([tmp_path / "in"], Lake(tmp_path / "data"), Config())
    assert (summary.taken, summary.passed_over) == (2, 1)
    assert summary.seconds > 0
    assert capfd.readouterr() == ("", "")


def test_the_sensor_is_given_to_all(tmp_path: Path, captures: Path) -> None:
    """With a sensor's name, every file is of that sensor."""
    lake = Lake(tmp_path)
    ingest(sorted(captures.iterdir())[:2], lake, Config(), sensor="mine")
    found = lake.ask("SELECT DISTINCT sensor FROM counts", "counts")
    assert found.column("sensor").to_pylist() == ["mine"]


def test_a_folder_of_tables_is_taken_in_by_its_profile(tmp_path: Path) -> None:
    """With a profile asked for, every file of a folder is read by it, whatever it is called."""
    (tmp_path / "in" / "deep").mkdir(parents=True)
    (tmp_path / "plain.toml").write_text(PROFILE)
    for i, name in enumerate(("tokyo.jsonl", "deep/osaka.jsonl", ".hidden")):
        line = f'{{"when": "2013-05-01T00:00:0{i}", "from": "192.0.2.{i}", "how": "tcp", "port": 23}}\n'
        (tmp_path / "in" / name).write_text(line)
    lake = Lake(tmp_path / "data")
    summary = ingest([tmp_path / "in"], lake, Config(), format=str(tmp_path / "plain.toml"))
    assert (summary.taken, summary.passed_over, summary.records.stored) == (2, 1, 2)
    sensors = lake.ask("SELECT DISTINCT sensor FROM counts ORDER BY sensor", "counts").column("sensor")
    assert sensors.to_pylist() == ["osaka", "tokyo"]


@pytest.mark.parametrize("given", ["pcapngg", "gone.toml"])
def test_an_unknown_format_stops_it_before_anything(tmp_path: Path, captures: Path, given: str) -> None:
    """A format that there is not is an error that names all formats, even if every file is in already."""
    lake = Lake(tmp_path)
    with pytest.raises(ConfigError, match=r"honeypots-2013.*formats are pcap, pcapng, erf"):
        ingest([min(captures.iterdir())], lake, Config(), format=given)
    assert not lake.admitted()


def test_a_missing_path_stops_it_before_anything(tmp_path: Path, captures: Path) -> None:
    """If one path does not exist, none is taken in: it was a slip, to be mended first."""
    lake = Lake(tmp_path / "data")
    with pytest.raises(IsdasError, match="gone"):
        ingest([captures, tmp_path / "gone"], lake, Config())
    assert not lake.admitted()


class Pressing(list[Path]):
    """Paths, with a key press as soon as somebody looks at them."""

    def __iter__(self) -> Iterator[Path]:
        signal.raise_signal(signal.SIGINT)
        return super().__iter__()


def test_ctrl_c_ends_it_between_packets(tmp_path: Path, captures: Path) -> None:
    """After Ctrl-C nothing half read is in, the tables reconcile, and the next run takes everything in."""
    lake = Lake(tmp_path)
    before = signal.getsignal(signal.SIGINT)
    summary = ingest(Pressing([captures]), lake, Config())
    assert (summary.interrupted, summary.taken) == (True, 0)
    assert signal.getsignal(signal.SIGINT) is before
    assert verify(lake) == []
    assert ingest([captures], lake, Config()).taken == len(list(captures.iterdir()))
