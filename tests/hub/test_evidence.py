"""From the tables to what the detector looks at."""

from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from isdas.detect.config import Config
from isdas.detect.rise import Rise
from isdas.hub.evidence import activity, evidence
from isdas.lake.lake import Lake
from isdas.lake.query import hourly_sources
from isdas.model.columns import Capability
from isdas.model.port import Port
from isdas.model.time import Period

TOKYO = ZoneInfo("Asia/Tokyo")
DATA = Period.parse("2008-10-06", "2008-10-07", TOKYO)


def test_activity_is_that_of_the_tables(filled: Path) -> None:
    """Every port and hour has the distinct sources that the tables have, and sensors observed all the time."""
    lake, config = Lake(filled), Config()
    seen = activity(lake, DATA, config)
    assert seen is not None
    assert seen.start == np.datetime64("2008-10-05T15", "h")
    assert seen.counts.shape == (len(seen.keys), 48)
    assert seen.counts.sum() == sum(
        hourly_sources(lake, DATA, least=config.least_sources).column("sources").to_pylist()
    )
    assert Port.parse("445/tcp") in seen.keys
    assert seen.n_sensors == seen.exposure.max().round() == 12


def test_activity_ends_with_the_period(filled: Path) -> None:
    """Hours after the period are not looked at; those before it are, for the baseline."""
    seen = activity(Lake(filled), Period.parse("2008-10-07", "2008-10-07T02:00+09:00", TOKYO), Config())
    assert seen is not None
    assert len(seen.exposure) == 26


@pytest.mark.parametrize("minutes", [15, 30, 45])
def test_periods_need_not_begin_with_an_hour(filled: Path, minutes: int) -> None:
    """A period that begins and ends within an hour, as days do in some zones, is looked at in whole hours."""
    period = Period.parse(f"2008-10-06T00:{minutes}+09:00", f"2008-10-06T05:{minutes - 5}+09:00", TOKYO)
    seen = activity(Lake(filled), period, Config(baseline_days=0, excluded_days=0))
    assert seen is not None
    assert seen.counts.shape[1] == 6


def test_no_data_is_no_activity(tmp_path: Path, filled: Path) -> None:
    """Neither an empty lake nor a period before the data has any activity."""
    assert activity(Lake(tmp_path), DATA, Config()) is None
    assert activity(Lake(filled), Period.parse("2007-01-01", "2007-01-02", TOKYO), Config()) is None


def test_quiet_ports_are_left_out(filled: Path) -> None:
    """Where no port ever had enough sources, there is exposure but no port."""
    seen = activity(Lake(filled), DATA, Config(least_sources=10**6))
    assert seen is not None
    assert seen.keys == ()
    assert seen.counts.shape == (0, 48)


def test_evidence_holds_every_sighting_of_the_port(filled: Path) -> None:
    """The evidence of a rise has the packets of its port, by all sensors, with exposure for each hour and sensor."""
    lake, port = Lake(filled), Port.parse("445/tcp")
    begin = np.datetime64("2008-10-07T00", "h")
    rise = _rise(port, begin, 15)
    found = evidence(lake, rise, DATA, Config())
    counted = "SELECT count(*) AS n, CAST(sum(packets) AS BIGINT) AS packets FROM sightings"
    expected = lake.ask(f"{counted} WHERE protocol = 6 AND port = 445", "sightings").to_pylist()[0]
    assert (len(found.hour), int(found.packets.sum())) == (expected["n"], expected["packets"])
    assert len(found.sensors) == 12
    assert found.exposure.shape[0] == 12
    assert found.exposure[:, -24:].min() > 0.5
    assert found.exposure.sum() == pytest.approx(12 * 48, rel=0.01)
    assert {found.regions[i] for i in found.region} >= {"JP", "CN"}
    assert (found.tool >= -1).all()
    assert set(found.capabilities.tolist()) == {int(Capability.CAPTURE)}


def _rise(port: Port, begin: np.datetime64, n_hours: int) -> Rise:
    """A rise over some hours, as far as evidence looks at it."""
    fields = {name: None for name in Rise.__dataclass_fields__}
    shape = np.zeros(n_hours)
    return Rise(**{**fields, "port": port, "hour": begin, "begin": begin, "counts": shape})  # type: ignore[arg-type]


def test_some_sensors_alone_are_looked_at(filled: Path) -> None:
    """Activity and evidence of three sensors hold their sources and their exposure, and nobody else's."""
    lake, config = Lake(filled), Config()
    names = tuple(sorted(set(lake.ask("SELECT DISTINCT sensor FROM coverage", "coverage")["sensor"].to_pylist()))[:3])
    seen = activity(lake, DATA, config, names)
    assert seen is not None
    assert seen.n_sensors == seen.exposure.max().round() == 3
    everybody = activity(lake, DATA, config)
    assert everybody is not None
    smb = Port.parse("445/tcp")
    mine, all_of_them = (each.counts[each.keys.index(smb)].sum() for each in (seen, everybody))
    assert 0 < mine < all_of_them
