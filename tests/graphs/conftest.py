"""Series to draw, made by formula."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from isdas.model.series import Basis, Series
from isdas.model.time import Period

TOKYO = ZoneInfo("Asia/Tokyo")


def _make(
    start: str = "2008-08-05",
    end: str = "2008-11-04",
    *,
    by: str = "port",
    keys: tuple[str, ...] = ("445/tcp",),
    port: str | None = None,
    bin_hours: int = 24,
    gap: slice = slice(0, 0),
    zone: ZoneInfo = TOKYO,
    measure: str = "packets-per-sensor",
    basis: Basis | None = None,
) -> Series:
    period = Period.parse(start, end, zone)
    bins = period.bins(bin_hours)
    wave = 2 + np.sin(np.arange(len(bins)))
    values = np.array([wave * 10 * (row + 1) for row in range(len(keys))]).reshape(len(keys), len(bins))
    coverage = np.full(len(bins), 12.0)
    values[:, gap] = np.nan
    coverage[gap] = 0
    basis = basis or Basis({"packets": 12}, {"iptocc": "3.3"}, 1.0)
    return Series(period, bins, bin_hours, by, keys, values, coverage, measure, port, 12, basis)


@pytest.fixture
def make() -> Callable[..., Series]:
    """A function that makes a series of waves: 12 sensors, Tokyo dates, a gap where asked for."""
    return _make
