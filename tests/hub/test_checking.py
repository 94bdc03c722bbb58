"""Tests of isdas.hub.checking; over HTTP they are in test_door."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest

from isdas.hub.checking import SLACK_US, Candidate, PutOff, check
from isdas.hub.sender import Sender
from isdas.lake.lake import Lake
from isdas.lake.sensors import Key as KnownKey
from isdas.transport.protocol import SEGMENTS
from isdas.transport.segment import SegmentRefused, digest

Do = Callable[..., Any]
HOUR_US = 3_600_000_000
MINUTE_US = 60_000_000


@pytest.fixture(name="looked_at")
def _looked_at(lake: Lake, tokyo: Any) -> Callable[..., Candidate]:
    def looked_at(data: bytes, *, received_us: int | None = None, **request: Any) -> Candidate:
        """A segment of tokyo-1 that came two hours after its first minute began."""
        known = lake.sensors.key(tokyo.key.fingerprint)
        assert known is not None
        received_us = tokyo.begin_us + 2 * HOUR_US if received_us is None else received_us
        asked = replace(tokyo.ask("POST", SEGMENTS, sent_us=received_us), **request)
        oldest_us = received_us - 400 * 24 * HOUR_US
        by = bytes.fromhex(digest(data))
        return check(
            data, by, Sender(known, asked, "a"), lake.sensors.key, received_us=received_us, oldest_us=oldest_us
        )

    return looked_at


def refusal(looked_at: Do, data: bytes, **more: Any) -> str:
    """Why a segment is refused."""
    with pytest.raises(SegmentRefused) as told:
        looked_at(data, **more)
    return str(told.value.reason)


def test_packets_know_where_they_came_from(looked_at: Do, tokyo: Any) -> None:
    """Each has the sensor's name, its segment as intake, and sequence and row as position."""
    found = looked_at(tokyo.minute(5))
    table = found.packets.table
    assert table.column("sensor").to_pylist() == ["tokyo-1"] * 3
    assert table.column("intake").to_pylist() == [f"segment:tokyo-1/{tokyo.spool}"] * 3
    assert table.column("position").to_pylist() == [(5 << 32) + row for row in range(3)]
    assert (found.start_us, found.end_us) == (tokyo.begin_us + 5 * MINUTE_US, tokyo.begin_us + 6 * MINUTE_US)
    assert sum(found.hours.values()) == 3


def test_packets_over_the_end_of_an_hour_are_told_apart(looked_at: Do, tokyo: Any, syns: Do) -> None:
    """How many packets lie in which hour is known for each segment."""
    begin = -(-tokyo.begin_us // HOUR_US) * HOUR_US
    packets = syns([begin - 5, begin - 1, begin])
    found = looked_at(tokyo.minute(0, packets=packets, start_us=begin - MINUTE_US, end_us=begin + MINUTE_US))
    assert found.hours == {begin // HOUR_US - 1: 2, begin // HOUR_US: 1}


def test_the_clock_of_an_earlier_epoch_is_known_by_the_request(looked_at: Do, tokyo: Any) -> None:
    """A segment that was sealed before its offset was known is put right by what the request says of its epoch."""
    data = tokyo.minute(0, clock_offset_s=None, clock_epoch=3)
    found = looked_at(data, epoch=5, offsets_us={3: -HOUR_US, 5: 0})
    assert (found.start_us, found.offset_s, found.shifted) == (tokyo.begin_us - HOUR_US, -3600.0, True)
    assert looked_at(data, epoch=5, offsets_us={5: 7}).start_us == tokyo.begin_us


def test_what_is_to_come_is_put_off(looked_at: Do, tokyo: Any) -> None:
    """A segment from after now is not refused for ever."""
    with pytest.raises(PutOff, match="future-dated"):
        looked_at(tokyo.minute(0, clock_offset_s=None), received_us=tokyo.begin_us - HOUR_US, epoch=1)


@pytest.mark.parametrize(
    ("first_us", "last_us", "reason"),
    [
        (-SLACK_US, MINUTE_US + SLACK_US, ""),
        (-SLACK_US - 1, 0, "outside-stretch"),
        (0, MINUTE_US + SLACK_US + 1, "outside-stretch"),
        (-(1 << 62), 0, "outside-stretch"),
        (0, (1 << 62) - 1, "outside-stretch"),
    ],
    ids=str,
)
def test_packets_lie_in_the_stretch(
    looked_at: Do, tokyo: Any, syns: Do, first_us: int, last_us: int, reason: str
) -> None:
    """A few seconds outside make the stretch longer; what is further out refuses the segment, however far."""
    times = [max(-(1 << 63), tokyo.begin_us + first_us), min((1 << 63) - 1, tokyo.begin_us + last_us)]
    data = tokyo.minute(0, packets=syns(times))
    if reason:
        assert refusal(looked_at, data) == reason
    else:
        found = looked_at(data)
        assert (found.start_us, found.end_us) == tuple(times)


def test_numbers_have_an_end(looked_at: Do, tokyo: Any) -> None:
    """A sequence that does not fit into a position, and a stretch of more than an hour, are refused."""
    assert refusal(looked_at, replace_sequence(tokyo, 1 << 31)) == "bad-header"
    assert refusal(looked_at, tokyo.minute(0, 0, end_us=tokyo.begin_us + HOUR_US + 1)) == "bad-stretch"
    assert looked_at(tokyo.minute(0, 0, end_us=tokyo.begin_us + HOUR_US)).end_us == tokyo.begin_us + HOUR_US


def replace_sequence(tokyo: Any, sequence: int) -> bytes:
    """The first minute under another sequence."""
    return tokyo.minute(0, 0, **{"sequence": sequence})  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    "name", ["time", "source_low", "source_high", "protocol", "port", "ip_version", "capabilities"]
)
def test_what_every_packet_has_must_be_there(looked_at: Do, tokyo: Any, syns: Do, name: str) -> None:
    """Packets without one of the columns that every packet has are refused."""
    kind = syns([0]).table.schema.field(name).type
    packets = syns([tokyo.begin_us, tokyo.begin_us + 1]).with_columns({name: pa.array([None, None], kind)})
    assert refusal(looked_at, tokyo.minute(0, packets=packets)) == "bad-values"


def test_keys_that_have_ended_seal_nothing(lake: Lake, looked_at: Do, tokyo: Any) -> None:
    """A segment sealed with a key that was replaced is refused, though its sensor is one still."""
    sealed, old = tokyo.minute(0), tokyo.key
    from isdas.transport.keys import Key

    tokyo.key = Key.make()
    waiting = KnownKey(tokyo.key.fingerprint, tokyo.key.public, "waiting", None, "tokyo-1", (), "1.0", "2026")
    with lake.records.database.writing() as session:
        lake.sensors.wait(session, waiting)
    lake.sensors.approve(tokyo.key.fingerprint, "hana", replace=True)
    assert old.fingerprint != tokyo.key.fingerprint
    assert refusal(looked_at, sealed) == "ended-key"
