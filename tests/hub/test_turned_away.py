"""Tests of isdas.hub.turned_away."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from isdas.hub.turned_away import Counted
from isdas.lake.database import Database
from isdas.lake.refusals import NOBODY, refused
from isdas.model.errors import LakeError


@pytest.fixture
def counted(tmp_path: Path) -> Counted:
    """Nothing counted yet."""
    return Counted(Database(tmp_path / "records.sqlite"))


def test_what_many_turn_away_is_counted_once_each(counted: Counted, tmp_path: Path) -> None:
    """Counted by many threads and written in several goes, the sums are right."""

    def turn_away(n: int) -> None:
        counted.add("replayed", "tokyo-1" if n % 4 else NOBODY)
        if n % 50 == 0:
            counted.write()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(turn_away, range(400)))
    counted.write()
    counted.write()
    told = refused(Database(tmp_path / "records.sqlite"))
    assert [(each.sensor, each.count) for each in told] == [(NOBODY, 100), ("tokyo-1", 300)]
    assert counted.total == {"replayed": 400}


def test_what_cannot_be_written_is_kept(counted: Counted, tmp_path: Path) -> None:
    """If the database is broken, counts wait until it is mended."""
    counted.add("bad-token")
    files = {path: path.read_bytes() for path in tmp_path.iterdir()}
    for path in files:
        path.write_bytes(b"\0" * 8192)
    with pytest.raises(LakeError):
        counted.write()
    for path in files:
        path.unlink()
    again = Counted(Database(tmp_path / "records.sqlite"))
    again.add("bad-token")
    again._new += counted._new
    again.write()
    [told] = refused(Database(tmp_path / "records.sqlite"))
    assert told.count == 2
