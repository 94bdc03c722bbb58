"""Tests of isdas.lake.vitals."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import numpy as np

from isdas.lake.gathering import gather
from isdas.lake.lake import Lake
from isdas.lake.ledger import Entry
from isdas.lake.records import Statement
from isdas.lake.vitals import evicted, hours, last_hours, neighbours
from isdas.model.address import from_ipv4
from isdas.model.packets import Packets
from isdas.model.time import from_micros

Make = Callable[..., Packets]
Do = Callable[..., Any]
BASE, HOUR_US = 475_200, 3_600_000_000
START = from_micros(BASE * HOUR_US)


def test_hours_of_every_sensor(lake: Lake, packets_of: Make, admit: Do, period_of: Do) -> None:
    """By sensor: what was observed of each hour, and what came and was dropped in it."""
    said = Statement("alpha", START, START + timedelta(hours=2.5), received=9, dropped=4)
    admit(lake, "1", packets_of([0.1, 0.2, 1.5]), statements=(said,))
    admit(lake, "2", packets_of([5.5], sensor="beta"))
    lake.fold()
    found = hours(lake, period_of("2024-03-18", "2024-03-18"))
    assert set(found) == {"alpha", "beta"}
    alpha = found["alpha"]
    assert alpha.hour.tolist() == [BASE, BASE + 1, BASE + 2]
    assert alpha.seconds.tolist() == [3600, 3600, 1800]
    assert (alpha.packets.tolist(), alpha.dropped.tolist()) == ([2, 1, 0], [0, 0, 4])
    assert found["beta"].packets.sum() == 1
    assert hours(lake, period_of("2023-01-01", "2023-01-02")) == {}
    assert last_hours(lake) == {"alpha": BASE + 2, "beta": BASE + 5}


def test_hours_of_segments_are_known_before_they_are_folded(lake: Lake, period_of: Do) -> None:
    """An hour that goes on is told of as it is by now; other hours are those of the tables."""

    def segment(n: int, start: float, dropped: int) -> Entry:
        at = round((BASE + start) * HOUR_US)
        told = {"dropped": {"kernel": dropped}, "received": dropped + 1, "own": 1}
        return Entry(1, "alpha", "0" * 16, n, b"d" * 32, b"c" * 32, at, at + HOUR_US // 4, 0, **told)  # type: ignore[arg-type]

    for entries in ([segment(0, 0.0, 1), segment(1, 1.0, 2)], [segment(2, 1.25, 3), segment(3, 2.0, 4)]):
        lake.fold()
        with lake.admission() as admission:
            admission.finish_segments(entries)
    lake.refresh()
    before = hours(lake, period_of("2024-03-18", "2024-03-18"))["alpha"]
    assert before.hour.tolist() == [BASE, BASE + 1, BASE + 2]
    assert before.seconds.tolist() == [900, 1800, 900]
    assert before.dropped.tolist() == [1, 5, 4]
    lake.fold()
    after = hours(lake, period_of("2024-03-18", "2024-03-18"))["alpha"]
    for name in ("hour", "seconds", "packets", "dropped"):
        assert getattr(after, name).tolist() == getattr(before, name).tolist()


def test_neighbours_are_told_from_the_destination(lake: Lake, packets_of: Make, take: Do, period_of: Do) -> None:
    """Sources in the destination's own /16 are counted apart, each once, by sensor; other kinds are not counted."""
    near = from_ipv4(np.array([(192 << 24) + 7, (192 << 24) + 7, (192 << 24) + 65535]))
    take(
        lake,
        ("1", packets_of([0.1] * 3, source_low=near)),
        ("2", packets_of([0.1] * 4, source=np.arange(4))),
        ("3", packets_of([0.1], source=9, sensor="beta")),
        ("4", packets_of([0.1], source=99, kind="backscatter")),
        ("5", packets_of([30.0], source=999)),
    )
    assert neighbours(lake, period_of("2024-03-18", "2024-03-18")) == {"alpha": (6, 2), "beta": (1, 0)}


def test_neighbours_in_ipv6(lake: Lake, packets_of: Make, take: Do, period_of: Do) -> None:
    """Two addresses are neighbours if their first 48 bits are the same."""
    net = 0x2001_0DB8_0001_0000
    values = {"ip_version": 6, "destination_high": net, "destination_low": 1, "source_low": 5}
    take(lake, ("1", packets_of([0.1, 0.1], source_high=np.array([net + 9, net + 0x10000]), **values)))
    assert neighbours(lake, period_of("2024-03-18", "2024-03-18")) == {"alpha": (2, 1)}


def test_evictions_are_told_since_an_instant(lake: Lake) -> None:
    """What full spools evicted, by sensor, before and after the rows were gathered."""
    entries = [
        Entry(
            sensor, "alpha", "0" * 16, n, b"d" * 32, b"c" * 32, (BASE + n) * HOUR_US, (BASE + n) * HOUR_US + 60, 0,
            received=10, own=10, lost=[[0, 1, 2, 30, 0, 0], [5, 5, 1, 7, 0, 0]] if n else [],
        )
        for sensor in (1, 2)
        for n in range(3)
    ]  # fmt: skip
    with lake.admission() as admission:
        admission.finish_segments(entries)
    database = lake.records.database
    for _ in range(2):
        assert evicted(database, BASE * HOUR_US) == {1: (6, 74), 2: (6, 74)}
        assert evicted(database, (BASE + 2) * HOUR_US) == {1: (3, 37), 2: (3, 37)}
        assert evicted(database, (BASE + 9) * HOUR_US) == {}
        assert sum(gather(database, upto=9, before_us=1)) >= 0
