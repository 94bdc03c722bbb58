"""Tests of isdas.transport.beacon."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from isdas.model.packets import Packets
from isdas.transport.beacon import SECRET_BYTES, SIZE, Recogniser, number, payload

SECRET = bytes(range(SECRET_BYTES))


def packets_with(payloads: Sequence[bytes | None], protocol: int = 17) -> Packets:
    """Packets that differ in their payloads, which are kept whole."""
    lengths = [0 if p is None else len(p) for p in payloads]
    values = {"protocol": protocol, "payload": pa.array(payloads, pa.binary()), "payload_length": np.array(lengths)}
    return Packets.of(values, len(payloads))


@given(st.binary(min_size=SECRET_BYTES, max_size=SECRET_BYTES), st.integers(0, 2**64 - 1))
def test_a_beacon_is_known_to_its_sensor_alone(secret: bytes, n: int) -> None:
    """The payload gives back its number with the secret it was made with, and nothing with another."""
    made = payload(secret, n)
    assert len(made) == SIZE
    assert number(secret, made) == n
    other = bytes([secret[0] ^ 1]) + secret[1:]
    assert number(other, made) is None


@given(st.integers(0, SIZE * 8 - 1))
def test_a_flipped_bit_makes_an_ordinary_packet(bit: int) -> None:
    """No payload that differs in one bit is a beacon."""
    changed = bytearray(payload(SECRET, 7))
    changed[bit // 8] ^= 1 << bit % 8
    assert number(SECRET, bytes(changed)) is None


@given(st.binary(max_size=64))
def test_any_payload_is_understood(found: bytes) -> None:
    """Whatever arrives is a number or nothing, never an error."""
    assert number(SECRET, found) is None


def test_a_copy_is_counted_like_any_packet() -> None:
    """Each number is a beacon once, also in a later batch; an older one is none."""
    known = Recogniser(SECRET)
    batch = packets_with([payload(SECRET, 1), b"x" * SIZE, payload(SECRET, 5), payload(SECRET, 5), None, b""])
    assert known.seen(batch).tolist() == [True, False, True, False, False, False]
    assert known.seen(batch).tolist() == [False] * 6
    assert known.seen(packets_with([payload(SECRET, 4), payload(SECRET, 6)])).tolist() == [False, True]
    assert Recogniser(SECRET, last=6).seen(packets_with([payload(SECRET, 6)])).tolist() == [False]


def test_only_whole_udp_packets_are_beacons() -> None:
    """The same bytes in TCP, or followed by more, or where no payload is kept, are none."""
    made = payload(SECRET, 1)
    assert not Recogniser(SECRET).seen(packets_with([made], protocol=6)).any()
    longer = packets_with([made]).with_columns({"payload_length": SIZE + 1})
    assert not Recogniser(SECRET).seen(longer).any()
    bare = packets_with([made]).with_columns({"payload": pa.array([None], pa.binary())})
    assert not Recogniser(SECRET).seen(bare).any()
    assert Recogniser(SECRET).seen(Packets.of({}, 0)).tolist() == []


def test_payloads_do_not_show_that_they_are_beacons() -> None:
    """Beacons with numbers that follow each other share no byte more often than chance has it."""
    made = np.array([list(payload(SECRET, n)) for n in range(2000)], np.uint8)
    # 2000 draws of 256 values: no value at one place is expected more than some 30 times.
    assert max(int(np.bincount(made[:, i]).max()) for i in range(SIZE)) < 40
