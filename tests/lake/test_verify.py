"""Tests of isdas.lake.verify."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from isdas.lake.fold import PUBLISHED
from isdas.lake.lake import Lake
from isdas.lake.records import Intake
from isdas.lake.verify import Difference, verify
from isdas.model.packets import Packets

Make = Callable[..., Packets]
Do = Callable[..., Any]
AT = "2024-03-18T00:00:00Z"


@pytest.fixture
def filled(lake: Lake, packets_of: Make, take: Do) -> Lake:
    """Three packets of alpha in the first hour and one of beta in the second."""
    take(lake, ("1", packets_of([0.1, 0.2, 0.3, 1.5], sensor=["alpha", "alpha", "alpha", "beta"])))
    return lake


def spoil(lake: Lake, name: str, hour: int, column: str, value: int) -> None:
    """Write a wrong number into the rows of an hour, and publish it."""
    table = lake.table(name)
    hours = np.array([475_200 + hour], "datetime64[h]").astype("datetime64[us]")
    rows = lake.ask(f"SELECT * FROM {name}", name)
    rows = rows.filter(pc.equal(rows.column("hour").cast(pa.int64()), int(hours[0].astype(np.int64))))
    place = rows.column_names.index(column)
    kind = table.spec.schema.field(column).type
    table.replace(hours, rows.set_column(place, column, pa.array([value] * rows.num_rows, kind)))
    lake.table("coverage").commit([], transactions={f"{PUBLISHED}{name}": table.version})
    lake.refresh()


def test_a_whole_lake_has_no_differences(filled: Lake) -> None:
    """What was taken in and folded without trouble reconciles, and so does an empty lake."""
    assert verify(filled) == []


def test_an_empty_lake_has_no_differences(lake: Lake) -> None:
    """Nothing taken in is nothing amiss."""
    assert verify(lake) == []


PLANTED = {
    "sightings": [
        Difference(f"alpha {AT}", "packets = sightings", 3, 7),
        Difference(f"alpha {AT}", "sightings = counts", 7, 3),
        Difference(f"all sensors {AT}", "sightings = activity", 7, 3),
    ],
    "counts": [
        Difference(f"alpha {AT}", "sightings = counts", 3, 7),
        Difference(f"alpha {AT}", "counts = coverage", 7, 3),
    ],
    "activity": [Difference(f"all sensors {AT}", "sightings = activity", 3, 7)],
    "coverage": [Difference(f"alpha {AT}", "counts = coverage", 3, 7)],
}


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_difference_is_found(filled: Lake, name: str) -> None:
    """A wrong number in any derived table is told with the sensor, the hour and both figures."""
    spoil(filled, name, 0, "received" if name == "coverage" else "packets", 7)
    assert verify(filled) == PLANTED[name]


def test_lost_packets_are_found(filled: Lake) -> None:
    """Packet files that vanish from the table are missed by the intake and by the folds."""
    table = filled.table("packets")
    table.commit([], removes=table.files())
    filled.refresh()
    assert [d.what for d in verify(filled)] == ["stored = packets", "packets = sightings", "packets = sightings"]


def test_packets_that_nobody_brought_are_found(filled: Lake, packets_of: Make) -> None:
    """Packets without an intake are told by their identity; their hour does not differ, since nothing is folded yet."""
    table = filled.table("packets")
    table.commit(table.write(packets_of([0.4], intake="blake3:unknown").table))
    filled.refresh()
    assert verify(filled) == [Difference("blake3:unknown", "packets of no intake", 0, 1)]


def test_records_that_do_not_add_up_are_found(filled: Lake) -> None:
    """An intake whose record says that it read more than it stored and refused is told by its file."""
    filled.records.intend([Intake("1", "day.pcap", "pcap", read=9, stored=5, refused={"not-ip": 3})])
    assert verify(filled) == [
        Difference("day.pcap", "read = stored + refused", 9, 8),
        Difference("day.pcap", "stored = packets", 5, 4),
    ]


def test_a_difference_prints_as_it_is() -> None:
    """The form for JSON has the four fields by name."""
    assert Difference("a", "b", 1, 2).as_dict() == {"where": "a", "what": "b", "expected": 1, "found": 2}
