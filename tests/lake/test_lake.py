"""Tests of isdas.lake.lake."""

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from deltalake import DeltaTable

from isdas.lake.fold import PUBLISHED
from isdas.lake.lake import Lake
from isdas.lake.query import series
from isdas.lake.tables import NAMES
from isdas.lake.verify import verify
from isdas.model.errors import LakeError
from isdas.model.packets import Packets
from isdas.model.time import now

Make = Callable[..., Packets]
Do = Callable[..., Any]
CHILD = Path(__file__).parent / "child.py"


def test_a_new_directory_is_a_lake(tmp_path: Path) -> None:
    """A directory that is not there becomes a lake with five empty tables, and stays one when opened again."""
    for _ in range(2):
        lake = Lake(tmp_path / "deep" / "data")
        assert set(lake.versions()) == set(NAMES)
        assert all(lake.files(name) == [] for name in NAMES)
        assert lake.admitted() == []
        assert lake.fold() == 0


def test_a_directory_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    """A file in the place of the directory is an error that names it."""
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(LakeError, match=r"cannot open the data directory .*file"):
        Lake(tmp_path / "file")


def test_processes_open_a_new_directory_together(tmp_path: Path) -> None:
    """Three processes that make the same lake at the same time all succeed."""
    running = [
        subprocess.Popen([sys.executable, CHILD, "create", tmp_path / "data"], stderr=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    told = [process.communicate()[1] for process in running]
    assert ([process.returncode for process in running], told) == ([0] * 3, [""] * 3)


def test_a_reader_sees_whole_states(tmp_path: Path, packets_of: Make, take: Do, period_of: Do) -> None:
    """While another process takes in and folds, every look finds counts and coverage of the same intakes."""
    take(Lake(tmp_path), ("0", packets_of(np.linspace(0.1, 0.9, 10), source=np.arange(10))))
    reader, period = Lake(tmp_path), period_of("2024-03-18", "2024-03-18")
    writer = subprocess.Popen([sys.executable, CHILD, "stream", tmp_path])
    states = set()
    running = True
    while running:
        running = writer.poll() is None
        reader.refresh()
        packets = series(reader, period, measure="packets", bin_hours=1)
        received = reader.ask("SELECT sum(received) AS n FROM coverage", "coverage")["n"][0].as_py()
        assert packets.values[0, 0] == received
        assert packets.n_sensors == (1 if received <= 20 else 2)
        states.add(received)
    assert writer.returncode == 0
    assert max(states) == 70
    assert states <= set(range(10, 80, 10))


def test_a_reader_keeps_its_state_until_it_looks_again(lake: Lake, packets_of: Make, take: Do, everything: Do) -> None:
    """What was opened stays the same whatever is written and compacted meanwhile; a refresh brings the news."""
    take(lake, ("1", packets_of([0.1])))
    reader = Lake(lake.path)
    before, versions = everything(reader), reader.versions()
    take(lake, ("2", packets_of([0.2])))
    lake.compact()
    assert (everything(reader), reader.versions()) == (before, versions)
    reader.refresh()
    assert everything(reader) == everything(lake) != before


def test_half_a_fold_is_not_shown(lake: Lake, packets_of: Make, take: Do, rows_of: Do) -> None:
    """Tables that were committed after the last whole fold are not shown until coverage names them."""
    take(lake, ("1", packets_of([0.1])))
    shown = rows_of(lake, "counts")
    counts = lake.table("counts")
    counts.commit([], removes=counts.files())
    lake.refresh()
    assert lake.table("counts").files() == []
    assert rows_of(lake, "counts") == shown
    assert lake.versions()["counts"] == counts.version - 1
    lake.table("coverage").commit([], transactions={f"{PUBLISHED}counts": counts.version})
    lake.refresh()
    assert rows_of(lake, "counts") == []


def test_compacting_changes_no_row(
    lake: Lake, packets_of: Make, random_packets: Make, take: Do, everything: Do
) -> None:
    """After compaction there is one file a day or month, the same rows, and nothing to fold."""
    for seed in range(4):
        take(lake, (str(seed), random_packets(seed, 50)))
    before = everything(lake)
    removed = lake.compact()
    assert removed["packets"] == 12
    assert [len(lake.files(name)) for name in NAMES] == [3, 3, 1, 1, 1]
    assert everything(lake) == before
    assert lake.fold() == 0
    assert everything(Lake(lake.path)) == before
    take(lake, ("late", packets_of([0.5])))
    assert verify(lake) == []


def test_compacting_folds_first(lake: Lake, random_packets: Make, admit: Do) -> None:
    """A lake whose packets were not folded yet is folded before it is compacted."""
    admit(lake, "1", random_packets(1))
    lake.compact()
    assert verify(lake) == []


def test_asking_reads_the_files_of_the_period(lake: Lake, packets_of: Make, take: Do, period_of: Do) -> None:
    """A question about a day does not touch the files of other days."""
    take(lake, ("1", packets_of([0.5, 24.5, 48.5])))
    [first, *_] = sorted(lake.files("sightings"), key=lambda f: f.low)
    (lake.table("sightings").path / first.path).unlink()
    rows = lake.ask("SELECT 1 AS n FROM sightings", "sightings", period_of("2024-03-20", "2024-03-20"))
    assert rows.num_rows == 1


def test_how_far_a_table_reaches(lake: Lake, packets_of: Make, take: Do) -> None:
    """Sightings reach back as far as counts until some are dropped; then only to what is left."""

    def reaches(day: int) -> bool:
        return lake.reaches("sightings", datetime(2024, 3, day, tzinfo=UTC))

    assert reaches(1)
    take(lake, ("1", packets_of([0.5, 24.5, 48.5])))
    assert (reaches(1), reaches(20)) == (True, True)
    sightings = lake.table("sightings")
    sightings.commit([], removes=[min(sightings.files(), key=lambda f: f.low)])
    lake.table("coverage").commit([], transactions={f"{PUBLISHED}sightings": sightings.version})
    lake.refresh()
    assert (reaches(1), reaches(18), reaches(20)) == (False, False, True)


def test_a_crowd_of_small_files_is_merged(
    lake: Lake, packets_of: Make, take: Do, admit: Do, everything: Do, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Days with many small files get few, days with few keep theirs; no row changes, nothing is folded anew."""
    monkeypatch.setattr("isdas.lake.lake._CROWD", 5)
    for n in range(4):
        admit(lake, f"a{n}", packets_of([30.5 + n / 10], source=n))
    assert lake.tidy() == 0
    for n in range(6):
        admit(lake, f"b{n}", packets_of([0.5 + n / 10], source=n))
    lake.fold()
    before = everything(lake)
    assert lake.tidy() == 6
    assert len(lake.files("packets")) == 5
    assert everything(lake) == before
    assert lake.fold() == 0
    assert verify(lake) == []


def test_packets_forget_sooner_what_was_removed(lake: Lake, packets_of: Make, take: Do) -> None:
    """A file of packets that no commit names goes after two days, one of another table after a week."""
    take(lake, ("1", packets_of([0.1])))
    three_days_ago = now().timestamp() - 3 * 86_400
    orphans = []
    for name in ("packets", "counts"):
        (file,) = lake.table(name).files()
        orphan = lake.table(name).path / Path(file.path).with_name("orphan.parquet")
        orphan.write_bytes(b"x")
        os.utime(orphan, (three_days_ago, three_days_ago))
        orphans.append(orphan)
    lake.compact()
    assert [orphan.exists() for orphan in orphans] == [False, True]


def test_the_log_of_packets_does_not_grow_for_ever(lake: Lake) -> None:
    """A hub commits so often that entries of the log older than two days are let go at each checkpoint."""
    logs = {name: DeltaTable(str(lake.table(name).path)).metadata().configuration for name in NAMES}
    assert logs["packets"]["delta.logRetentionDuration"] == "interval 2 days"
    assert all(not log for name, log in logs.items() if name != "packets")
