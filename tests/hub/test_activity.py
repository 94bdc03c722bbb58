"""What the detector looks at hour by hour."""

from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa

from isdas.hub.activity import _apart, activity
from isdas.lake.lake import Lake
from isdas.lake.query import hourly_sources
from isdas.model.port import Port
from isdas.model.time import HOUR_US, Period

TOKYO = ZoneInfo("Asia/Tokyo")
DATA = Period.parse("2008-10-06", "2008-10-07", TOKYO)


def test_activity_is_that_of_the_tables(filled: Path) -> None:
    """Every port and hour has the distinct sources that the tables have, and sensors observed all the time."""
    lake = Lake(filled)
    seen = activity(lake, DATA)
    assert seen.start == np.datetime64("2008-10-05T15", "h")
    assert seen.counts.shape == (len(seen.keys), 48)
    assert seen.counts.sum() == sum(hourly_sources(lake, DATA).column("sources").to_pylist())
    assert Port.parse("445/tcp") in seen.keys
    assert seen.n_sensors == seen.exposure.max().round() == 12


def test_activity_tells_what_came_to_other_sensors_than_the_loudest(filled: Path) -> None:
    """Never more than all sources; of twelve sensors at all hours; and the same in one piece or in two."""
    lake = Lake(filled)
    seen = activity(lake, DATA)
    assert seen.elsewhere is not None
    assert seen.apart is not None
    assert seen.apart.all()
    assert (seen.elsewhere <= seen.counts).all()
    # Most sources of this world come once and to one sensor.
    assert 0.5 * seen.counts.sum() < seen.elsewhere.sum() < seen.counts.sum()
    cut = DATA.start + timedelta(hours=31)
    for piece, first in ((Period(DATA.start, cut, TOKYO), 0), (Period(cut, DATA.end, TOKYO), 31)):
        part = activity(lake, piece)
        assert part.elsewhere is not None
        rows = [seen.keys.index(key) for key in part.keys]
        assert (part.elsewhere == seen.elsewhere[rows, first : first + len(part.exposure)]).all()


def test_what_came_elsewhere_to_loud_ports_is_not_read(filled: Path) -> None:
    """Of two ports nothing, of all others the same; their counts are there."""
    lake, loud = Lake(filled), (Port.parse("445/tcp"), Port.parse("135/tcp"))
    seen, some = activity(lake, DATA), activity(lake, DATA, loud=loud)
    assert seen.elsewhere is not None
    assert some.elsewhere is not None
    assert (seen.counts == some.counts).all()
    asked = np.array([key not in loud for key in seen.keys])
    assert (some.elsewhere[asked] == seen.elsewhere[asked]).all()
    assert some.elsewhere[~asked].sum() == 0 < seen.elsewhere[~asked].sum()


def test_two_sensors_are_not_told_apart(filled: Path) -> None:
    """Of two, the quieter one would decide alone."""
    seen = activity(Lake(filled), DATA, _names(Lake(filled))[:2])
    assert seen.apart is not None
    assert not seen.apart.any()


def test_a_telescope_beside_two_hosts_is_not_told_apart() -> None:
    """It would always be the loudest; three of about the same size are."""
    begin = np.datetime64("2024-03-18T00", "h")
    micros = int(begin.astype("datetime64[us]").astype(np.int64))
    coverage = pa.table(
        {
            "hour_us": [micros] * 3 + [micros + HOUR_US] * 3 + [micros + 2 * HOUR_US] * 3,
            "sensor": ["a", "b", "c"] * 3,
            "seconds": [3600.0] * 8 + [0.0],
            "addresses": pa.array([256, 1, 1, 256, 200, 200, None, None, None], pa.int64()),
        }
    )
    assert _apart(coverage, begin, 4).tolist() == [False, True, False, False]


def test_hours_that_nobody_observed_are_there_with_nothing(filled: Path) -> None:
    """Before the data there are neither ports nor exposure, and the hours are kept."""
    seen = activity(Lake(filled), Period.parse("2007-01-01", "2007-01-02", TOKYO))
    assert (seen.keys, seen.counts.shape, seen.exposure.sum()) == ((), (0, 48), 0.0)


def test_some_sensors_alone_are_looked_at(filled: Path) -> None:
    """The activity of three sensors holds their sources and their exposure, and nobody else's."""
    lake = Lake(filled)
    names = _names(lake)[:3]
    seen = activity(lake, DATA, names)
    assert seen.n_sensors == seen.exposure.max().round() == 3
    everybody = activity(lake, DATA)
    smb = Port.parse("445/tcp")
    mine, all_of_them = (each.counts[each.keys.index(smb)].sum() for each in (seen, everybody))
    assert 0 < mine < all_of_them


def _names(lake: Lake) -> tuple[str, ...]:
    """The sensors."""
    return tuple(sorted(set(lake.ask("SELECT DISTINCT sensor FROM coverage", "coverage")["sensor"].to_pylist())))
