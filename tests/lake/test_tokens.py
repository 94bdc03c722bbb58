"""Tests of isdas.lake.tokens."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from isdas.lake.audit import deeds
from isdas.lake.database import Database
from isdas.lake.tokens import keep, spend, tokens

SECRET = "one-two-three"


@pytest.fixture
def database(tmp_path: Path) -> Database:
    """A database with one token."""
    made = Database(tmp_path / "records.sqlite")
    keep(made, SECRET, "hana", name="tokyo-1", groups=["domestic"], days=1)
    return made


def spent(database: Database, secret: str, key: str) -> bool:
    """Whether a key gets in with a token."""
    with database.writing() as session:
        return spend(session, secret, key) is not None


def test_a_token_is_good_for_one_key(database: Database) -> None:
    """The first key gets what was proposed, again too if it asks again; any other gets nothing."""
    with database.writing() as session:
        token = spend(session, SECRET, "aa")
    assert token is not None
    assert (token.name, token.groups, token.key) == ("tokyo-1", ("domestic",), "aa")
    assert not spent(database, SECRET, "bb")
    assert spent(database, SECRET, "aa")
    assert [t.key for t in tokens(database)] == ["aa"]


def test_of_many_at_once_one_gets_in(database: Database) -> None:
    """Sixteen keys that come with one token at the same time: one gets in."""
    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(lambda n: spent(database, SECRET, f"{n:02}"), range(16)))
    assert sum(found) == 1


def test_an_unknown_or_expired_token_is_worthless(database: Database) -> None:
    """A word that is no token, and one whose time is over, let nobody in."""
    keep(database, "too-late", "hana", name="", groups=[], days=-1)
    assert not spent(database, "too-late", "aa")
    assert not spent(database, "one-two-four", "aa")
    assert not spent(database, "", "aa")


def test_the_token_itself_is_not_kept(database: Database, tmp_path: Path) -> None:
    """Neither the database nor the audit trail holds the words of a token."""
    with database.writing():
        pass
    assert all(SECRET.encode() not in path.read_bytes() for path in tmp_path.iterdir())
    assert [(deed.who, deed.what, deed.subject) for deed in deeds(database)] == [("hana", "token", "tokyo-1")]
