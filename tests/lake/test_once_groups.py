"""
Invariant 1 for segments: what is sent twice, in any order and after any crash, is in once.
"""

import importlib.util
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from isdas.lake.delta import Table
from isdas.lake.lake import Lake
from isdas.lake.ledger import GROUP, Ledger
from isdas.lake.verify import verify
from isdas.model.errors import LakeError
from isdas.model.packets import Packets

Make = Callable[..., Packets]
Do = Callable[..., Any]
CHILD = Path(__file__).parent / "group_child.py"

STEPS = (
    "settle:1",
    "write:1",
    "ledger:1",
    "commit:1",
    "keep:1",
    "write:2",
    "commit:2",
    "commit:3",
    "commit:4",
    "commit:5",
)
POINTS = [f"{step}:{side}" for step in STEPS for side in ("before", "after")]


@pytest.fixture(scope="module")
def send() -> Do:
    """The function that admits segments of a run which are not in yet, and folds."""
    spec = importlib.util.spec_from_file_location("group_child", CHILD)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.path.insert(0, str(CHILD.parent))
    try:
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(CHILD.parent))
    return module.send  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, send: Do, everything: Do) -> Any:
    """All rows after a hundred segments in two groups without any trouble."""
    lake = Lake(tmp_path_factory.mktemp("undisturbed"))
    send(lake, 0, 50)
    send(lake, 50, 100)
    return everything(lake)


@pytest.mark.parametrize("point", POINTS)
def test_a_killed_group_is_made_good_by_the_next(
    tmp_path: Path, point: str, undisturbed: Any, send: Do, everything: Do
) -> None:
    """Killed on either side of any step, sending again gives the tables of an undisturbed run, and all reconciles."""
    send(Lake(tmp_path), 0, 50)
    done = subprocess.run(
        [sys.executable, str(CHILD), str(tmp_path), point], capture_output=True, text=True, check=False
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    lake = Lake(tmp_path)
    assert sum(f.rows for f in lake.files("packets")) in {150, 300}
    send(lake, 0, 100)
    again = Lake(tmp_path)
    assert everything(again) == undisturbed
    assert verify(again) == []
    assert len(again.ledger.known((1, "0123456789abcdef", n) for n in range(200))) == 100


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(
    ("owner", "method"), [(Table, "write"), (Ledger, "intend"), (Table, "commit"), (Table, "_keep")], ids=str
)
def test_a_failed_group_is_not_in_or_known(
    lake: Lake, monkeypatch: pytest.MonkeyPatch, owner: type, method: str, when: str, send: Do, everything: Do
) -> None:
    """An error at any step, with the process living on, leaves a group out or in, never half, and never twice."""
    send(lake, 0, 50)
    original = getattr(owner, method)

    def broken(*arguments: Any, **named: Any) -> Any:
        monkeypatch.setattr(owner, method, original)
        if when == "after":
            original(*arguments, **named)
        raise LakeError("the disk is full")

    monkeypatch.setattr(owner, method, broken)
    with pytest.raises(LakeError, match="the disk is full"):
        send(lake, 50, 100)
    lake.refresh()
    assert sum(f.rows for f in lake.files("packets")) in {150, 300}
    for _ in range(2):
        send(lake, 0, 100)
    assert sum(f.rows for f in lake.files("packets")) == 300
    assert verify(lake) == []


def test_a_group_is_one_commit(lake: Lake, send: Do) -> None:
    """Fifty segments are one version of the table, with one number and no identity of their own in it."""
    before = lake.table("packets").version
    send(lake, 0, 50)
    assert lake.table("packets").version == before + 1
    assert lake.table("packets").transaction(GROUP) == lake.last_group() == 1
    newest = sorted((lake.table("packets").path / "_delta_log").glob("*.json"))[-1]
    assert newest.read_text().count('"txn"') == 1


def test_a_group_is_on_the_disk_before_it_is_acknowledged(
    lake: Lake, send: Do, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files, their names, the commit and the ledger are synced; the commit last of those that it needs."""
    synced: list[Path] = []
    original = os.fsync

    def fsync(descriptor: int) -> None:
        synced.append(Path(os.readlink(f"/proc/self/fd/{descriptor}")))
        original(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    with lake.admission() as admission:
        admission.finish_segments([])
    send(lake, 0, 1)
    table = lake.table("packets")
    root = table.path.resolve()
    log = root / "_delta_log"
    relative = [path for path in synced if path.is_relative_to(root)]
    data = [path for path in relative if path.suffix == ".parquet"]
    commit = log / f"{table.version:020d}.json"
    assert len(data) == 1
    assert relative.index(data[0]) < relative.index(commit)
    assert {log, root, data[0].parent} <= set(relative)


def test_nothing_finished_is_nothing_committed(lake: Lake) -> None:
    """A stay without any segment makes no commit."""
    before = lake.table("packets").version
    with lake.admission() as admission:
        admission.finish_segments([])
    assert lake.table("packets").version == before


def test_counts_must_agree(lake: Lake, packets_of: Make) -> None:
    """Segments that say they have another number of packets than were added do not get in."""
    with lake.admission() as admission:
        admission.add(packets_of([0.5]))
        with pytest.raises(ValueError, match="1 packets added but 0 counted"):
            admission.finish_segments([])
    assert lake.files("packets") == []
