"""``isdas ingest``."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Isdas = Callable[..., Any]
LOG = "datetime,host,src,proto,type,spt,dpt\n2013-05-01 00:00:00,groucho-oregon,1032051418,TCP,,6000,1433\n"


def test_the_account_reconciles(isdas: Isdas, tmp_path: Path, captures: Path) -> None:
    """What was read is stored; the talk says so on standard error, and a second time adds nothing."""
    first = isdas("ingest", captures, "--data", tmp_path)
    assert (first.status, first.out) == (0, "")
    assert f"{len(list(captures.iterdir()))} files taken in, 0 already in, 0 refused" in first.err
    packets = int(first.err.partition("read ")[2].partition(" ")[0].replace(",", ""))
    assert f"read {packets:,} = stored {packets:,} + refused 0" in first.err
    again = isdas("ingest", captures, "--data", tmp_path)
    assert again.status == 0
    assert "0 files taken in" in again.err
    assert "read 0 = stored 0 + refused 0" in again.err


def test_the_summary_as_json(isdas: Isdas, tmp_path: Path) -> None:
    """With --json the account is data: read, stored, refused by reason, files; the status says what it means."""
    (tmp_path / "log.csv").write_text(LOG + "garbage\n")
    said = isdas("ingest", tmp_path / "log.csv", "--json", "--data", tmp_path / "data")
    assert said.status == 1
    told = json.loads(said.out)
    assert (told["read"], told["stored"], told["refused"]) == (2, 1, {"wrong-column-count": 1})
    drifted = told["files"].pop("drifted")
    assert [(each["format"], each["refused_share"]) for each in drifted] == [("csv:honeypots-2013", 0.5)]
    assert told["files"] == {"taken": 1, "known": 0, "refused": [], "passed_over": 0}
    assert told["interrupted"] is False
    assert Path(told["quarantine"]).is_dir()
    assert told["seconds"] > 0


def test_refused_files_are_data_too(isdas: Isdas, tmp_path: Path) -> None:
    """A file that could not be taken in stands in the JSON with its reason and message."""
    (tmp_path / "empty.pcap").touch()
    said = isdas("ingest", tmp_path / "empty.pcap", "--json", "--data", tmp_path / "data")
    assert said.status == 1
    (refused,) = json.loads(said.out)["files"]["refused"]
    assert refused.keys() == {"file", "reason", "message"}
    assert refused["reason"] == "empty-file"


def test_refused_records_are_told_and_kept(isdas: Isdas, tmp_path: Path) -> None:
    """The talk has each reason with its count, and the folder where the records are kept."""
    (tmp_path / "log.csv").write_text(LOG + "garbage\n\nmore garbage\n")
    said = isdas("ingest", tmp_path / "log.csv", "--data", tmp_path / "data")
    assert "read 4 = stored 1 + refused 3" in said.err
    assert "refused 2 wrong-column-count" in said.err
    assert "refused 1 blank-line" in said.err
    assert f"kept in {tmp_path / 'data' / 'quarantine'}" in said.err
    (kept,) = (tmp_path / "data" / "quarantine").iterdir()
    assert kept.read_text().splitlines()[2:] == [
        "3\twrong-column-count\tgarbage",
        "4\tblank-line\t",
        "5\twrong-column-count\tmore garbage",
    ]


def test_only_monitored_addresses(isdas: Isdas, tmp_path: Path, captures: Path) -> None:
    """Packets to other addresses than those named are refused, and the status says so."""
    capture = max(captures.iterdir(), key=lambda path: path.stat().st_size)
    said = isdas("ingest", capture, "--addresses", "255.255.255.255,2001:db8::/48", "--json", "--data", tmp_path)
    told = json.loads(said.out)
    assert said.status == 1
    assert told["stored"] == 0
    assert told["refused"] == {"not-to-monitored-address": told["read"]}


def test_the_sensor_can_be_named(isdas: Isdas, tmp_path: Path, captures: Path) -> None:
    """With --sensor every packet is of that sensor."""
    isdas("ingest", max(captures.iterdir()), "--sensor", "mine", "--data", tmp_path)
    told = json.loads(isdas("series", "--by", "sensor", "--json", "--data", tmp_path).out)
    assert [s["key"] for s in told["series"]] == ["mine"]


def test_nothing_to_take_in_is_wanting(isdas: Isdas, tmp_path: Path) -> None:
    """A folder without captures is status 1, says how much was passed over and what to do."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "readme.txt").write_text("words")
    said = isdas("ingest", tmp_path / "in", "--data", tmp_path / "data")
    assert said.status == 1
    assert "1 file passed over" in said.err
    assert "nothing to take in" in said.err


@pytest.mark.parametrize("name", ["[bold]x[red].pcap", "[.pcap", "a\x1b[31mb.pcap"])
def test_names_are_told_as_they_are(isdas: Isdas, tmp_path: Path, name: str) -> None:
    """Brackets in a file's name are no markup, and control characters do not reach the terminal."""
    (tmp_path / name).touch()
    said = isdas("ingest", tmp_path / name, "--data", tmp_path / "data")
    assert said.status == 1
    assert name.replace("\x1b", "\\x1b") in said.err
    assert "\x1b" not in said.err
