"""Tests of isdas.enrich.confirm."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isdas.enrich.confirm import confirmed
from isdas.model.address import from_ipv4
from isdas.model.columns import Capability
from isdas.model.options import layout
from isdas.model.packets import Packets

Make = Callable[..., Packets]
SOURCE = "203.0.113.9"
NMAP = {"tcp_window": 1024, "ttl": 41, "tcp_option_layout": layout("mss"), "tcp_mss": 1460, "dont_fragment": False}


def syns(seed: int, n: int, **columns: Any) -> Packets:
    """SYNs of SOURCE to random targets with random numbers, unless *columns* give them as functions of the others."""
    rng = np.random.default_rng(seed)
    values: dict[str, Any] = {
        "capabilities": int(Capability.CAPTURE),
        "ip_version": 4,
        "protocol": 6,
        "tcp_flags": 2,
        "source_high": 0,
        "source_low": from_ipv4(np.full(n, 203 << 24 | 113 << 8 | 9)),
        "destination_high": 0,
        "destination_low": from_ipv4(rng.integers(0, 1 << 32, n)),
        "port": rng.integers(0, 1 << 16, n).astype(np.int32),
        "source_port": rng.integers(1024, 1 << 16, n).astype(np.int32),
        "tcp_sequence": rng.integers(0, 1 << 32, n),
        "ip_id": rng.integers(0, 1 << 16, n).astype(np.int32),
    }
    for name, value in columns.items():
        values[name] = value(values) if callable(value) else value
    return Packets.of(values, n)


def swapped(number: Any) -> Any:
    """The bytes of 32-bit numbers in the other order."""
    return number.astype(np.uint32).byteswap().astype(np.int64)


def unicorn(values: dict[str, Any], *, turned: bool = False, key: int = 0xC0FFEE) -> Any:
    """Unicornscan's sequence number."""
    target = values["destination_low"] & 0xFFFFFFFF
    ports = values["port"].astype(np.int64) << 16 | values["source_port"]
    return key ^ (swapped(target) if turned else target) ^ ports


def nmap_sequence(values: dict[str, Any]) -> Any:
    """The sequence numbers of nmap, whose tries go from 0 to 10."""
    tries = np.arange(len(values["port"])) % 11
    return 0xDEADBEEF ^ (tries << 16 | tries)


WAYS: dict[str, tuple[str, dict[str, Any]]] = {
    "zmap": ("zmap", {"ip_id": 54321}),
    "zmap, all of it": ("zmap", {"ip_id": 54321, "tcp_window": 65535, "ttl": 244, "dont_fragment": False}),
    "the number of zmap only": ("", {"ip_id": 54321, "tcp_window": 1024, "ttl": 44}),
    "mirai": ("mirai-like", {"tcp_sequence": lambda v: v["destination_low"] & 0xFFFFFFFF}),
    "masscan": (
        "masscan",
        {"ip_id": lambda v: ((v["destination_low"] ^ v["port"] ^ v["tcp_sequence"]) & 0xFFFF).astype(np.int32)},
    ),
    "nmap": ("nmap", {**NMAP, "tcp_sequence": nmap_sequence}),
    "shape of nmap only": ("nmap-like", NMAP),
    "tries without the shape": ("", {"tcp_sequence": nmap_sequence}),
    "unicornscan": ("unicornscan", {"tcp_sequence": unicorn}),
    "unicornscan, bytes swapped": ("unicornscan", {"tcp_sequence": lambda v: unicorn(v, turned=True)}),
    "one number for all": ("", {"tcp_sequence": 7}),
    "nothing": ("", {}),
}


@pytest.mark.parametrize("name", WAYS)
@pytest.mark.parametrize("n", [2, 3, 200])
def test_what_all_syns_of_a_source_say(name: str, n: int) -> None:
    """Two SYNs are enough, in any number they say the same, and a shape without its relation is only a shape."""
    expected, columns = WAYS[name]
    found = confirmed(syns(5, n, **columns))
    assert found.tools == (expected,)
    assert found.by_address() == ({SOURCE: expected} if expected else {})
    assert found.syns.tolist() == [n]


def test_one_syn_confirms_nothing() -> None:
    """A single SYN may fit by chance."""
    assert confirmed(syns(5, 1, ip_id=54321)).tools == ("",)


def test_nearly_all_must_fit() -> None:
    """A source with one ordinary SYN in twenty is confirmed, with one in ten it is not."""
    for others, expected in ((1, "zmap"), (2, "")):
        packets = Packets.concat([syns(5, 20 - others, ip_id=54321), syns(6, others)])
        found = confirmed(packets)
        assert found.tools == (expected,)
        assert found.fitting.tolist() == [20 - others]


def test_a_retransmission_is_no_relation() -> None:
    """The same SYN twice, as any stack sends it without an answer, has no key to be constant."""
    once = syns(5, 1)
    assert confirmed(Packets.concat([once, once])).tools == ("",)


def test_each_source_has_its_own_tool() -> None:
    """Sources are kept apart, whatever their order."""
    other = from_ipv4(np.full(40, 192 << 24 | 2 << 8 | 5))
    mixed = Packets.concat([syns(5, 40, ip_id=54321), syns(6, 40, source_low=other, tcp_sequence=unicorn)])
    order = np.random.default_rng(1).permutation(80)
    assert confirmed(Packets(mixed.table.take(order))).by_address() == {SOURCE: "zmap", "192.0.2.5": "unicornscan"}


def test_what_does_not_show_the_numbers_is_left_out() -> None:
    """Inputs without sequence numbers confirm nothing, and no packets have no sources."""
    hidden = int(Capability.CAPTURE & ~Capability.SEQUENCE)
    assert confirmed(syns(5, 9, ip_id=54321, capabilities=hidden)).tools == ()
    assert confirmed(syns(5, 0)).tools == ()


@given(seed=st.integers(0, 2**32), n=st.integers(2, 60))
def test_random_syns_confirm_nothing(seed: int, n: int) -> None:
    """Ordinary stacks are taken for no tool."""
    assert confirmed(syns(seed, n)).by_address() == {}


@given(seed=st.integers(0, 2**32), n=st.integers(0, 60))
def test_any_packets_can_be_looked_at(random_packets: Make, seed: int, n: int) -> None:
    """Whatever the columns say, there is one answer for each source of SYNs."""
    found = confirmed(random_packets(seed, n))
    assert len(found.low) == len(set(found.low.tolist())) == len(found.tools)
    assert (found.fitting <= found.syns).all()


def test_a_real_nmap_is_told_from_what_looks_like_it(shared: Path) -> None:
    """The scan of 2010 is nmap's by its tries; a scanner of 2021 with nmap's shape is not."""
    from isdas.hub.source import Source

    def read(name: str) -> Packets:
        pieces = Source(shared / "corpus" / "scan" / name).pieces(lambda done: None)
        return Packets.concat([piece().packets for piece in pieces])

    assert confirmed(read("nDPI__synscan.pcap")).by_address() == {"172.16.0.8": "nmap"}
    found = confirmed(read("packet-captures__amp.dns.RRSIG.fragmented.pcap")).by_address()
    assert found == {"167.248.133.94": "nmap-like", "185.200.118.57": "zmap"}
