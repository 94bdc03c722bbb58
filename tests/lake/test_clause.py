"""Tests of isdas.lake.clause."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from isdas.lake.clause import Grid, matching, within_period
from isdas.lake.lake import Lake
from isdas.model.packets import Packets
from isdas.model.port import Port
from isdas.model.time import Period

Make = Callable[..., Packets]
Do = Callable[..., Any]
HOSTILE = ["x' OR '1'='1", "'; DROP VIEW counts; --", "\\' OR true --", 'quo"te', "日本", ""]


def test_conditions_add_up() -> None:
    """Nothing given is everything; each thing given is one more condition."""
    assert matching() == "true"
    assert matching(port=Port(6, 445), kind="scan", sensors=("a", "b")) == (
        "true AND protocol = 6 AND port = 445 AND kind = 'scan' AND sensor IN ('a', 'b')"
    )


@pytest.mark.parametrize("name", HOSTILE)
def test_texts_stand_for_themselves(lake: Lake, packets_of: Make, take: Do, name: str) -> None:
    """A sensor or kind of any name matches itself and nothing else, and does no harm."""
    take(lake, ("1", packets_of([0.1, 0.2, 0.3], sensor=[name, "alpha", "alpha"], kind=["scan", name, "scan"])))
    for clause, expected in ((matching(sensors=(name,)), 1), (matching(kind=name), 1)):
        found = lake.ask(f"SELECT sum(packets) AS n FROM counts WHERE {clause}", "counts")
        assert found["n"].to_pylist() == [expected]


def test_a_period_touches_hours(lake: Lake, packets_of: Make, take: Do, period_of: Do) -> None:
    """A period that begins or ends within an hour includes the whole hour; one that ends on it does not."""
    take(lake, ("1", packets_of([h + 0.5 for h in range(6)])))

    def hours(start: str, end: str) -> list[int]:
        clause = within_period(period_of(f"2024-03-18T{start}", f"2024-03-18T{end}"))
        rows = lake.ask(f"SELECT unix_micros(hour) AS h FROM counts WHERE {clause} ORDER BY h", "counts")
        return [h // 3_600_000_000 - 475_200 for h in rows["h"].to_pylist()]

    assert hours("01:00", "03:00") == [1, 2]
    assert hours("01:59:59", "03:00:01") == [1, 2, 3]
    assert hours("04:10", "04:20") == [4]


def test_hours_have_places(lake: Lake, packets_of: Make, take: Do, period_of: Do) -> None:
    """An hour is in the bin that it begins in, counted from the first bin, whatever the zone's offset."""
    take(lake, ("1", packets_of([h + 0.5 for h in range(-24, 48)])))
    for zone, first in (("UTC", 0), ("Asia/Tokyo", -9), ("Asia/Kolkata", -5), ("America/St_Johns", 3)):
        period: Period = period_of("2024-03-18", "2024-03-18", zone)
        grid = Grid(period, period.bins(6), 6)
        statement = f"SELECT {grid.place} AS p, min(hour) AS h FROM counts WHERE {grid.within} GROUP BY {grid.place}"
        rows = lake.ask(f"{statement} ORDER BY p", "counts")
        assert rows["p"].to_pylist() == [0, 1, 2, 3]
        start = np.datetime64(rows["h"][0].as_py().replace(tzinfo=None), "h")
        assert int((start - np.datetime64("2024-03-18T00", "h")).astype(int)) == first
