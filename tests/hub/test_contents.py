"""
What the packets of a file add up to.
"""

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pytest

from isdas.hub.contents import Contents
from isdas.model.packets import Packets

N = 1000


@pytest.fixture
def packets() -> Packets:
    """A thousand packets of two sensors."""
    rng = np.random.default_rng(445)
    values = {
        "time": np.sort(rng.integers(1_700_000_000_000_000, 1_700_000_100_000_000, N)).view("datetime64[us]"),
        "source_high": np.zeros(N, np.int64),
        "source_low": rng.integers(-(1 << 63), (1 << 63) - 1, N),
        "protocol": np.full(N, 6),
        "port": rng.integers(0, 1 << 16, N),
        "sensor": np.where(np.arange(N) % 2, "a", "b"),
    }
    return Packets.of(values, N)


def identity(*pieces: Packets) -> str:
    """What some packets add up to."""
    contents = Contents()
    for each in pieces:
        contents.add(each)
    return contents.identity


def some(packets: Packets, first: int, count: int) -> Packets:
    """A stretch of packets."""
    return Packets(packets.table.slice(first, count))


def test_pieces_do_not_matter(packets: Packets) -> None:
    """However a file is cut into pieces while it is read, it adds up to the same."""
    pieces = (some(packets, 0, 10), some(packets, 10, 0), some(packets, 10, 700), some(packets, 710, 290))
    assert identity(*pieces) == identity(packets)


@pytest.mark.parametrize(
    "change",
    [
        lambda packets: some(packets, 1, N - 1),
        lambda packets: packets.with_columns({"sensor": "a"}),
        lambda packets: packets.with_columns({"port": packets.numpy("port")[::-1]}),
        lambda packets: packets.with_columns({"source_low": np.roll(packets.numpy("source_low"), 1)}),
        lambda packets: packets.with_columns({"packets": np.full(N, 2)}),
        lambda packets: packets.with_columns({"time": packets.numpy("time") + np.timedelta64(1, "us")}),
    ],
    ids=["one less", "one sensor", "other ports", "other sources", "more packets", "a microsecond later"],
)
def test_other_packets_are_others(packets: Packets, change: Callable[[Packets], Packets]) -> None:
    """One packet less, another sensor, values that went to other packets: each makes it other contents."""
    assert identity(change(packets)) != identity(packets)


def test_values_are_bound_to_their_packet_and_not_to_its_time(packets: Packets) -> None:
    """Packets of one microsecond that exchange their ports, or are of another protocol, are other packets."""
    once = packets.with_columns({"time": np.full(N, 1_700_000_000_000_000).view("datetime64[us]")})
    exchanged = once.with_columns({"port": once.numpy("port")[::-1]})
    assert len({identity(each) for each in (once, exchanged, once.with_columns({"protocol": np.full(N, 17)}))}) == 3


def test_contents_are_known_for_ever() -> None:
    """What a lake remembers of files taken in before must hold: nulls count as zeros, and the sum does not change."""
    n = 20
    values = {
        "time": (1_700_000_000_000_000 + np.arange(n)).view("datetime64[us]"),
        "source_high": np.zeros(n, np.int64),
        "source_low": np.arange(n) << 32,
        "protocol": np.full(n, 6),
        "port": np.arange(n),
        "source_port": pa.array([None if i % 3 else 60_000 + i for i in range(n)], pa.int32()),
        "tcp_sequence": pa.array([i << 30 if i % 2 else None for i in range(n)], pa.int64()),
        "sensor": "a",
    }
    made = Packets.of(values, n)
    assert identity(made) == "packets:25ade0f25f18b182bcceaaeb3f4e6df2c2a8364b970109802896e22db8c777a4"
    zeros = made.with_columns({name: made.numpy(name) for name in ("source_port", "tcp_sequence", "packets")})
    assert identity(zeros) == identity(made) == identity(some(made, 0, 7), some(made, 7, 13))


def test_nothing_is_like_nothing() -> None:
    """Files without packets are not the same file."""
    assert identity() == identity(Packets.of({}, 0)) == ""
