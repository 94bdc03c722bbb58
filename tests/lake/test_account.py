"""Tests of isdas.lake.account."""

from collections.abc import Callable
from typing import Any

import numpy as np

from isdas.lake.account import FIGURES, Account, accounts
from isdas.lake.lake import Lake
from isdas.lake.ledger import Entry
from isdas.model.packets import Packets

Make = Callable[..., Packets]
Do = Callable[..., Any]
BASE, HOUR_US = 475_200, 3_600_000_000
SPOOL = "0" * 16


def admit(lake: Lake, packets_of: Make, minutes: range, name: str = "alpha") -> None:
    """Segments of some minutes with three packets each, of eight that were captured, in one group."""
    entries, batches = [], []
    for n in minutes:
        start = BASE * HOUR_US + n * 60_000_000
        times = [(start + i * 1_000_000) / HOUR_US - BASE for i in range(3)]
        batches.append(
            packets_of(
                times, sensor=name, intake=f"segment:{name}/{SPOOL}", position=(n << 32) + np.arange(3), source=n
            )
        )
        entries.append(
            Entry(
                1, name, SPOOL, n, b"d" * 32, b"c" * 32, start, start + 60_000_000, start,
                packets=3, received=8, own=2, refused={"not-ip": 1}, dropped={"kernel": 1, "ring": 1},
                lost=[[0, 0, 1, 7, 0, 0]] if n == 61 else [], hours={start // HOUR_US: 3},
            )
        )  # fmt: skip
    with lake.admission() as admission:
        admission.add(Packets.concat(batches))
        admission.finish_segments(entries)


def test_every_packet_has_its_place(lake: Lake, packets_of: Make, period_of: Do) -> None:
    """By hour: what was captured, what became of it and what is in the tables; the same when rows are gathered."""
    admit(lake, packets_of, range(90))
    lake.fold()
    day = period_of("2024-03-18", "2024-03-18")
    expected = [
        Account("alpha", BASE, 60, 480, 120, 60, 120, 180, 0, 180, 180),
        Account("alpha", BASE + 1, 30, 240, 60, 30, 60, 90, 7, 90, 90),
    ]
    assert accounts(lake, day) == expected
    assert all(a.captured == a.own + a.refused + a.dropped + a.sealed for a in expected)
    lake.gather_segments(1 << 62)
    assert accounts(lake, day) == expected
    assert accounts(lake, period_of("2024-03-18T01:00", "2024-03-18T02:00")) == expected[1:]


def test_what_is_not_folded_yet_is_seen(lake: Lake, packets_of: Make, period_of: Do) -> None:
    """Stored packets that no fold has counted yet show as such."""
    admit(lake, packets_of, range(10))
    lake.refresh()
    (found,) = accounts(lake, period_of("2024-03-18", "2024-03-18"))
    assert (found.sealed, found.stored, found.counted) == (30, 30, 0)


def test_sensors_can_be_chosen(lake: Lake, packets_of: Make, period_of: Do) -> None:
    """Only the sensors asked for are told of; those of files have no account."""
    admit(lake, packets_of, range(3))
    admit(lake, packets_of, range(3, 5), "beta")
    lake.fold()
    day = period_of("2024-03-18", "2024-03-18")
    assert [one.sensor for one in accounts(lake, day)] == ["alpha", "beta"]
    assert [one.sensor for one in accounts(lake, day, ["beta"])] == ["beta"]
    assert accounts(lake, period_of("2024-03-19", "2024-03-19")) == []


def test_an_account_as_data() -> None:
    """The keys are those that `isdas fleet account --json` promises."""
    told = Account("alpha", BASE).as_dict()
    assert tuple(told) == ("sensor", "hour", *FIGURES)
    assert told["hour"] == "2024-03-18T00:00:00Z"
