"""Tests of isdas.lake.admission."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from isdas.lake.admission import WriterLock, admitted
from isdas.lake.config import Config
from isdas.lake.lake import Lake
from isdas.lake.records import Intake
from isdas.model.errors import LakeError
from isdas.model.packets import Packets

Make = Callable[..., Packets]
Do = Callable[..., Any]
CHILD = Path(__file__).parent / "child.py"


def bring(lake: Lake, packets: Packets, *, stored: int) -> None:
    """Take packets in as intake a, with a count of our choosing."""
    with lake.admission() as admission:
        admission.add(packets)
        admission.finish(intake("a", stored))


def intake(identity: str, stored: int) -> Intake:
    """An intake that stored everything that it read."""
    return Intake(identity, f"{identity}.pcap", "pcap", stored, stored)


def on_disk(lake: Lake) -> int:
    """How many files of packets there are, named by a commit or not."""
    return len(list(lake.table("packets").path.rglob("*.parquet")))


def test_packets_are_visible_when_the_block_ends(lake: Lake, packets_of: Make, rows_of: Do) -> None:
    """Nothing is seen before the commit, everything after it; meanwhile the identity is known."""
    with lake.admission() as admission:
        admission.add(packets_of([0.1, 0.2]))
        admission.add(packets_of([0.3]))
        assert not admission.known("a")
        admission.finish(intake("a", 3))
        assert admission.known("a")
        lake.refresh()
        assert rows_of(lake, "packets") == []
    lake.refresh()
    assert len(rows_of(lake, "packets")) == 3
    assert [i.identity for i in lake.admitted()] == ["a"]


def test_a_count_that_is_wrong_is_refused(lake: Lake, packets_of: Make, rows_of: Do) -> None:
    """An intake that says it stored another number of packets than were added does not get in."""
    with pytest.raises(ValueError, match="2 packets added but 3 counted"):
        bring(lake, packets_of([0.1, 0.2]), stored=3)
    lake.refresh()
    assert rows_of(lake, "packets") == []


def test_an_intake_that_is_in_is_refused(lake: Lake, packets_of: Make, admit: Do, rows_of: Do) -> None:
    """Somebody who does not ask whether an intake is known cannot double it."""
    admit(lake, "a", packets_of([0.1]))
    with pytest.raises(ValueError, match="in already"):
        bring(lake, packets_of([0.1]), stored=1)
    lake.refresh()
    assert len(rows_of(lake, "packets")) == 1


def test_abandoned_packets_are_forgotten(tmp_path: Path, packets_of: Make, rows_of: Do) -> None:
    """A file that turns out unreadable half way leaves nothing; those before and after it are in."""
    lake = Lake(tmp_path, Config(staged_rows=4))
    with lake.admission() as admission:
        admission.add(packets_of([0.1]))
        admission.finish(intake("a", 1))
        for _ in range(3):
            admission.add(packets_of([0.1, 0.2], intake="b"))
        admission.abandon()
        admission.add(packets_of([0.3]))
        admission.finish(intake("c", 1))
    lake.refresh()
    assert len(rows_of(lake, "packets")) == 2
    assert [i.identity for i in lake.admitted()] == ["a", "c"]
    assert on_disk(lake) == 1


def test_an_error_keeps_what_was_finished(lake: Lake, packets_of: Make, rows_of: Do) -> None:
    """When the block is left by an error, finished intakes are committed and the open one is not."""

    def break_off() -> None:
        with lake.admission() as admission:
            admission.add(packets_of([0.1]))
            admission.finish(intake("a", 1))
            admission.add(packets_of([0.2]))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        break_off()
    lake.refresh()
    assert len(rows_of(lake, "packets")) == 1
    assert on_disk(lake) == 1


@pytest.mark.parametrize("limit", [1, 3, 5, 100])
def test_many_rows_go_in_by_stages(tmp_path: Path, packets_of: Make, rows_of: Do, limit: int) -> None:
    """However many rows are held in memory, the packets and the record are the same, with no file left over."""
    lake = Lake(tmp_path, Config(staged_rows=limit))
    with lake.admission() as admission:
        for name, batches in (("a", [2, 2]), ("b", [1]), ("empty", []), ("c", [4, 0, 1])):
            for size in batches:
                admission.add(packets_of([0.1] * size, intake=name))
            admission.finish(intake(name, sum(batches)))
    lake.refresh()
    assert len(rows_of(lake, "packets")) == 10
    assert [i.identity for i in lake.admitted()] == ["a", "b", "c", "empty"]
    assert on_disk(lake) == len(lake.files("packets"))


def test_an_intake_counts_only_with_its_commit(lake: Lake, packets_of: Make, admit: Do) -> None:
    """A record that was written by a run that died before the commit is no intake, and is overwritten later."""
    lake.records.intend([Intake("a", "old-name", "pcap", 5, 5)])
    assert lake.admitted() == []
    assert admitted(lake.table("packets"), lake.records.intakes()) == []
    admit(lake, "a", packets_of([0.1]))
    lake.refresh()
    assert [(i.name, i.stored) for i in lake.admitted()] == [("a.pcap", 1)]


def test_a_full_disk_ends_the_block(lake: Lake, packets_of: Make, monkeypatch: pytest.MonkeyPatch, rows_of: Do) -> None:
    """If the files cannot be written nothing is committed, the error says so, and the lock is free again."""
    from isdas.lake import parquet

    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(parquet, "write", full)
    with pytest.raises(LakeError, match=r"cannot write to .*packets: No space left"):
        bring(lake, packets_of([0.1]), stored=1)
    monkeypatch.undo()
    with lake.admission() as admission:
        assert not admission.known("a")
    assert rows_of(lake, "packets") == []


def test_a_second_writer_is_told_who_writes(tmp_path: Path) -> None:
    """The lock of a living process turns others away by its number, and dies with it."""
    process = subprocess.Popen(
        [sys.executable, CHILD, "hold", tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    assert process.stdin
    assert process.stdout.readline() == "held\n"
    with pytest.raises(LakeError, match=rf"process {process.pid} is writing to {tmp_path}; try again"):
        WriterLock(tmp_path / "writer.lock").acquire()
    with pytest.raises(LakeError, match=str(process.pid)):
        Lake(tmp_path).fold()
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdin.close()
    process.stdout.close()
    with WriterLock(tmp_path / "writer.lock"):
        assert (tmp_path / "writer.lock").read_text() == f"{os.getpid()}\n"


def test_the_lock_holds_within_a_process(lake: Lake) -> None:
    """Two writers of one process exclude each other too; a refused one leaves the lock as it was."""
    with lake.admission():
        for _ in range(2):
            with pytest.raises(LakeError, match=f"process {os.getpid()} is writing"), lake.admission():
                pass
        with pytest.raises(LakeError):
            lake.fold()
    with lake.admission():
        pass


def test_a_patient_writer_waits(tmp_path: Path) -> None:
    """A writer with patience has the lock as soon as the other lets go, and is told who holds it when that is over."""
    path, taken = tmp_path / "lock", threading.Event()
    first = WriterLock(path)
    first.acquire()
    with pytest.raises(LakeError, match=f"process {os.getpid()} is writing"):
        WriterLock(path, patience_s=0.05).acquire()

    def wait() -> None:
        with WriterLock(path, patience_s=60):
            taken.set()

    waiting = threading.Thread(target=wait)
    waiting.start()
    assert not taken.is_set()
    first.release()
    waiting.join(60)
    assert taken.is_set()


def test_a_lock_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    """Where the lock's file cannot be opened the error names it."""
    (tmp_path / "lock").mkdir()
    with pytest.raises(LakeError, match=r"cannot lock .*lock"):
        WriterLock(tmp_path / "lock").acquire()
    WriterLock(tmp_path / "lock").release()


def test_a_broken_log_frees_the_lock(lake: Lake, packets_of: Make, admit: Do) -> None:
    """If the table cannot be read when the block begins, the lock is given back."""
    admit(lake, "a", packets_of([0.1]))
    log = lake.table("packets").path / "_delta_log"
    broken = log / f"{lake.table('packets').version + 1:020d}.json"
    broken.write_bytes(b"{")
    with pytest.raises(LakeError), lake.admission():
        pass
    broken.unlink()
    with WriterLock(lake.path / "writer.lock"):
        pass
