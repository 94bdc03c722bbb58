"""
Time: UTC inside, the configured zone on paper.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from isdas.model.errors import IsdasError

HOUR_US = 3_600_000_000
"""Microseconds of an hour."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def now() -> datetime:
    """The present instant in UTC; the only place where the clock is read."""
    return datetime.now(UTC)


def instant(when: np.datetime64) -> datetime:
    """A numpy instant as an aware datetime."""
    return when.astype("datetime64[us]").item().replace(tzinfo=UTC)  # type: ignore[no-any-return]


def moment(when: datetime) -> np.datetime64:
    """An aware datetime as a numpy instant in microseconds."""
    return np.datetime64(when.astimezone(UTC).replace(tzinfo=None), "us")


def from_micros(micros: int) -> datetime:
    """The instant that many microseconds after 1970-01-01 UTC."""
    return _EPOCH + timedelta(microseconds=micros)


def iso(when: datetime) -> str:
    """ISO 8601 in UTC with a Z, to the second."""
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True, slots=True)
class Period:
    """
    A half-open stretch of time, with the zone in which its dates are meant.

    Attributes:
        start: first instant, UTC.
        end: first instant after it, UTC.
        zone: the zone of its dates on paper.
    """

    start: datetime
    end: datetime
    zone: ZoneInfo

    @classmethod
    def parse(cls, start: str, end: str, zone: ZoneInfo) -> "Period":
        """
        From two dates or ISO instants; an *end* that is a date includes that day.

        Raises:
            IsdasError: not a date or instant, or the end is not after the start.
        """
        try:
            first = _parse(start, zone).astimezone(UTC)
            last = (_parse(end, zone) + timedelta(days=_is_date(end))).astimezone(UTC)
        except OverflowError:
            raise IsdasError(f"{start} to {end} reaches beyond the years 1 to 9999") from None
        if last <= first:
            raise IsdasError(f"the period ends ({end}) before it begins ({start})")
        return cls(first, last, zone)

    @property
    def first_day(self) -> date:
        """The first date of the period in its zone."""
        return self.start.astimezone(self.zone).date()

    @property
    def last_day(self) -> date:
        """The last date of the period in its zone."""
        return (self.end - timedelta(microseconds=1)).astimezone(self.zone).date()

    @property
    def days(self) -> int:
        """How many dates the period touches."""
        return (self.last_day - self.first_day).days + 1

    def bins(self, bin_hours: int) -> npt.NDArray[np.datetime64]:
        """
        The starts of its bins in UTC.

        Bins of six hours and of a day begin at local midnight, so that a day on paper is a day in the zone; where
        clocks change, that day has 23 or 25 hours.
        """
        width = timedelta(hours=bin_hours)
        at = self.start.astimezone(self.zone).replace(minute=0, second=0, microsecond=0)
        if bin_hours == 1:
            count = -(-(self.end - at.astimezone(UTC)) // width)
            return moment(at) + np.arange(count) * np.timedelta64(1, "h")
        at -= timedelta(hours=at.hour % bin_hours)
        starts = []
        # Adding to an aware datetime moves its wall clock, which is what keeps midnights at midnight.
        while at.astimezone(UTC) < self.end:
            starts.append(moment(at))
            at += width
        return np.array(starts, "datetime64[us]")


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text.strip())
    except ValueError:
        return False
    return True


def _parse(text: str, zone: ZoneInfo) -> datetime:
    try:
        when = datetime.fromisoformat(text.strip())
    except ValueError:
        raise IsdasError(f"{text!r} is not a date or instant: write 2008-10-30 or 2008-10-30T22:00+09:00") from None
    return when if when.tzinfo else when.replace(tzinfo=zone)
