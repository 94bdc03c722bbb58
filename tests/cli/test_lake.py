"""``isdas lake``."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from isdas.enrich.config import Config
from isdas.enrich.region import open_lookups
from isdas.hub.source import Source
from isdas.lake.lake import Lake
from isdas.lake.ledger import Entry
from isdas.lake.tables import NAMES

Isdas = Callable[..., Any]
AT_US = 1_223_348_400_000_000


@pytest.fixture
def own(tmp_path: Path, filled: Path) -> Path:
    """A filled data directory to be changed."""
    shutil.copytree(filled, tmp_path / "data")
    return tmp_path / "data"


def test_status_tells_of_every_table(isdas: Isdas, filled: Path) -> None:
    """A line for each table, and the same as data."""
    told = json.loads(isdas("lake", "status", "--json", "--data", filled).out)
    assert [t["table"] for t in told] == list(NAMES)
    lines = isdas("lake", "status", "--data", filled).out.splitlines()
    assert [line.split()[0] for line in lines] == ["table", *NAMES]


def test_verify_finds_nothing_in_order(isdas: Isdas, filled: Path, captures: Path) -> None:
    """Where all is well there is no difference, and the number of intakes is told."""
    said = isdas("lake", "verify", "--data", filled)
    assert (said.status, said.out) == (0, "")
    n_files = len(list(captures.iterdir()))
    told = json.loads(isdas("lake", "verify", "--json", "--data", filled).out)
    assert told["differences"] == []
    assert 0 < told["intakes"] <= n_files
    assert f"{told['intakes']} intakes checked, 0 differences" in said.err


def test_verify_finds_what_is_missing(isdas: Isdas, own: Path) -> None:
    """A table file that lost rows is a difference, told as a table and as data, and the status is 1."""
    file = max((own / "lake" / "counts").rglob("*.parquet"), key=lambda path: path.stat().st_size)
    rows = pq.read_table(file, partitioning=None)
    pq.write_table(rows.slice(1), file)
    said = isdas("lake", "verify", "--data", own)
    assert said.status == 1
    assert "sightings = counts" in said.out
    differences = json.loads(isdas("lake", "verify", "--json", "--data", own).out)["differences"]
    assert {d["what"] for d in differences} >= {"sightings = counts"}


def test_verify_finishes_what_was_cut_off(isdas: Isdas, own: Path, tmp_path: Path, captures: Path) -> None:
    """Packets that were committed but never folded, as after a crash in between, are folded and are no difference."""
    from isdas.enrich.label import label
    from isdas.hub.identity import identity
    from isdas.lake.records import Intake

    path = tmp_path / "more.pcap"
    path.write_bytes(max(captures.iterdir(), key=lambda p: p.stat().st_size).read_bytes() + b"tail")
    source, name = Source(path), identity(path)
    lookups = open_lookups(Config())
    with Lake(own).admission() as admission:
        for batch in (piece() for piece in source.pieces(lambda _: None)):
            source.tally.add(batch.tally)
            admission.add(label(batch.packets.with_columns({"intake": name}), lookups))
        tally = source.tally
        admission.finish(Intake(name, str(path), "pcap", tally.read, tally.stored))
    said = isdas("lake", "verify", "--data", own)
    assert said.status == 0, said.out + said.err
    assert "hours folded that an ingest had left" in said.err
    assert "0 differences" in said.err
    assert "hours folded" not in isdas("lake", "verify", "--data", own).err


def test_rebuild_gives_the_same(isdas: Isdas, own: Path) -> None:
    """Folding everything anew changes no series."""
    question = ("series", "--by", "region", "--bin", "hour", "--json", "--data", own)
    before = json.loads(isdas(*question).out)
    said = isdas("lake", "rebuild", "--data", own)
    assert said.status == 0
    assert "hours folded anew" in said.err
    after = json.loads(isdas(*question).out)
    assert (after["series"], after["coverage"]) == (before["series"], before["coverage"])


def test_compact_changes_no_answer(isdas: Isdas, own: Path) -> None:
    """Merging files leaves every answer as it was, and the tables reconciled."""
    question = ("top", "ports", "--json", "--data", own)
    before = isdas(*question).out
    said = isdas("lake", "compact", "--data", own)
    assert said.status == 0
    assert [line.partition(":")[0] for line in said.err.splitlines()] == list(NAMES)
    assert isdas(*question).out == before
    assert isdas("lake", "verify", "--data", own).status == 0


def test_a_second_writer_is_turned_away(isdas: Isdas, own: Path, captures: Path) -> None:
    """While one process writes, another that wants to is told which process it is, in one line; readers read on."""
    (own / "isdas.toml").write_text("[lake]\npatience_s = 0\n")
    with Lake(own).admission():
        said = isdas("ingest", captures, "--data", own)
        assert (said.status, said.out) == (2, "")
        assert "is writing to" in said.err
        assert isdas("top", "ports", "--data", own).status == 0


def test_expire_removes_what_is_too_old(isdas: Isdas, own: Path) -> None:
    """A dry run tells what goes and removes nothing; then it goes; then there is nothing left to go."""
    (own / "isdas.toml").write_text("[lake]\npackets_days = 1\n")
    dry = json.loads(isdas("lake", "expire", "--dry-run", "--json", "--data", own).out)
    assert [t["table"] for t in dry] == ["packets", "sightings"]
    assert dry[0]["rows"] > 0
    assert dry[1]["rows"] == 0
    said = isdas("lake", "expire", "--dry-run", "--data", own)
    assert f"{dry[0]['rows']:,}" in said.out
    assert "nothing was removed" in said.err
    assert json.loads(isdas("lake", "expire", "--json", "--data", own).out) == dry
    assert json.loads(isdas("lake", "expire", "--json", "--data", own).out)[0]["files"] == 0
    assert isdas("lake", "verify", "--data", own).status == 0


def test_verify_tells_of_segments_that_are_not_in(isdas: Isdas, own: Path) -> None:
    """Segments that a full spool evicted, as the sensor said, are told and are no difference; missing ones are one."""
    lake = Lake(own)
    first = Entry(
        1, "tokyo-1", "0" * 16, 3, b"d" * 32, b"c" * 32, AT_US, AT_US + 60_000_000, AT_US, lost=[[0, 1, 2, 9, 0, 0]]
    )
    with lake.admission() as admission:
        admission.finish_segments([first])
    said = isdas("lake", "verify", "--data", own)
    assert said.status == 1
    assert "2 segments are not in: lost" in said.err
    assert "sequence 2" in said.out
    told = json.loads(isdas("lake", "verify", "--json", "--data", own).out)
    assert [(hole["first"], hole["last"], hole["why"]) for hole in told["holes"]] == [(0, 1, "lost"), (2, 2, "missing")]
    assert [d["what"] for d in told["differences"]] == ["sent = admitted"]
