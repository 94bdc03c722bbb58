"""Tests of isdas.lake.refusals."""

from pathlib import Path

import pytest

from isdas.lake.database import Database
from isdas.lake.refusals import NOBODY, Refused, add, forget, refused


@pytest.fixture
def database(tmp_path: Path) -> Database:
    """A database with refusals of two hours."""
    made = Database(tmp_path / "records.sqlite")
    add(made, {(NOBODY, "unknown-key", 10): 3, ("tokyo-1", "bad-signature", 10): 1})
    add(made, {(NOBODY, "unknown-key", 10): 2, (NOBODY, "unknown-key", 11): 4})
    add(made, {})
    return made


def test_counts_add_up(database: Database) -> None:
    """What is counted in several goes is one figure by sensor and reason."""
    assert refused(database) == [Refused(NOBODY, "unknown-key", 9, 11), Refused("tokyo-1", "bad-signature", 1, 10)]
    assert refused(database, since_hour=11) == [Refused(NOBODY, "unknown-key", 4, 11)]


def test_old_counts_are_let_go(database: Database) -> None:
    """Counts of hours before an hour are forgotten, later ones stay."""
    forget(database, before_hour=11)
    assert refused(database) == [Refused(NOBODY, "unknown-key", 4, 11)]
