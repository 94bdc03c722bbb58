"""Tests of isdas.hub.group; over HTTP they are in test_door."""

from collections.abc import Callable
from typing import Any

import pytest
from receipt_chain import broken

from isdas.hub.checking import Candidate, check
from isdas.hub.door import micros
from isdas.hub.group import OVERLAP_US, Groups
from isdas.hub.sender import Sender
from isdas.lake.lake import Lake
from isdas.lake.verify import verify
from isdas.transport.keys import Key
from isdas.transport.protocol import SEGMENTS
from isdas.transport.segment import digest

Do = Callable[..., Any]


@pytest.fixture
def groups(lake: Lake, lookups: Any) -> Groups:
    """Nothing admitted yet."""
    return Groups(lake, lookups, Key.make())


def candidate(lake: Lake, sender: Any, data: bytes) -> Candidate:
    """A segment that has been checked."""
    known = lake.sensors.key(sender.key.fingerprint)
    assert known is not None
    believed = Sender(known, sender.ask("POST", SEGMENTS))
    return check(data, bytes.fromhex(digest(data)), believed, lambda _: None, received_us=micros(), oldest_us=0)


def test_a_group_of_nothing_new_commits_nothing(lake: Lake, groups: Groups, tokyo: Any) -> None:
    """Segments that are all known change no table, and get the receipts that they got before."""
    some = [candidate(lake, tokyo, tokyo.minute(n)) for n in range(3)]
    first = groups.admit(some, 1)
    version = lake.table("packets").version
    again = groups.admit(some[::-1], 2)
    assert lake.table("packets").version == version
    assert [r.state for r in again] == ["known"] * 3
    assert [r.receipt for r in again] == [r.receipt for r in first][::-1]


def test_two_writers_keep_one_chain(lake: Lake, lookups: Any, tokyo: Any) -> None:
    """Two processes that admit in turns, each with a memory of its own, continue each other's chains."""
    key = Key.make()
    writers = [Groups(Lake(lake.path, lake.config), lookups, key) for _ in range(2)]
    receipts = []
    for n in range(6):
        [result] = writers[n % 2].admit([candidate(lake, tokyo, tokyo.minute(n))], n)
        receipts.append(result.receipt)
    assert broken(receipts, key.public) is None
    fresh = Lake(lake.path)
    fresh.fold()
    assert verify(fresh) == []


@pytest.mark.parametrize(("overlap_us", "state"), [(OVERLAP_US, "admitted"), (OVERLAP_US + 1, "refused")], ids=str)
def test_a_little_overlap_is_borne(
    lake: Lake, groups: Groups, tokyo: Any, sensor_of: Do, overlap_us: int, state: str
) -> None:
    """A new spool may begin a few seconds before the old one ended: clocks are put right by measured offsets."""
    groups.admit([candidate(lake, tokyo, tokyo.minute(0))], 1)
    follower = sensor_of(tokyo.begin_us + 60_000_000 - overlap_us, key=tokyo.key, spool="f" * 16)
    [result] = groups.admit([candidate(lake, tokyo, follower.minute(0))], 2)
    assert result.state == state
