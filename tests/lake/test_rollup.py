"""Tests of isdas.lake.rollup."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from isdas.lake.engine import DuckEngine
from isdas.lake.pending import Pending
from isdas.lake.rollup import Rollup, rollup
from isdas.lake.sql import hour_us
from isdas.lake.tables import spec
from isdas.model.columns import Capability
from isdas.model.packets import Packets

BASE_HOUR = 475_200
Make = Callable[..., Packets]
_ENGINE = DuckEngine(Path("unused"), threads=1)


def _names(*groups: tuple[str, ...]) -> str:
    return ", ".join(name for group in groups for name in group)


def plain_sightings() -> str:
    """Packets to sightings, slow and plain, written without a look at the compiled folds."""
    key = _names(spec("sightings").key)
    # Distinct values are counted by grouping twice, which engines do faster than count(DISTINCT).
    return f"""
        SELECT {key}, CAST(sum(n) AS BIGINT) AS packets, min(first_at) AS first_at, max(last_at) AS last_at,
               CAST(count(destination_low) AS INT) AS destinations
        FROM (
            SELECT {key}, destination_high, destination_low, sum(coalesce(packets, 1)) AS n, min(time) AS first_at,
                   max(time) AS last_at
            FROM (SELECT timestamp_micros({hour_us("time")}) AS hour, * FROM packets) AS timed
            GROUP BY {key}, destination_high, destination_low
        ) AS targets
        GROUP BY {key} ORDER BY hour, protocol, port, sensor, source_high, source_low
    """


def plain_counts() -> str:
    """Sightings to counts."""
    key = _names(spec("counts").key)
    # A row of sightings is one source with one scanner and AS; a source that changes these within the hour still
    # counts once.
    return f"""
        SELECT {key}, CAST(sum(packets) AS BIGINT) AS packets, count(*) AS sources,
               min(first_at) AS first_at, max(last_at) AS last_at
        FROM (
            SELECT {key}, source_high, source_low, sum(packets) AS packets, min(first_at) AS first_at,
                   max(last_at) AS last_at
            FROM sightings GROUP BY {key}, source_high, source_low
        ) AS seen
        GROUP BY {key} ORDER BY hour, protocol, port, sensor
    """


def plain_activity() -> str:
    """Sightings to the distinct sources of each hour, port, region and kind, over all sensors."""
    key = _names(spec("activity").key)
    return f"""
        SELECT {key}, source_high, source_low, CAST(sum(packets) AS BIGINT) AS packets
        FROM sightings GROUP BY {key}, source_high, source_low ORDER BY {key}
    """


def folded(packets: Packets, *, turns: int = 1, pieces: int = 1, threads: int = 1) -> Rollup:
    """The rollup of packets that come in some pieces."""
    size = -(-len(packets) // pieces)
    batches = [packets.table.slice(i * size, size) for i in range(pieces)]
    hours = np.unique(packets.numpy("time").astype("datetime64[us]").astype(np.int64) // 3_600_000_000)
    return rolled(batches, hours, turns=turns, threads=threads)


def rolled(batches: list[pa.Table], hours: Any, *, turns: int = 1, threads: int = 1) -> Rollup:
    """The rollup of some hours of some tables of packets, half of which are spilled."""
    pending = Pending(Path(tempfile.gettempdir()), held_rows=sum(len(b) for b in batches) // 2)
    for batch in batches:
        pending.add((), batch)
    try:
        return rollup(pending.briefer, pending.of(set()), hours, turns=turns, threads=threads)
    finally:
        pending.forget()


def rows(table: pa.Table, names: list[str]) -> list[tuple[Any, ...]]:
    """The rows of a table, sorted."""
    return sorted((tuple(row.values()) for row in table.select(names).to_pylist()), key=repr)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 1 << 30), st.integers(1, 3), st.integers(1, 4))
def test_the_folds_are_those_of_plain_sql(random_packets: Make, seed: int, turns: int, pieces: int) -> None:
    """Sightings, counts and distinct sources are what GROUP BY and DISTINCT give, in any pieces and turns."""
    packets = random_packets(seed, n=120, hours=3)
    found = folded(packets, turns=turns, pieces=pieces, threads=1 + seed % 2)
    expected = _ENGINE.query(plain_sightings(), {}, {"packets": packets.table})
    names = spec("sightings").schema.names
    assert rows(found.sightings(), names) == rows(expected, names)
    names = spec("counts").schema.names
    assert rows(found.counts(), names) == rows(_ENGINE.query(plain_counts(), {}, {"sightings": expected}), names)
    sources = _ENGINE.query(plain_activity(), {}, {"sightings": expected})
    key = ", ".join(spec("activity").key)
    sources = _ENGINE.query(
        f"SELECT {key}, CAST(sum(packets) AS BIGINT) AS packets, count(*) AS sources FROM s GROUP BY {key}",
        {},
        {"s": sources},
    )
    names = [name for name in spec("activity").schema.names if name != "sketch"]
    assert rows(found.activity(), names) == rows(sources, names)


def test_rows_are_in_the_order_that_queries_prune_by(random_packets: Make) -> None:
    """Sightings come by hour, protocol, port, sensor and source."""
    table = folded(random_packets(5)).sightings()
    order = ["hour", "protocol", "port", "sensor", "source_high", "source_low"]
    keys = [tuple(row.values()) for row in table.select(order).to_pylist()]
    assert keys == sorted(keys)


def test_ipv6_sources_are_in_order_too(packets_of: Make) -> None:
    """Where the upper half says something it is sorted by before the lower."""
    packets = packets_of([0.1, 0.2, 0.3], source_high=np.array([5, 1, 1]), source_low=np.array([0, 9, 4]))
    table = folded(packets).sightings()
    assert list(zip(*(table.column(n).to_pylist() for n in ("source_high", "source_low")), strict=True)) == [
        (1, 4),
        (1, 9),
        (5, 0),
    ]


def test_a_summary_counts_for_the_packets_it_stands_for(packets_of: Make) -> None:
    """Records of many packets are weighed; a destination of which only the network is told is not counted."""
    masks = [int(Capability.DESTINATION_NETWORK), int(Capability.DESTINATION_NETWORK)]
    packets = packets_of([0.1, 0.2], packets=pa.array([7, None]), capabilities=np.array(masks))
    found = folded(packets)
    assert found.sightings().select(["packets", "destinations"]).to_pylist() == [{"packets": 8, "destinations": 0}]
    assert found.counts().column("packets").to_pylist() == [8]


def test_nothing_folds_to_nothing() -> None:
    """Hours without packets have no rows, with the tables' columns all the same."""
    found = rolled([], np.array([BASE_HOUR]))
    for name, table in (("sightings", found.sightings()), ("counts", found.counts()), ("activity", found.activity())):
        assert table.num_rows == 0
        assert table.column_names == spec(name).schema.names


@pytest.mark.parametrize("hour", [BASE_HOUR, BASE_HOUR + 1])
def test_only_the_hours_asked_for_are_folded(packets_of: Make, hour: int) -> None:
    """Packets of other hours in the same files are left out."""
    packets = packets_of([0.5, 1.5, 1.6])
    found = rolled([packets.table], np.array([hour]))
    assert found.counts().column("packets").to_pylist() == [1 + hour - BASE_HOUR]
