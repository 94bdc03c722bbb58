"""
What a spool gave up is told by one segment that stays, however late that is.
"""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from isdas.transport.disk import Disk
from isdas.transport.evictions import MOST_STRETCHES, Evictions, fewer, merged
from isdas.transport.notebook import Notebook
from isdas.transport.segment import Header


class Full(Disk):
    """A disk without room as long as `full` says so."""

    full = False

    def append(self, path: Path, data: bytes) -> None:
        """Only if there is room."""
        if self.full:
            raise OSError(28, "no space left on device")
        super().append(path, data)

    def write(self, path: Path, data: bytes) -> None:
        """Only if there is room."""
        if self.full:
            raise OSError(28, "no space left on device")
        super().write(path, data)


class Quick(Disk):
    """A disk that is not waited for."""

    def sync(self, path: Path) -> None:
        """Is left to the kernel."""


def header(sequence: int, lost: list[list[int]]) -> Header:
    """Of a segment that tells of losses."""
    return Header("", "0123456789abcdef", sequence, "0.1", 0, 1, 1, lost=lost)


def test_what_is_told_is_not_told_again(tmp_path: Path) -> None:
    """Not by the next segment, and not after a restart."""
    notes = Evictions(Notebook(tmp_path / "evicted", Disk()))
    notes.add(5, (0, 1), [[0, 1, 2, 30, 7, 9]])
    assert notes.untold() == [[0, 1, 2, 30, 7, 9]]
    told = header(5, notes.untold())
    again = Evictions(Notebook(tmp_path / "evicted", Disk()))
    again.settle(told, 5)
    assert again.untold() == []
    notes.told(told)
    assert notes.untold() == []


def test_what_came_too_late_for_a_segment_is_told_by_the_next(tmp_path: Path) -> None:
    """Although it was noted before that segment was there."""
    notes = Evictions(Notebook(tmp_path / "evicted", Disk()))
    sealed = header(5, [])
    notes.add(5, (0, 0), [[0, 0, 1, 3, 7, 9]])
    crashed = Evictions(Notebook(tmp_path / "evicted", Disk()))
    crashed.settle(sealed, 5)
    notes.told(sealed)
    restarted = Evictions(Notebook(tmp_path / "evicted", Disk()))
    restarted.settle(sealed, 5)
    assert notes.untold() == crashed.untold() == restarted.untold() == [[0, 0, 1, 3, 7, 9]]
    assert restarted.next == 6


def test_a_full_disk_keeps_nothing_from_being_told(tmp_path: Path) -> None:
    """What could not be noted is noted when there is room again."""
    disk = Full()
    notes = Evictions(Notebook(tmp_path / "evicted", disk))
    disk.full = True
    notes.add(5, (0, 0), [[0, 0, 1, 3, 7, 9]])
    assert notes.untold() == [[0, 0, 1, 3, 7, 9]]
    disk.full = False
    notes.add(5, (1, 1), [[1, 1, 1, 3, 9, 11]])
    again = Evictions(Notebook(tmp_path / "evicted", disk))
    assert again.untold() == notes.untold() == [[0, 1, 2, 6, 7, 11]]
    assert again.gone() == [(0, 0), (1, 1)]


def test_notes_are_shortened(tmp_path: Path) -> None:
    """A spool that has been full for months does not fill the disk with notes of it."""
    notes = Evictions(Notebook(tmp_path / "evicted", Quick()))
    for i in range(1500):
        notes.add(i + 10, (i, i), [[i, i, 1, 0, 0, 0]])
        notes.told(header(i + 10, notes.untold()))
        if notes.many:
            notes.shorten()
    assert (tmp_path / "evicted").stat().st_size < 100_000
    assert notes.untold() == []


stretches = st.lists(st.integers(0, 3000), unique=True, max_size=1200).map(
    lambda numbers: [[n, n, 1, 2, n + 1, n + 2] for n in numbers]
)


@given(stretches)
def test_stretches_keep_their_sums(lost: list[list[int]]) -> None:
    """Merged or told as fewer, they count the same segments and packets; merged, they name just those."""
    exact = merged(lost)
    assert sum(last - first + 1 for first, last, *_ in exact) == len(lost)
    for found in (exact, fewer(exact)):
        assert sum(each[2] for each in found) == len(lost)
        assert sum(each[3] for each in found) == 2 * len(lost)
        assert found == sorted(found)
    assert len(fewer(exact)) <= MOST_STRETCHES
