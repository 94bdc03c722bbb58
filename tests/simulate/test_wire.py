"""Tests of isdas.simulate.wire."""

import struct
from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isdas.simulate import wire
from isdas.simulate.stack import STACKS, place
from isdas.simulate.traffic import Traffic


def slow_checksum(data: bytes) -> int:
    """RFC 1071, word by word."""
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def record(buffer, offsets, row: int) -> bytes:
    """The bytes of one packet without its record header."""
    return buffer[offsets[row] : offsets[row + 1]].tobytes()[16:]


@given(st.binary(min_size=2, max_size=120))
def test_checksum_is_the_internet_checksum(data):
    """Summing columns of words gives what summing words one by one gives, odd lengths padded."""
    raw = np.frombuffer(data, np.uint8)[None, :]
    padded = data + b"\0" * (len(data) % 2)
    assert int(wire.checksum(raw, 0, len(data))[0]) == slow_checksum(padded)


def test_a_known_checksum():
    """The worked example of RFC 1071 sums to ddf2."""
    raw = np.frombuffer(bytes.fromhex("0001f203f4f5f6f7"), np.uint8)[None, :]
    assert int(wire.checksum(raw, 0, 8)[0]) == 0xDDF2 ^ 0xFFFF


@pytest.mark.parametrize("name", [stack.name for stack in STACKS])
def test_headers_of_each_stack_are_valid(quiet, name):
    """Lengths agree, and every checksum of a whole header or segment comes out as zero."""
    rows = np.flatnonzero(quiet.packets.stack == place(name))[:20]
    some = quiet.packets.take(rows)
    buffer, offsets = wire.records(some)
    assert len(some) > 0
    for row in range(len(some)):
        packet = record(buffer, offsets, row)
        total, protocol = struct.unpack_from(">H", packet, 2)[0], packet[9]
        assert total == len(packet)
        assert slow_checksum(packet[:20]) == 0
        above = packet[20:]
        pseudo = b"" if protocol == 1 else packet[12:20] + struct.pack(">BBH", 0, protocol, len(above))
        assert slow_checksum(pseudo + above + b"\0" * (len(above) % 2)) == 0


def test_fields_arrive(quiet):
    """What the columns say stands in the bytes."""
    rows = np.flatnonzero(quiet.packets.stack == place("xp"))[:50]
    some = quiet.packets.take(rows)
    buffer, offsets = wire.records(some)
    for row in range(len(some)):
        packet = record(buffer, offsets, row)
        source, destination = struct.unpack_from(">II", packet, 12)
        ports = struct.unpack_from(">HH", packet, 20)
        assert (source, destination) == (some.source[row], some.destination[row])
        assert ports == (some.source_port[row], some.port[row])
        assert packet[8] == some.ttl[row]
        assert packet[20 + 12] >> 4 == 7
        assert packet[40:42] == b"\x02\x04"
        assert struct.unpack_from(">H", packet, 42)[0] == some.mss[row]


def test_an_error_quotes_the_forged_packet(quiet):
    """An ICMP error carries the header of a packet that claims to be from the sensor."""
    rows = np.flatnonzero(quiet.packets.stack == place("unreachable"))[:20]
    some = quiet.packets.take(rows)
    buffer, offsets = wire.records(some)
    for row in range(len(some)):
        quoted = record(buffer, offsets, row)[28:]
        assert slow_checksum(quoted[:20]) == 0
        assert struct.unpack_from(">II", quoted, 12) == (some.destination[row], some.quoted[row])


def test_records_of_nothing(quiet):
    """No packets, no bytes."""
    buffer, offsets = wire.records(quiet.packets.take(np.zeros(0, dtype=np.int64)))
    assert len(buffer) == 0
    assert offsets.tolist() == [0]


def test_file_header():
    """Little-endian pcap 2.4 in microseconds, raw IP."""
    assert struct.unpack("<IHHiIII", wire.FILE_HEADER) == (0xA1B2C3D4, 2, 4, 0, 0, 65535, 101)


def test_golden_packet():
    """One SYN of Windows XP, byte for byte: record header, IP, TCP, MSS 1414, NOP NOP SACK-permitted."""
    values = {
        "time_us": 1_225_371_600_000_123,
        "source": 0x85010203,
        "destination": 0xC612530E,
        "protocol": 6,
        "source_port": 1234,
        "port": 445,
        "flags": 2,
        "ttl": 117,
        "ip_id": 0x1234,
        "sequence": 0xDEADBEEF,
        "window": 65535,
        "mss": 1414,
        "stack": place("xp"),
    }
    rest = {field.name: 0 for field in fields(Traffic)}
    one = Traffic(**{name: np.array([value]) for name, value in {**rest, **values}.items()})
    buffer, _ = wire.records(one)
    assert buffer.tobytes().hex(" ", 4) == (
        "d0af0949 7b000000 30000000 30000000 "
        "45000030 12344000 7506536f 85010203 c612530e "
        "04d201bd deadbeef 00000000 7002ffff 3efc0000 02040586 01010402"
    )
