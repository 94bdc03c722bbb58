"""
Elsewhere: how many new sources a port saw in an hour, those of its loudest sensor left out.

A burst at a single sensor leaves nothing, however many sources it has; one source that stays for days counts once; a
new port that comes to all of n sensors keeps all but an n-th. Does not know what is usual, nor for which series this is
looked at (isdas.detect.search).
"""

import numpy as np
import numpy.typing as npt
from numba import njit

HOURS_BACK = 72
"""Hours as long as the longest window: a source is new if the port did not see it in so many hours before, and a port's
loudest sensor is the one to which alone most new sources came in so many hours, the one in question included."""

LEAST_SENSORS = 3
"""Sensors below which there is no elsewhere worth the name: of two, the quieter one would decide alone."""

LARGEST_SHARE = 0.5
"""Share of the monitored addresses above which a sensor is so large that the others together see too little."""

SEVERAL = -1
"""In place of a sensor: several sensors saw the source in its first hour."""

Ints = npt.NDArray[np.int64]


def elsewhere(
    n_series: int, n_hours: int, series: Ints, hour: Ints, sensor: Ints, sources: Ints
) -> npt.NDArray[np.int32]:
    """
    New sources that did not come to the loudest sensor alone, int32[n_series, n_hours].

    Args:
        n_series, n_hours: how many there are.
        series, hour, sensor, sources: int64[n], new sources that came to one sensor alone, or to SEVERAL; sorted by
            series and hour. Hours count from the first of the result; those of the HOURS_BACK - 1 before are negative.
            Sensors are numbers from 0, whose order does not matter.
    """
    found = np.zeros((n_series, n_hours), np.int32)
    room = np.zeros((2, int(sensor.max(initial=0)) + 1), np.int64)
    _fill(series, hour, sensor, sources, room[0], room[1], found)
    return found


@njit(cache=True, nogil=True)
def _fill(  # pragma: no cover - compiled
    series: Ints, hour: Ints, sensor: Ints, sources: Ints, lately: Ints, now: Ints, found: npt.NDArray[np.int32]
) -> None:
    """Go through the rows with what each sensor alone saw lately and in this hour."""
    n, first, i = len(series), 0, 0
    while i < n:
        s, t = series[i], hour[i]
        if i == 0 or series[i - 1] != s:
            lately[:] = 0
            first = i
        while hour[first] <= t - HOURS_BACK:
            if sensor[first] != SEVERAL:
                lately[sensor[first]] -= sources[first]
            first += 1
        now[:] = 0
        total = 0
        while i < n and series[i] == s and hour[i] == t:
            total += sources[i]
            if sensor[i] != SEVERAL:
                lately[sensor[i]] += sources[i]
                now[sensor[i]] += sources[i]
            i += 1
        if t < 0:
            continue
        loudest = 0
        for each in range(1, len(lately)):
            # Of equally loud ones the one that was so before: its sources are those that were left out so far.
            if lately[each] > lately[loudest] or (lately[each] == lately[loudest] and now[each] < now[loudest]):
                loudest = each
        found[s, t] = total - now[loudest]
