"""Tests of isdas.lake.seen."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import numpy as np

from isdas.lake.clause import Grid
from isdas.lake.lake import Lake
from isdas.lake.records import Statement
from isdas.lake.seen import Seen, observed
from isdas.model.packets import Packets
from isdas.model.time import from_micros

Make = Callable[..., Packets]
Do = Callable[..., Any]
START = from_micros(475_200 * 3_600_000_000)


def seen_of(lake: Lake, period: Any, bin_hours: int = 24, sensors: tuple[str, ...] = ()) -> Seen:
    """The coverage of a period."""
    return observed(lake, Grid(period, period.bins(bin_hours), bin_hours), sensors)


def stated(sensor: str, *hours: tuple[float, float]) -> tuple[Statement, ...]:
    """Stretches of hours that a sensor says it observed."""
    return tuple(Statement(sensor, START + timedelta(hours=a), START + timedelta(hours=b)) for a, b in hours)


def test_shares_are_seconds_of_the_bin(lake: Lake, packets_of: Make, admit: Do, period_of: Do) -> None:
    """Each sensor's share of each bin is what it observed of it; sensors come in the order of their names."""
    admit(lake, "1", packets_of([]), statements=stated("beta", (0, 12), (24, 48)) + stated("alpha", (23, 25.5)))
    lake.fold()
    seen = seen_of(lake, period_of("2024-03-18", "2024-03-20"))
    assert seen.sensors == ("alpha", "beta")
    assert np.allclose(seen.share, [[1 / 24, 1.5 / 24, 0], [0.5, 1, 0]])
    assert seen.inferred == 0


def test_only_some_sensors(lake: Lake, packets_of: Make, admit: Do, period_of: Do) -> None:
    """Asked about some sensors, the others are not in it."""
    admit(lake, "1", packets_of([]), statements=stated("beta", (0, 12)) + stated("alpha", (0, 24)))
    lake.fold()
    assert seen_of(lake, period_of("2024-03-18", "2024-03-18"), 24, ("beta",)).share.tolist() == [[0.5]]


def test_what_was_inferred_is_told(lake: Lake, packets_of: Make, admit: Do, period_of: Do) -> None:
    """The share of inferred seconds and the editions of the lookups come with it."""
    hours = np.arange(0, 24, 0.1)
    statements = stated("beta", (0, 24))
    editions = ["book=1;atlas=3"] * 120 + ["book=2;atlas=3"] * 120
    admit(lake, "1", packets_of(hours, source=np.arange(240), editions=editions), statements=statements)
    lake.fold()
    seen = seen_of(lake, period_of("2024-03-18", "2024-03-18"))
    assert 0.49 < seen.inferred <= 0.5
    assert seen.editions == {"atlas": "3", "book": "1, 2"}


def test_nothing_observed(lake: Lake, period_of: Do) -> None:
    """An empty lake has no sensors, and its bins no shares."""
    seen = seen_of(lake, period_of("2024-03-18", "2024-03-20"))
    assert (seen.sensors, seen.share.shape, seen.editions, seen.inferred) == ((), (0, 3), {}, 0.0)
