"""Tests of isdas.enrich.fingerprint."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isdas.enrich.fingerprint import BEFORE, FEATURES, IN_EXCESS, invariants
from isdas.model.address import from_ipv4
from isdas.model.columns import Capability
from isdas.model.options import layout
from isdas.model.packets import Packets

Make = Callable[..., Packets]
LAYOUTS = [layout(text) for text in ("mss", "mss,nop,ws", "mss,sok,ts,nop,ws", "")]


def syns(seed: int, n: int, **columns: Any) -> Packets:
    """SYNs as many stacks send them, unless *columns* give something as functions of the others."""
    rng = np.random.default_rng(seed)
    values: dict[str, Any] = {
        "capabilities": int(Capability.CAPTURE),
        "ip_version": 4,
        "protocol": 6,
        "tcp_flags": 2,
        "source_high": 0,
        "source_low": from_ipv4(rng.integers(1 << 24, 1 << 27, n)),
        "destination_high": 0,
        "destination_low": from_ipv4(rng.integers(0, 1 << 32, n)),
        "port": 445,
        "source_port": rng.integers(1024, 1 << 16, n).astype(np.int32),
        "tcp_sequence": rng.integers(0, 1 << 32, n),
        "ip_id": rng.integers(0, 1 << 16, n).astype(np.int32),
        "ttl": rng.choice([40, 50, 110, 120, 240], n).astype(np.int16),
        "tcp_window": rng.choice([1024, 8192, 29200, 65535], n).astype(np.int32),
        "tcp_option_layout": rng.choice(LAYOUTS, n),
        "dont_fragment": rng.random(n) < 0.5,
    }
    for name, value in columns.items():
        values[name] = value(values) if callable(value) else value
    return Packets.of(values, n)


def target(values: dict[str, Any]) -> Any:
    """The destinations as 32-bit numbers."""
    return values["destination_low"] & 0xFFFFFFFF


PLANTED: dict[str, tuple[str, dict[str, Any]]] = {
    "identification": ("54321", {"ip_id": 54321}),
    "window": ("14600", {"tcp_window": 14600}),
    "initial TTL": ("32", {"ttl": 20}),
    "options": ("mss,nop,nop,sok", {"tcp_option_layout": layout("mss,nop,nop,sok")}),
    "source port": ("6000", {"source_port": 6000}),
    "sequence": ("99", {"tcp_sequence": 99}),
    "payload begins": ("41 41 41 41", {"payload": lambda v: [b"AAAAAAAA"] * len(v["ttl"])}),
    "sequence = destination": ("holds", {"tcp_sequence": target}),
    "sequence = destination, bytes reversed": (
        "holds",
        {"tcp_sequence": lambda v: target(v).astype(np.uint32).byteswap().astype(np.int64)},
    ),
    "sequence and destination share 16 bits": ("holds", {"tcp_sequence": lambda v: target(v) & 0xFFFF}),
    "halves of sequence equal": ("holds", {"tcp_sequence": lambda v: (v["tcp_sequence"] & 0xFFFF) * 0x10001}),
    "lower half of sequence 0": ("holds", {"tcp_sequence": lambda v: v["tcp_sequence"] & 0xFFFF0000}),
    "upper half of sequence 0": ("holds", {"tcp_sequence": lambda v: v["tcp_sequence"] & 0xFFFF}),
    "identification = destination ^ port ^ sequence": (
        "holds",
        {"ip_id": lambda v: ((target(v) ^ 445 ^ v["tcp_sequence"]) & 0xFFFF).astype(np.int32)},
    ),
    "identification = destination, 16 bits": ("holds", {"ip_id": lambda v: (target(v) >> 16).astype(np.int32)}),
    "identification = sequence, 16 bits": ("holds", {"ip_id": lambda v: (v["tcp_sequence"] & 0xFFFF).astype(np.int32)}),
    "identification = port": ("holds", {"ip_id": 445}),
    "identification = source port": ("holds", {"ip_id": lambda v: v["source_port"]}),
    "source port = port": ("holds", {"source_port": 445}),
    "source port = sequence, 16 bits": (
        "holds",
        {"source_port": lambda v: (v["tcp_sequence"] >> 16).astype(np.int32)},
    ),
}


@pytest.mark.parametrize("feature", PLANTED)
def test_a_planted_invariant_is_found(feature: str) -> None:
    """What a new program's headers have in common is found in the mixture with the usual traffic, with its counts."""
    value, columns = PLANTED[feature]
    before, usual, new = syns(1, 2000), syns(2, 2000), syns(3, 1500, **columns)
    if "payload" in columns:
        before = syns(1, 2000, payload=[b"GET / HT"] * 2000)
        usual = syns(2, 2000, payload=[b"GET / HT"] * 2000)
    found = {i.feature: i for i in invariants(before, Packets.concat([usual, new]))}
    assert found[feature].value == value
    assert found[feature].packets == pytest.approx(1500, abs=3)
    assert found[feature].excess_share == pytest.approx(1, abs=0.01)
    assert (found[feature].of, found[feature].of_before) == (3500, 2000)
    assert found[feature].sources == pytest.approx(1500, abs=5)


def test_more_of_the_same_has_nothing_new() -> None:
    """When the usual traffic doubles its headers have nothing in common that they had not before."""
    assert invariants(syns(1, 2000), syns(2, 4000)) == []


def test_time_is_made_even() -> None:
    """A day against a week: the week's share of a day is what would have been there anyway."""
    before, usual, new = syns(1, 7000), syns(2, 1000), syns(3, 500, ip_id=54321)
    during = Packets.concat([usual, new])
    assert [i.feature for i in invariants(before, during, scale=1 / 7)] == ["identification"]
    assert invariants(before, during) == []


def test_what_was_usual_before_is_no_finding() -> None:
    """A value that a fifth of the packets had before is not what is new, however much of the excess has it."""
    before = Packets.concat([syns(1, 800), syns(4, 250, ip_id=54321)])
    during = Packets.concat([before, syns(3, 500, ip_id=54321)])
    assert invariants(before, during) == []


def test_a_port_that_nobody_asked_for_before() -> None:
    """Without any packet before, all that most of them have in common is new."""
    found = invariants(syns(1, 0), syns(3, 100, ip_id=54321))
    assert {"identification", "flags"} <= {i.feature for i in found}
    assert all(i.before_share == 0 for i in found)


def test_nothing_is_said_of_what_was_not_shown() -> None:
    """Where the input before shows no identification it cannot be said to be new."""
    before, during = syns(1, 100, ip_id=[None] * 100), syns(3, 1000, ip_id=54321)
    assert "identification" not in {i.feature for i in invariants(before, during)}


@given(seed=st.integers(0, 2**32), n=st.integers(0, 40), m=st.integers(0, 40))
def test_every_finding_keeps_to_the_bounds(random_packets: Make, seed: int, n: int, m: int) -> None:
    """Whatever the packets are, findings lie beyond the bounds and their counts fit each other."""
    for found in invariants(random_packets(seed, n), random_packets(seed + 1, m)):
        assert found.feature in FEATURES
        assert IN_EXCESS < found.excess_share <= 1
        assert 0 <= found.before_share < BEFORE
        assert 0 < found.sources <= found.packets <= found.of <= m
        assert found.before <= found.of_before <= n
        assert found.as_dict()["feature"] == found.feature


def test_a_real_flood_gives_itself_away(shared: Path) -> None:
    """The flood of April 2021, with 37,623 sources, leaves the lower half of its sequence numbers empty."""
    from isdas.hub.source import Source

    path = shared / "corpus" / "scan" / "packet-captures__pkt.TCP.synflood.spoofed.pcap"
    flood = Packets.concat([piece().packets for piece in Source(path).pieces(lambda done: None)])
    found = {i.feature: i for i in invariants(syns(1, 5000), Packets.concat([syns(2, 5000), flood]))}
    assert found["lower half of sequence 0"].packets == len(flood) == 37_841
    assert found["lower half of sequence 0"].sources == 37_623
    assert found["window"].value == "0"
