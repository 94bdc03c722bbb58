"""Tests of isdas.simulate.traffic."""

from dataclasses import fields

import numpy as np
import pytest

from isdas.simulate.stack import ICMP, STACKS, TCP, UDP, place
from isdas.simulate.stream import BACKGROUND


def test_columns_have_one_length(quiet):
    """Every column has a value for every packet."""
    assert {len(getattr(quiet.packets, field.name)) for field in fields(quiet.packets)} == {len(quiet.packets)}


def test_packets_are_ordered_by_sensor_and_time(quiet):
    """Sensors follow each other, and time runs within each."""
    packets = quiet.packets
    same = np.diff(packets.sensor) == 0
    assert (np.diff(packets.sensor) >= 0).all()
    assert (np.diff(packets.time_us)[same] >= 0).all()


def test_packets_lie_in_the_period(quiet):
    """Nothing is received before the begin or after the end."""
    assert quiet.packets.time_us.min() >= quiet.start_us
    assert quiet.packets.time_us.max() < quiet.end_us


def test_only_tcp_udp_and_icmp(quiet):
    """The original watched these three."""
    assert set(quiet.packets.protocol.tolist()) == {TCP, UDP, ICMP}


def test_flags_are_of_tcp_only(quiet):
    """Scans are bare SYNs, answers are not, and other protocols have no flags."""
    packets = quiet.packets
    tcp = packets.protocol == TCP
    assert set(packets.flags[~tcp].tolist()) == {0}
    assert set(packets.flags[tcp].tolist()) == {0x02, 0x12, 0x14, 0x04}
    assert (packets.flags[tcp] == 0x02).mean() > 0.9


def test_retries_keep_port_and_sequence(quiet):
    """A Windows host that gets no answer repeats the same SYN after three and nine seconds."""
    smb = next(i for i, stream in enumerate(BACKGROUND) if stream.name == "smb")
    packets = quiet.packets.take(quiet.packets.stream == smb)
    key = packets.source.astype(np.int64) << 32 | packets.sequence
    _, first, count = np.unique(key, return_index=True, return_counts=True)
    assert set(count.tolist()) == {1, 2, 3}
    assert (count == 3).mean() == pytest.approx(0.55, abs=0.05)
    start = np.zeros(len(packets), dtype=np.int64)
    start[:] = packets.time_us[first][np.unique(key, return_inverse=True)[1]]
    seconds = np.round((packets.time_us - start) / 1e6)
    assert set(seconds.tolist()) <= {0.0, 3.0, 6.0, 9.0}


def test_a_source_keeps_its_system(quiet):
    """Window, TTL at one sensor and stack do not change within a source."""
    packets = quiet.packets
    who = packets.source.astype(np.int64) << 16 | packets.stream.astype(np.int64) << 8 | packets.sensor
    for column in (packets.window, packets.ttl, packets.stack):
        pairs = np.unique(np.stack([who, column.astype(np.int64)]), axis=1)
        # Two sources of one stream may by rare chance have drawn the same address.
        assert pairs.shape[1] <= len(np.unique(who)) + 3


def test_answers_come_from_service_ports_to_any_port(quiet):
    """Backscatter has a server's source port and a client's destination port."""
    packets = quiet.packets.take(quiet.packets.stack == place("rst-ack"))
    assert set(packets.source_port.tolist()) <= set(STACKS[place("rst-ack")].source_ports)
    assert packets.port.min() >= 1024
    assert (packets.acknowledgement > 0).all()


def test_the_raw_writer_gives_itself_away(quiet):
    """Source port 6000, window 16384, IP identification 256."""
    packets = quiet.packets.take(quiet.packets.stack == place("raw-6000"))
    assert set(packets.source_port.tolist()) == {6000}
    assert set(packets.window.tolist()) == {16384}
    assert set(packets.ip_id.tolist()) == {256}


def test_take_keeps_columns_together(quiet):
    """Taking rows takes them from every column."""
    some = quiet.packets.take(np.array([5, 3]))
    assert len(some) == 2
    assert some.source[1] == quiet.packets.source[3]
    assert some.ttl[1] == quiet.packets.ttl[3]
