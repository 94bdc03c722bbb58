"""
Times on the clock of a place to instants, vectorised, with those that the clock showed twice or never.
"""

from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_STEP_S = 43_200
_FIRST, _LAST = 1970, 2200
_YEAR_US = 31_556_952_000_000
_NEVER = np.int64(-(1 << 62))


class Change(NamedTuple):
    """A change of a clock: its instant in seconds since 1970, and the seconds it is ahead of UTC before and after."""

    at: int
    before: int
    after: int


def to_utc(local_us: Ints, zone: tzinfo) -> tuple[Ints, Mask, Mask]:
    """
    The instants of local times.

    A time that the clock showed twice is taken as the first, one that it skipped as the moment of the change. Times
    before 1970 or after 2200 are taken as if the clock never changed beyond those years.

    Args:
        local_us: int64[n], microseconds since 1970 on the clock.
        zone: whose clock.

    Returns:
        int64[n] in UTC; bool[n], shown twice; bool[n], skipped.
    """
    never = np.zeros(len(local_us), np.bool_)
    if not len(local_us) or zone is UTC:
        return local_us, never, never
    first, last = (min(max(1970 + int(us) // _YEAR_US, _FIRST), _LAST) for us in (local_us.min(), local_us.max()))
    changes = [change for year in range(first - 1, last + 2) for change in _changes(zone, year)]
    if not changes:
        return local_us - _ahead(zone, (first - 1970) * _YEAR_US // 1_000_000) * 1_000_000, never, never
    at, before, after = (np.array(column, np.int64) * 1_000_000 for column in zip(*changes, strict=True))
    # Until a change is over on the clock as it was, its old offset counts.
    passed = np.searchsorted(at + before, local_us, "right")
    offsets = np.concatenate([before[:1], after])
    utc = local_us - offsets[passed]
    last_change = np.concatenate([[_NEVER], at])[passed]
    skipped = utc < last_change
    upcoming = np.minimum(passed, len(at) - 1)
    twice = (passed < len(at)) & (local_us >= (at + after)[upcoming])
    return np.maximum(utc, last_change), twice, skipped


def _ahead(zone: tzinfo, at: int) -> int:
    """How many seconds a clock is ahead of UTC at an instant, which is given in seconds since 1970."""
    offset = (_EPOCH + timedelta(seconds=at)).astimezone(zone).utcoffset()
    return 0 if offset is None else int(offset.total_seconds())


@lru_cache(maxsize=1024)
def _changes(zone: tzinfo, year: int) -> tuple[Change, ...]:
    """The changes of a clock in a year of UTC; two within twelve hours are not told from each other."""
    start, end = (int((datetime(each, 1, 1, tzinfo=UTC) - _EPOCH).total_seconds()) for each in (year, year + 1))
    found, ahead = [], _ahead(zone, start)
    for low in range(start, end, _STEP_S):
        high = low + _STEP_S
        after = _ahead(zone, high)
        if after != ahead:
            found.append(Change(_first(zone, low, high, ahead), ahead, after))
            ahead = after
    return tuple(found)


def _first(zone: tzinfo, low: int, high: int, ahead: int) -> int:
    """The first second after *low*, at the latest *high*, at which the clock is no longer *ahead*."""
    while high - low > 1:
        middle = (low + high) // 2
        if _ahead(zone, middle) == ahead:
            low = middle
        else:
            high = middle
    return high
