"""
The times of the lines of a log, block by block, with the year of those that do not state one.

A line without a year lies within half a year of the line before it, so that the order of the lines shows each New
Year, in either direction. Which year the first line is in is told by the first line that states one, else by when the
file was last written. It does not say what a line is.
"""

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from isdas.formats import syslog_walk as walk
from isdas.formats.context import Context
from isdas.formats.lines import LineBlock, line_blocks
from isdas.formats.wall_clock import Ints, Mask, to_utc
from isdas.model.time import now

_SCAN_BYTES = 1 << 16
"""Blocks that stay in the cache of a processor are read twice as fast, where nothing but their times is looked at."""

_LATE_SHARE = 0.05
_OLDEST = 40


class Stamps(NamedTuple):
    """
    The times of the lines of a block.

    Attributes:
        starts: int64[n + 1], where each line begins.
        times: int64[n], microseconds since 1970: in UTC where the line states its offset, else on its own clock.
        kinds: int8[n], as in `isdas.formats.syslog_walk`; no line is YEARLESS any more.
        afters: int64[n], where the time ends.
        followings: int8[n], what follows it.
    """

    starts: Ints
    times: Ints
    kinds: npt.NDArray[np.int8]
    afters: Ints
    followings: npt.NDArray[np.int8]

    def instants(self, context: Context) -> tuple[Ints, Mask, Mask]:
        """All times in UTC, those without an offset by the context's zone; which that clock showed twice; and never."""
        times = self.times.copy()
        twice, skipped = np.zeros(len(times), np.bool_), np.zeros(len(times), np.bool_)
        local = np.flatnonzero((self.kinds == walk.LOCAL) | (self.kinds == walk.YEARLESS))
        times[local], twice[local], skipped[local] = to_utc(self.times[local], context.zone)
        return times, twice, skipped


class Calendar:
    """The reading of the times of a file from its first line to its last."""

    def __init__(self, path: Path, context: Context) -> None:
        """For *path*, which is read once more only if its first times state no year."""
        self._path = path
        written = (context.written_at or now()).astimezone(context.zone).replace(tzinfo=None)
        self._last_day = (min(written, datetime(9999, 12, 29)) + timedelta(days=1)).date()
        self._state = np.zeros(4, np.int64)

    def stamps(self, block: LineBlock) -> Stamps:
        """
        The times of the next block.

        Raises:
            InputRefused: ``unreadable``, if the file has to be read once more and cannot.
        """
        before, seen = self._state.copy(), _nothing_seen()
        found = self._read(block, self._state, seen)
        if seen.any():
            before[walk.BASE] = self._base()
            self._state = before
            found = self._read(block, self._state, seen)
        return found

    def _read(self, block: LineBlock, state: Ints, seen: Ints) -> Stamps:
        starts = block.starts()
        n = len(starts) - 1
        found = Stamps(starts, np.zeros(n, np.int64), np.empty(n, np.int8), np.empty(n, np.int64), np.empty(n, np.int8))
        limit = (self._last_day - date(1970, 1, 1) + timedelta(days=1)) // timedelta(microseconds=1) - 1
        data = np.frombuffer(block.data, np.uint8)
        walk.stamps(data, starts, state, limit, seen, np.zeros(8, np.int64), *found[1:])
        return found

    def _base(self) -> int:
        """The year of the first line."""
        state, seen = np.zeros(4, np.int64), _nothing_seen()
        for block in line_blocks(self._path, _SCAN_BYTES):
            self._read(block, state, seen)
            if state[walk.BASE]:
                return int(state[walk.BASE])
        last = int(state[walk.LAST]) // walk.DAY_S
        return _year_of_first(seen, int(state[walk.TURN]), last, self._last_day)


def _nothing_seen() -> Ints:
    return np.zeros((2 * walk.TURNS + 1, walk.DAYS), np.int64)


def _year_of_first(seen: Ints, turn: int, day: int, limit: date) -> int:
    """
    The latest year for the first line with which the file makes sense.

    The last line, and all but one in twenty of the others, were written by *limit*: a few may come from a clock that
    was wrong, as that of a small machine is until it has asked for the time. And 29 February was in a leap year.

    Args:
        seen: int64[2 * TURNS + 1, DAYS], how many lines there are in each year, by New Years from the first line, and
            day.
        turn, day: year and day of the last line, likewise.
        limit: the day on which the last line was written at the latest.
    """
    turns, days = (each.astype(np.int64) for each in np.nonzero(seen))
    counts, turns = seen[turns, days], turns - walk.TURNS
    of_limit = (limit.month - 1) * 31 + limit.day - 1
    fitting = [
        year
        for year in range(limit.year + walk.TURNS, limit.year - walk.TURNS - _OLDEST, -1)
        if (year + turn, day) <= (limit.year, of_limit)
        and _share((year + turns) * walk.DAYS + days > limit.year * walk.DAYS + of_limit, counts) <= _LATE_SHARE
    ]
    leap_day = days == 31 + 28
    leaping = [year for year in fitting if _share(~_is_leap(year + turns[leap_day]), counts[leap_day]) <= _LATE_SHARE]
    return (leaping or fitting or [limit.year])[0]


def _share(which: Mask, counts: Ints) -> float:
    return float(counts[which].sum()) / max(float(counts.sum()), 1.0)


def _is_leap(years: Ints) -> Mask:
    return np.asarray((years % 4 == 0) & ((years % 100 != 0) | (years % 400 == 0)))
