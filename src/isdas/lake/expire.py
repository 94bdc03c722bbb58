"""
Retention: which files of a table are too old to be kept, and what is told of them.

Tables are kept by the day; a day goes as a whole, by a commit. Knows no lake and takes no lock.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from isdas.lake.delta import DataFile, Table
from isdas.model.time import HOUR_US, instant, iso, moment

LET_GO = "let-go"
"""The application transaction in which packets and sightings record the hour up to which they have been let go."""

ALWAYS = np.datetime64(-(1 << 62), "us")
"""Before every time: where nothing has been let go."""

EXPIRING = ("packets", "sightings")
"""The tables that are not kept for ever, each after those that it derives from."""


@dataclass(frozen=True, slots=True)
class Gone:
    """
    What retention removes from one table.

    Attributes:
        table: its name.
        days: how long it is kept; 0 is for ever.
        before: the first day that stays; None if everything does.
        files, rows, size: of what goes; bytes are given back to the disk when no reader can see the files any more.
    """

    table: str
    days: int
    before: datetime | None
    files: int = 0
    rows: int = 0
    size: int = 0

    def as_dict(self) -> dict[str, object]:
        """The form that ``isdas lake expire --json`` prints."""
        return {
            "table": self.table,
            "days": self.days,
            "before": None if self.before is None else iso(self.before),
            "files": self.files,
            "rows": self.rows,
            "bytes": self.size,
        }


def let_go(table: Table) -> np.datetime64:
    """The hour from which on a table holds all that ever was in it."""
    hour = table.transaction(LET_GO)
    return ALWAYS if hour is None else np.datetime64(hour * HOUR_US, "us")


def edge(days: int, upto: datetime) -> np.datetime64 | None:
    """The first day (UTC) that stays when a table is kept so many days; None if it is kept for ever."""
    if not days:
        return None
    return np.datetime64(moment(upto - timedelta(days=days)).astype("datetime64[D]"), "us")


def aged(table: Table, before: np.datetime64 | None) -> list[DataFile]:
    """The files of a table that are wholly before a day."""
    return [] if before is None else [file for file in table.files() if file.high < before]


def going(table: Table, days: int, upto: datetime) -> Gone:
    """What retention would remove from a table."""
    before = edge(days, upto)
    files = aged(table, before)
    size = sum((table.path / file.path).stat().st_size for file in files)
    told = None if before is None else instant(before)
    return Gone(table.spec.name, days, told, len(files), sum(file.rows for file in files), size)


def expire(tables: Mapping[str, Table], kept: Mapping[str, int], upto: datetime) -> list[Gone]:
    """
    Remove what is too old, table by table; every table must be folded up to its packets.

    Args:
        kept: days by table.
        upto: from when the days are counted back.
    """
    found = []
    for name in EXPIRING:
        table, before = tables[name], edge(kept[name], upto)
        found.append(going(table, kept[name], upto))
        files = aged(table, before)
        if files and before is not None:
            hour = int(before.astype(np.int64)) // HOUR_US
            table.commit([], removes=files, transactions={LET_GO: max(hour, table.transaction(LET_GO) or 0)})
    return found
