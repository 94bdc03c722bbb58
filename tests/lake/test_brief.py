"""Tests of isdas.lake.brief: what becomes of them is tested in test_rollup."""

from collections.abc import Callable

import numpy as np
import pyarrow as pa

from isdas.lake.brief import PARTS, Briefer, hours, needed
from isdas.model.columns import Capability
from isdas.model.packets import Packets

Make = Callable[..., Packets]


def test_every_packet_is_in_one_part(random_packets: Make) -> None:
    """Rows keep every source, destination and time; parts are ranges of sources."""
    packets = random_packets(3, n=500)
    brief = Briefer().of(packets.table)
    assert len(brief) == len(packets)
    assert brief.begins.tolist() == sorted(brief.begins.tolist())
    assert brief.begins[-1] == len(packets)
    assert sorted(brief.rows["source"].tolist()) == sorted((packets.numpy("source_low") & 0xFFFFFFFF).tolist())
    of = np.repeat(np.arange(PARTS), np.diff(brief.begins))
    assert of.tolist() == (brief.rows["source"].astype(np.int64) * PARTS >> 32).tolist()


def test_what_does_not_fit_is_kept_beside(packets_of: Make) -> None:
    """IPv6 and records that stand for more than four billion packets are held in full width."""
    packets = packets_of([0.1, 0.2, 0.3], source_high=np.array([0, 7, 0]), packets=np.array([1, 1, 1 << 33]))
    brief = Briefer().of(packets.table)
    assert len(brief.rows) == 1
    assert brief.others.b.tolist() == [7, 0]
    assert brief.others.packets.tolist() == [1, 1 << 33]


def test_what_is_not_known_counts_as_nothing(packets_of: Make) -> None:
    """A packet without a destination, or a record that does not say for how many packets it stands, fits a row."""
    nobody = pa.array([None, 5 << 32], pa.int64())
    some = packets_of([0.1, 0.2], destination_low=nobody, destination_high=nobody, packets=pa.array([None, 7]))
    brief = Briefer().of(some.table)
    assert brief.rows["member"].tolist() == [0]
    assert brief.rows["packets"].tolist() == [1]
    assert brief.others.packets.tolist() == [7]
    assert brief.others.c.tolist() == brief.others.mask.tolist()
    alone = Briefer().of(packets_of([0.1, 0.2, 0.3], source_high=np.array([0, 0, 1])).table)
    assert alone.rows["packets"].tolist() == [1, 1]
    assert alone.others.packets.tolist() == [1]


def test_labels_stand_for_what_they_were_made_of(packets_of: Make) -> None:
    """Hour, sensor, dimensions and capabilities can be had back; a network is no destination that counts."""
    masks = np.array([int(Capability.CAPTURE), int(Capability.DESTINATION_NETWORK)])
    briefer = Briefer()
    brief = briefer.of(packets_of([0.5, 1.5], capabilities=masks).table)
    meaning = briefer.meaning()
    label = brief.rows["c"] >> 33
    assert sorted(meaning.mask[label].tolist()) == sorted(masks.tolist())
    assert sorted(meaning.counted[label].tolist()) == [False, True]
    assert meaning.table.column("sensor").to_pylist() == ["alpha", "alpha"]
    assert len(set(meaning.table.column("hour").to_pylist())) == 2


def test_hours_of_times_in_any_order() -> None:
    """An hour begins with its first microsecond, before 1970 too."""
    times = np.array([3_600_000_000, 3_599_999_999, 0, -1, 7_200_000_000])
    assert hours(times).tolist() == [1, 0, 0, -1, 2]


def test_a_fold_needs_few_columns() -> None:
    """No header column that is no dimension is read for a fold."""
    assert "tcp_sequence" not in needed()
    assert {"time", "sensor", "source_low", "port", "kind", "capabilities"} <= set(needed())
