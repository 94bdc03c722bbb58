"""
The five tables: what a row is, its schema, how it is laid out and how long it is kept.

Schemas follow from the column table, so they are made at the time of use.
"""

from dataclasses import dataclass
from typing import Literal

import pyarrow as pa

from isdas.model import columns

ROW_GROUP_ROWS = 1 << 18
"""Rows of a file that are read and passed over together: small enough that a query for an hour prunes."""

_TIME = pa.timestamp("us", tz="UTC")
_SOURCE = (("source_high", pa.int64()), ("source_low", pa.int64()))
_PORT = (("protocol", pa.int16()), ("port", pa.int32()))


@dataclass(frozen=True, slots=True)
class TableSpec:
    """
    One table of the lake.

    Attributes:
        name: its name and folder.
        meaning: what a row is.
        kept: how long by default.
        clock: the column that orders it in time.
        partition: name of the partition column; ``day`` or ``month`` of the clock, UTC.
        schema: Arrow schema without the partition column.
        key: the columns that make a row unique, empty for packets.
    """

    name: str
    meaning: str
    kept: str
    clock: str
    partition: Literal["day", "month"]
    schema: pa.Schema
    key: tuple[str, ...]

    @property
    def delta_schema(self) -> pa.Schema:
        """The schema with the partition column, as declared to Delta Lake."""
        return self.schema.append(pa.field(self.partition, pa.date32()))


def _packets() -> TableSpec:
    return TableSpec("packets", "one packet's headers", "30 days", "time", "day", columns.schema(), ())


def _sightings() -> TableSpec:
    key = [("hour", _TIME), ("sensor", pa.string()), *_SOURCE, *_PORT]
    key += [(c.name, c.type) for c in columns.dimensions()]
    values = [
        ("packets", pa.int64()),
        ("first_at", _TIME),
        ("last_at", _TIME),
        ("destinations", pa.int32()),
    ]
    names = tuple(name for name, _ in key)
    meaning = "one source seen by one sensor on one port in one hour"
    return TableSpec("sightings", meaning, "400 days", "hour", "day", pa.schema(key + values), names)


def _counts() -> TableSpec:
    key = [("hour", _TIME), ("sensor", pa.string()), *_PORT]
    key += [(c.name, c.type) for c in columns.lasting_dimensions()]
    values = [
        ("packets", pa.int64()),
        ("sources", pa.int64()),
        ("first_at", _TIME),
        ("last_at", _TIME),
    ]
    names = tuple(name for name, _ in key)
    meaning = "one port's packets and sources at one sensor in one hour, by region, kind and tool"
    return TableSpec("counts", meaning, "for ever", "hour", "month", pa.schema(key + values), names)


def _activity() -> TableSpec:
    key = [("hour", _TIME), *_PORT, ("region", pa.string()), ("kind", pa.string())]
    values = [("packets", pa.int64()), ("sources", pa.int64()), ("sketch", pa.list_(pa.int64()))]
    names = tuple(name for name, _ in key)
    meaning = "one port's sources in one hour and region, each counted once over all sensors, with a mergeable sketch"
    return TableSpec("activity", meaning, "for ever", "hour", "month", pa.schema(key + values), names)


def _coverage() -> TableSpec:
    schema = pa.schema(
        [
            ("hour", _TIME),
            ("sensor", pa.string()),
            ("seconds", pa.float64()),
            ("addresses", pa.int64()),
            ("received", pa.int64()),
            ("dropped", pa.int64()),
            ("clock_offset_s", pa.float64()),
            ("capabilities", pa.int32()),
            ("editions", pa.string()),
            ("basis", pa.string()),
        ]
    )
    meaning = "what one sensor really observed in one hour, and whether that was stated or inferred"
    return TableSpec("coverage", meaning, "for ever", "hour", "month", schema, ("hour", "sensor"))


_MAKERS = {
    "packets": _packets,
    "sightings": _sightings,
    "counts": _counts,
    "activity": _activity,
    "coverage": _coverage,
}

NAMES = tuple(_MAKERS)
"""The tables' names, each after those that it derives from."""

DERIVED = NAMES[1:]
"""The tables that a fold makes."""


def spec(name: str) -> TableSpec:
    """The table called *name*, by the column table as it is now."""
    return _MAKERS[name]()
