"""Tests of isdas.hub.room."""

import pytest

from isdas.hub.room import Full, Room


def test_room_is_given_back() -> None:
    """What is taken is free again when the block is left, by an error too."""
    room = Room(100)
    with room.taking(60), room.taking(40):
        assert room.taken == 100
    with pytest.raises(ZeroDivisionError), room.taking(100):
        raise ZeroDivisionError
    assert room.taken == 0


def test_there_is_no_more_than_there_is() -> None:
    """Who comes when it is full takes nothing, and others may go on."""
    room = Room(100)
    with room.taking(60):
        with pytest.raises(Full), room.taking(41):
            pass
        with room.taking(40):
            assert room.taken == 100
