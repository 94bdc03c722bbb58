"""Tests of isdas.lake.pending."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from isdas.lake.brief import PARTS
from isdas.lake.pending import Pending
from isdas.model.packets import Packets

Make = Callable[..., Packets]


@pytest.mark.parametrize("held_rows", [0, 150, 1000])
def test_rows_come_back_from_memory_and_disk(tmp_path: Path, random_packets: Make, held_rows: int) -> None:
    """What is spilled is read back as it was, whole or a span of parts at a time, and leaves no file."""
    pending = Pending(tmp_path / "spill", held_rows)
    packets = [random_packets(seed, n=100) for seed in range(3)]
    for number, each in enumerate(packets):
        pending.add([f"file-{number}"], each.table)
    kept = pending.of({"file-0", "file-1", "file-2"})
    found = [each.read(low, low + 256) for each in kept for low in range(0, PARTS, 256)]
    sources = np.sort(np.concatenate([rows["source"] for rows, _ in found]))
    expected = np.sort(np.concatenate([each.numpy("source_low") & 0xFFFFFFFF for each in packets]))
    assert sources.tolist() == expected.tolist()
    assert all(begins[0] == 0 and begins[-1] == len(rows) for rows, begins in found)
    assert not tmp_path.joinpath("spill").exists() or not list(tmp_path.joinpath("spill").iterdir())
    pending.forget()
    assert pending.of({"file-0", "file-1", "file-2"}) == []


def test_a_brief_is_used_only_where_all_its_files_are(tmp_path: Path, random_packets: Make) -> None:
    """Packets of two files go together: where one of the files is not meant, neither is the brief."""
    pending = Pending(tmp_path)
    pending.add(["monday", "tuesday"], random_packets(1).table)
    assert pending.of({"monday"}) == []
    assert len(pending.of({"monday", "tuesday", "wednesday"})) == 1


def test_room_aside_shares_the_labels(tmp_path: Path, random_packets: Make) -> None:
    """Briefs made aside have the same labels, and forgetting them forgets no others."""
    pending = Pending(tmp_path)
    pending.add(["a"], random_packets(1).table)
    aside = pending.aside()
    aside.add((), random_packets(1).table)
    labels = [np.sort(p.of({"a"})[0].read(0, PARTS)[0]["c"]).tolist() for p in (pending, aside)]
    assert labels[0] == labels[1]
    aside.forget()
    assert len(pending.of({"a"})) == 1


def test_what_was_folded_is_dropped_and_makes_room(tmp_path: Path, random_packets: Make) -> None:
    """Briefs all of whose files are named go, and their rows may be held by others then."""
    pending = Pending(tmp_path / "spill", held_rows=100)
    pending.add(["monday"], random_packets(1, n=100).table)
    pending.add(["monday", "tuesday"], random_packets(2, n=100).table)
    pending.drop({"monday"})
    assert [kept.paths for kept in pending.of({"monday", "tuesday"})] == [{"monday", "tuesday"}]
    pending.add(["wednesday"], random_packets(3, n=100).table)
    assert pending.of({"wednesday"})[0].rows is not None
    pending.forget()
