"""
From the tables to what the detector looks at hour by hour: how many sources every port saw.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, timedelta

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from isdas.detect.activity import HOURS, Activity
from isdas.detect.elsewhere import HOURS_BACK, LARGEST_SHARE, LEAST_SENSORS, elsewhere
from isdas.hub.arrays import Ints, coded, hours_after, integers, share_of_hour
from isdas.lake.lake import Lake
from isdas.lake.query import hourly_coverage, hourly_sources, new_sources, sightings_from
from isdas.model.port import Port
from isdas.model.time import Period, moment


def activity(lake: Lake, period: Period, sensors: Sequence[str] = (), loud: Iterable[Port] = ()) -> Activity:
    """
    Distinct scan sources by port and hour, and how many sensors were watching.

    Args:
        lake: the tables.
        period: the hours, whole ones of UTC.
        sensors: only what these saw.
        loud: ports of which nobody asks what came elsewhere: it is not read from the sightings and told as nothing.
    """
    first = np.datetime64(period.start.astimezone(UTC).replace(tzinfo=None), "h")
    n_hours = -int((period.start - period.end) // timedelta(hours=1))
    sources = hourly_sources(lake, period, sensors=sensors)
    pairs = np.stack([sources.column(n).to_numpy().astype(np.int64) for n in ("protocol", "port")])
    keys, which = np.unique(pairs, axis=1, return_inverse=True)
    counts = np.zeros((keys.shape[1], n_hours), np.int32)
    counts[which.reshape(-1), hours_after(sources, first)] = sources.column("sources").to_numpy()
    coverage = hourly_coverage(lake, period, sensors=sensors)
    exposure = np.zeros(n_hours)
    np.add.at(exposure, hours_after(coverage, first), share_of_hour(coverage))
    return Activity(
        start=first,
        keys=tuple(Port(int(a), int(b)) for a, b in keys.T),
        counts=counts,
        exposure=exposure,
        n_sensors=len(pc.unique(coverage.column("sensor"))),
        elsewhere=_elsewhere(lake, period, sensors, loud, keys, n_hours),
        apart=_apart(coverage, first, n_hours) & _kept(lake, first, n_hours),
    )


def _elsewhere(
    lake: Lake, period: Period, sensors: Sequence[str], loud: Iterable[Port], keys: Ints, n_hours: int
) -> npt.NDArray[np.int32]:
    """New sources of the ports *keys* (int64[2, k]) without those of each one's loudest sensor, int32[k, h]."""
    lead = Period(period.start - timedelta(hours=HOURS_BACK - 1), period.end, period.zone)
    rows = new_sources(lake, lead, HOURS_BACK, sensors=sensors, without=loud)
    known, asked = keys[0] << 32 | keys[1], integers(rows, "protocol") << 32 | integers(rows, "port")
    # Ports that were only seen before the period are not asked for.
    mine = np.isin(asked, known)
    rows, series = rows.filter(pa.array(mine)), np.searchsorted(known, asked[mine])
    sensor, _ = coded(rows, "sensor")
    at = hours_after(rows, moment(period.start).astype(HOURS))
    return elsewhere(len(known), n_hours, series, at, sensor.astype(np.int64), integers(rows, "sources"))


def _kept(lake: Lake, first: np.datetime64, n_hours: int) -> npt.NDArray[np.bool_]:
    """In which hours the sightings behind `_elsewhere` are still kept, bool[h]."""
    since = sightings_from(lake)
    if since is None:
        return np.ones(n_hours, np.bool_)
    return np.asarray(first + np.arange(n_hours) >= since.astype(HOURS) + (2 * HOURS_BACK - 1))


def _apart(coverage: pa.Table, first: np.datetime64, n_hours: int) -> npt.NDArray[np.bool_]:
    """
    In which hours sensors can be told apart, bool[h]: enough of them, and none with most of the addresses.

    A telescope beside two hosts sees nearly all of what comes to the three: it would always be the loudest.
    """
    addresses = np.maximum(integers(coverage, "addresses"), 1) * (coverage.column("seconds").to_numpy() > 0)
    at = hours_after(coverage, first)
    n_live = np.bincount(at[addresses > 0], minlength=n_hours)
    largest = np.zeros(n_hours)
    np.maximum.at(largest, at, addresses)
    of_all = np.bincount(at, addresses, n_hours)
    return np.asarray((n_live >= LEAST_SENSORS) & (largest <= LARGEST_SHARE * of_all))
