"""What a search has remembered, and what makes it void."""

from pathlib import Path
from typing import Any

import pytest

from isdas.lake.checkpoints import DAYS, WEEKS, Checkpoints
from isdas.lake.lake import Lake


@pytest.fixture
def checkpoints(tmp_path: Path) -> Checkpoints:
    """None yet."""
    return Lake(tmp_path).checkpoints


def _put(checkpoints: Checkpoints, hour: int, version: int = 5, reaches: int = 0) -> bool:
    def write(out: Any) -> None:
        out.write(f"up to {hour}".encode())

    return checkpoints.put(hour, reaches, version, write)


def test_the_latest_that_is_of_use_comes_first(checkpoints: Checkpoints) -> None:
    """None that knows too much, none that has forgotten what is asked for; each holds what was written."""
    for hour, reaches in ((24, 0), (48, 0), (72, 40)):
        assert _put(checkpoints, hour, reaches=reaches)
    assert [one.hour for one in checkpoints.upto(80, since=50)] == [72, 48, 24]
    assert [one.hour for one in checkpoints.upto(80, since=10)] == [48, 24]
    assert [one.hour for one in checkpoints.upto(71, since=50)] == [48, 24]
    with checkpoints.upto(80, since=50)[0].open() as stream:
        assert stream.read(100) == b"up to 72"


def test_a_fold_of_earlier_hours_makes_later_ones_void(checkpoints: Checkpoints) -> None:
    """Hours from 30 on change: what knows of them is void, what does not stays, and what is made after it is good."""
    for hour in (24, 48, 72):
        _put(checkpoints, hour, version=5)
    checkpoints.refolded(30, version=5)
    assert [one.hour for one in checkpoints.upto(100, since=0)] == [24]
    assert _put(checkpoints, 48, version=6)
    assert [one.hour for one in checkpoints.upto(100, since=0)] == [48, 24]


def test_what_was_read_before_a_fold_is_not_kept_after_it(checkpoints: Checkpoints) -> None:
    """A search under way while hours are folded leaves nothing behind."""
    checkpoints.refolded(30, version=7)
    assert not _put(checkpoints, 48, version=7)
    assert not _put(checkpoints, 48, version=6)
    assert _put(checkpoints, 24, version=6)
    assert [one.hour for one in checkpoints.upto(100, since=0)] == [24]


def test_new_hours_void_nothing(checkpoints: Checkpoints) -> None:
    """Folding the hour after the last midnight, hour after hour, leaves the checkpoint in force."""
    _put(checkpoints, 48, version=5)
    for hour in range(48, 72):
        checkpoints.refolded(hour, version=hour)
    assert [one.hour for one in checkpoints.upto(100, since=0)] == [48]


def test_some_of_the_past_is_kept_and_its_files_only(checkpoints: Checkpoints) -> None:
    """After two years of midnights there are the last days and one a week before them."""
    for day in range(1, 200):
        _put(checkpoints, 24 * day, version=day)
    kept = [one.hour // 24 for one in checkpoints.upto(10**6, since=0)]
    assert kept[:DAYS] == list(range(199, 199 - DAYS, -1))
    assert len(kept) == DAYS + WEEKS
    assert all(a - b == 7 for a, b in zip(kept[DAYS:-1], kept[DAYS + 1 :], strict=True))
    files = {path.name for path in checkpoints._folder.iterdir()}
    assert files == {one.path.name for one in checkpoints.upto(10**6, since=0)}


def test_a_write_that_fails_leaves_nothing(checkpoints: Checkpoints) -> None:
    """Neither a row nor a file."""

    def fails(out: Any) -> None:
        out.write(b"half")
        raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        checkpoints.put(24, 0, 1, fails)
    assert checkpoints.upto(100, since=0) == []
    assert list(checkpoints._folder.iterdir()) == []


def test_all_can_be_forgotten(checkpoints: Checkpoints) -> None:
    """The next search begins anew."""
    _put(checkpoints, 24)
    checkpoints.forget()
    assert checkpoints.upto(100, since=0) == []
