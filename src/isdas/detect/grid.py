"""
Grid: the hours of all series that the search still needs, laid out in whole UTC days, the newest last.

Grows by a day at a time and lets go of the oldest weeks. Does not know what is usual.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from isdas.detect.activity import HOURS, Activity
from isdas.detect.elsewhere import HOURS_BACK
from isdas.model.port import Port

WEEK = 7
"""Days that are let go at a time, so that a day's place in the week is that of its index."""

SPARE = 8
"""Days of room beyond those kept: a week that waits to be let go, and today."""

RING = 12 * 24
"""Hours for which it is kept how many sources came elsewhere: learning looks a week and the longest window back."""

BY_SERIES = ("counts", "usable", "day_counts", "day_exposure", "total", "elsewhere")
"""The tables of the grid that have a row for every series."""

Floats = npt.NDArray[np.float64]


@dataclass(slots=True)
class Grid:
    """
    Counts by series and hour with what may be used of them; k series in room for more, d days of room.

    Attributes:
        first: datetime64[h], the midnight at which it begins.
        kept_days: so many days are kept before the newest.
        n_hours: hours up to the last one known; what follows is padding.
        keys: the ports, in the order in which they were first seen.
        counts: int32[.., d * 24].
        usable: bool[.., d * 24], observed and not part of an incident, as known so far.
        live: float64[d * 24], sensors; 0 in gaps and padding.
        exposure: float64[d * 24], effective (see `effective`).
        day_counts, day_exposure: float64[.., d], usable totals.
        total: int64[..], source-hours ever seen.
        elsewhere: uint8[.., RING], see `isdas.detect.elsewhere`, 255 at most; the place of an hour is its number since
            1970, modulo RING.
        apart: bool[d * 24], whether that is known of the hour.
    """

    first: np.datetime64
    kept_days: int
    n_hours: int = 0
    keys: list[Port] = field(default_factory=list)
    counts: npt.NDArray[np.int32] = field(default_factory=lambda: np.zeros((0, 0), np.int32))
    usable: npt.NDArray[np.bool_] = field(default_factory=lambda: np.zeros((0, 0), np.bool_))
    live: Floats = field(default_factory=lambda: np.zeros(0))
    exposure: Floats = field(default_factory=lambda: np.zeros(0))
    day_counts: Floats = field(default_factory=lambda: np.zeros((0, 0)))
    day_exposure: Floats = field(default_factory=lambda: np.zeros((0, 0)))
    total: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    elsewhere: npt.NDArray[np.uint8] = field(default_factory=lambda: np.zeros((0, RING), np.uint8))
    apart: npt.NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, np.bool_))
    _rows: dict[Port, int] = field(default_factory=dict)
    _rooms: dict[str, npt.NDArray[Any]] = field(default_factory=dict)

    @classmethod
    def of(cls, start: np.datetime64, kept_days: int) -> "Grid":
        """Room for days from the midnight before *start*, before anything was seen."""
        days = kept_days + SPARE
        grid = cls(start.astype("datetime64[D]").astype(HOURS), kept_days)
        grid.counts, grid.usable = np.zeros((0, days * 24), np.int32), np.zeros((0, days * 24), np.bool_)
        grid.live, grid.exposure = np.zeros(days * 24), np.zeros(days * 24)
        grid.apart = np.zeros(days * 24, np.bool_)
        grid.day_counts, grid.day_exposure = np.zeros((0, days)), np.zeros((0, days))
        return grid

    def __len__(self) -> int:
        return len(self.keys)

    @property
    def n_days(self) -> int:
        """Days of which something is known."""
        return -(-self.n_hours // 24)

    def hour(self, index: int) -> np.datetime64:
        """The begin of hour *index*."""
        return self.first + index

    @property
    def weekday(self) -> int:
        """Day of the week of the first day, Monday 0 (1970-01-01 was a Thursday)."""
        return int((self.first.astype("datetime64[D]").astype(int) + 3) % 7)

    def take(self, day: Activity) -> int:
        """
        Take in hours of the next day; how many series are new.

        Args:
            day: begins where the grid ends, or anywhere in its first day, and does not reach over midnight. Ports
                without sources need not be in it.
        """
        begin = int((day.start.astype(HOURS) - self.first).astype(int))
        end = begin + len(day.exposure)
        if begin < self.n_hours or begin // 24 != self.n_days or (end - 1) // 24 != begin // 24:
            raise ValueError(f"hours {begin} to {end} do not follow {self.n_hours} within one day")
        before = len(self.keys)
        seen = np.flatnonzero(day.counts.any(axis=1))
        new = [day.keys[i] for i in seen if day.keys[i] not in self._rows]
        self._add(new)
        at = begin // 24
        self.live[begin:end] = day.exposure
        self._weigh(at)
        observed = self.live[begin:end] > 0
        rows = np.array([self._rows[day.keys[i]] for i in seen], np.int64)
        self.counts[rows, begin:end] = day.counts[seen] * observed
        self.usable[:, at * 24 : at * 24 + 24] = self.live[at * 24 : at * 24 + 24] > 0
        self._tell_apart(day, seen, rows, begin)
        self.n_hours = end
        self.day_counts[:, at] = 0.0
        self.day_counts[rows, at] = self.counts[rows, begin:end].sum(axis=1)
        self.day_exposure[:, at] = self.exposure[at * 24 : at * 24 + 24].sum()
        self.total[rows] += self.counts[rows, begin:end].sum(axis=1)
        return len(self.keys) - before

    def _tell_apart(self, day: Activity, seen: npt.NDArray[np.intp], rows: npt.NDArray[np.int64], begin: int) -> None:
        """What came to some other sensor than the loudest; the places of the whole day are taken anew."""
        end, place = begin + len(day.exposure), self.place(begin // 24 * 24)
        self.elsewhere[:, place : place + 24] = 0
        self.apart[begin:end] = day.exposure <= 0
        if day.elsewhere is not None and day.apart is not None:
            self.apart[begin:end] |= day.apart
            first = place + begin % 24
            self.elsewhere[rows, first : first + end - begin] = np.clip(day.elsewhere[seen], 0, 255)

    def place(self, hour: int) -> int:
        """Where *elsewhere* keeps an hour, while it does."""
        return (int(self.first.astype(HOURS).astype(np.int64)) + hour) % RING

    def known_apart(self, day: int) -> npt.NDArray[np.bool_]:
        """Of which hours of *day* it is still known what came elsewhere in the longest window that ends there."""
        begin = day * 24 + 1 - HOURS_BACK
        if begin < self.n_days * 24 - RING:
            return np.zeros(24, np.bool_)
        known = np.concatenate([np.ones(max(-begin, 0), np.bool_), self.apart[max(begin, 0) : day * 24 + 24]])
        return np.asarray(np.lib.stride_tricks.sliding_window_view(known, HOURS_BACK).all(axis=1))

    def _add(self, keys: list[Port]) -> None:
        """Rows for ports that were never seen, as if they had been watched all along."""
        if not keys:
            return
        old = len(self.keys)
        self.know(keys)
        more = len(self.keys)
        self.make_room(more)
        self.usable[old:more, : self.n_hours] = self.live[: self.n_hours] > 0
        self.day_exposure[old:more, : self.n_days] = self.exposure[: self.n_days * 24].reshape(-1, 24).sum(axis=1)

    def know(self, keys: Iterable[Port]) -> None:
        """Name the next rows."""
        for key in keys:
            self._rows[key] = len(self.keys)
            self.keys.append(key)

    def make_room(self, rows: int) -> None:
        """Have *rows* rows in every table; new ones are zero. Room beyond costs nothing until it is used."""
        for name in BY_SERIES:
            held = getattr(self, name)
            room = self._rooms.get(name, held)
            if len(room) < rows:
                room = np.zeros((rows + rows // 4 + 64, *held.shape[1:]), held.dtype)
                room[: len(held)] = held
                self._rooms[name] = room
            setattr(self, name, room[:rows])

    def _weigh(self, day: int) -> None:
        self.exposure[day * 24 : day * 24 + 24] = effective(self.live[: day * 24 + 24])[-24:]

    def use(self, series: int, begin: int, end: int, *, usable: bool) -> None:
        """Take hours of a series into its baseline or out of it."""
        begin = max(begin, 0)
        self.usable[series, begin:end] = usable & (self.live[begin:end] > 0)
        days = np.arange(begin // 24, -(-end // 24))
        hours = slice(begin // 24 * 24, -(-end // 24) * 24)
        mask = self.usable[series, hours]
        self.day_counts[series, days] = (self.counts[series, hours] * mask).reshape(-1, 24).sum(1)
        self.day_exposure[series, days] = (self.exposure[hours] * mask).reshape(-1, 24).sum(1)

    def due(self) -> int:
        """How many days can be let go before the next one is taken in: whole weeks, since shapes go by them."""
        return max(0, self.n_days - self.kept_days) // WEEK * WEEK

    def let_go(self, days: int) -> None:
        """Forget the oldest days."""
        for name, step in (("counts", 24), ("usable", 24), ("day_counts", 1), ("day_exposure", 1)):
            _shifted(getattr(self, name), days * step)
        _shifted(self.live[None, :], days * 24)
        _shifted(self.exposure[None, :], days * 24)
        _shifted(self.apart[None, :], days * 24)
        self.first = self.first + days * 24
        self.n_hours -= days * 24


def effective(live: Floats, usual_days: int = 28, excluded_days: int = 3) -> Floats:
    """
    The exposure that expected counts are proportional to, float64[days * 24].

    Distinct sources do not fall in proportion when sensors drop out, because many sources are seen by several of
    them; nor do they all stay. Below its level of the weeks before, exposure is therefore the geometric mean of the
    two, so that an outage cannot look like a rise of what is still seen. Above it, it counts in full.
    """
    by_day = live.reshape(-1, 24)
    seen, total = (by_day > 0).sum(1), by_day.sum(1)
    result = by_day.copy()
    for day in range(len(by_day)):
        past = slice(max(0, day - excluded_days - usual_days), max(0, day - excluded_days))
        if seen[past].sum() == 0:
            continue
        usual = total[past].sum() / seen[past].sum()
        low = (by_day[day] > 0) & (by_day[day] < usual)
        result[day, low] = np.sqrt(by_day[day, low] * usual)
    return np.asarray(result.reshape(-1))


def _shifted(rows: npt.NDArray[Any], by: int) -> None:
    """Move all columns to the left and fill up with zeros, a few rows at a time to spare memory."""
    for first in range(0, len(rows), 4096):
        some = rows[first : first + 4096]
        some[:, :-by] = some[:, by:].copy()
        some[:, -by:] = 0
