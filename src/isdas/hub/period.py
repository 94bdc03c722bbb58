"""
Which period is meant when only part of it is said.
"""

from zoneinfo import ZoneInfo

import numpy as np

from isdas.lake.lake import Lake
from isdas.lake.query import extent
from isdas.model.errors import IsdasError
from isdas.model.time import Period, instant


def choose(lake: Lake, start: str | None, end: str | None, zone: ZoneInfo) -> Period:
    """
    The period from *start* to *end*, each reaching as far as the data where it is not given.

    Raises:
        IsdasError: an end is open and there are no data, or a date is none.
    """
    if start is None or end is None:
        found = extent(lake)
        if found is None:
            raise IsdasError(f"{lake.path} holds nothing yet: `isdas ingest` takes captures in")
        first, last = (instant(t).astimezone(zone).isoformat() for t in (found[0], found[1] + np.timedelta64(1, "h")))
        start, end = start or first, end or last
    return Period.parse(start, end, zone)
