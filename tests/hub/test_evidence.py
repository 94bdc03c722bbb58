"""From the tables to the evidence around one rise."""

from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from isdas.detect.config import Config
from isdas.detect.rise import Rise
from isdas.hub.evidence import evidence
from isdas.lake.lake import Lake
from isdas.model.columns import Capability
from isdas.model.port import Port
from isdas.model.time import Period

TOKYO = ZoneInfo("Asia/Tokyo")
DATA = Period.parse("2008-10-06", "2008-10-07", TOKYO)


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


def _names(lake: Lake) -> tuple[str, ...]:
    """The sensors."""
    return tuple(sorted(set(lake.ask("SELECT DISTINCT sensor FROM coverage", "coverage")["sensor"].to_pylist())))


def _rise(port: Port, begin: np.datetime64, n_hours: int) -> Rise:
    """A rise over some hours, as far as evidence looks at it."""
    fields = {name: None for name in Rise.__dataclass_fields__}
    shape = np.zeros(n_hours)
    return Rise(**{**fields, "port": port, "hour": begin, "begin": begin, "counts": shape, "window_hours": 1})  # type: ignore[arg-type]


def test_some_sensors_alone_are_looked_at(filled: Path) -> None:
    """The evidence of three sensors holds their sightings and their exposure, and nobody else's."""
    lake, begin = Lake(filled), np.datetime64("2008-10-07T00", "h")
    names = _names(lake)[:3]
    rise = _rise(Port.parse("445/tcp"), begin, 15)
    mine, all_of_them = (evidence(lake, rise, DATA, Config(), only) for only in (names, ()))
    assert mine.sensors == names
    assert mine.exposure.sum() == pytest.approx(3 * 48, rel=0.01)
    assert 0 < len(mine.hour) < len(all_of_them.hour)
