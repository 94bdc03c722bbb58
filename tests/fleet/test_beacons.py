"""
Beacons over the test-bed's wires: each that the hub sends is known by its sensor, told of, and no packet of anybody's.
"""

import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import testbed
from namespaces import missing, sweep

from isdas.lake.beacons import seen, sent
from isdas.lake.lake import Lake
from isdas.lake.verify import verify

pytestmark = pytest.mark.slow


def test_what_is_sent_is_seen_and_not_counted(tmp_path: Path) -> None:
    """
    Two sensors, one asked to look for beacons and one that does not want them: the first says of each that it came, and
    has none among its packets; to the second they are packets like any.
    """
    if reason := missing():
        pytest.skip(reason)
    sweep(testbed.PREFIX)
    data = tmp_path / "hub"
    with testbed.testbed(tmp_path) as bed:
        at = ("--data", str(data))
        authority = bed.isdas("hub", *at, "fleet", "ca", testbed.HUB).strip()
        settings = {"ISDAS_HUB__SENSORS_HOST": testbed.HUB, "ISDAS_HUB__GROUP_SECONDS": "0.2"}
        hub = bed.start("hub", *at, "serve", "--only", "hub", settings=settings)
        hub.says(str(testbed.HUB_PORT))
        sensors = [_begin(bed, place, tmp_path, at, authority) for place in testbed.PLACES[:2]]
        # A sensor asks when it begins; then a beacon is due at once and each half a minute.
        records = Lake(data).records.database
        while sum(sent(records, since_hour=0).values()) < 4:
            with suppress(subprocess.TimeoutExpired):
                pytest.fail(f"the hub ended with {hub.process.wait(0.5)}: {hub.said}")
        bed.isdas("hub", *at, "fleet", "beacon", testbed.PLACES[0].name, "--off")
        bed.isdas("hub", *at, "fleet", "beacon", testbed.PLACES[1].name, "--off")
        assert [sensor.end() for sensor in sensors] == [0, 0]
        assert hub.end() == 0
    lake = Lake(data)
    lake.fold()
    was_sent, was_seen = sent(records, since_hour=0), seen(records, since_hour=0)
    numbers = [lake.sensors.sensor(place.name).number for place in testbed.PLACES[:2]]
    totals = [
        sum(n for (who, _), n in each.items() if who == number) for number in numbers for each in (was_sent, was_seen)
    ]
    assert totals[0] == totals[1] >= 2
    assert totals[2] >= 2
    assert totals[3] == 0
    rows = lake.ask(
        "SELECT sensor, count(*) AS n FROM packets WHERE port = 33434 GROUP BY sensor", "packets"
    ).to_pylist()
    assert rows == [{"sensor": testbed.PLACES[1].name, "n": totals[2]}]
    assert verify(lake) == []


def _begin(
    bed: testbed.Testbed, place: testbed.Place, folder: Path, at: tuple[str, str], authority: str
) -> testbed.Running:
    """Enrol a sensor, ask for its beacons, and start it; all but the first one want none."""
    token = bed.isdas("hub", *at, "fleet", "token", "--name", place.name).strip()
    url, own = f"https://{testbed.HUB}:{testbed.HUB_PORT}", ("--data", str(folder / place.name))
    enrol = ("sensor", "enroll", url, "--token", token, "--ca", authority, "--no-wait")
    fingerprint = bed.isdas(place.name, *own, *enrol).split()[0]
    bed.isdas("hub", *at, "fleet", "approve", fingerprint, "--name", place.name)
    address = place.monitored[0].partition("/")[0]
    bed.isdas("hub", *at, "fleet", "beacon", place.name, "--every", "30", "--address", address)
    settings = {
        "ISDAS_SENSOR__INTERFACE": "line0",
        "ISDAS_SENSOR__ADDRESSES": ",".join(place.monitored),
        "ISDAS_SENSOR__SEGMENT_SECONDS": "5",
        "ISDAS_SENSOR__BEACONS": str(place is testbed.PLACES[0]).lower(),
    }
    sensor = bed.start(place.name, *own, "sensor", "run", settings=settings)
    sensor.says("listening")
    return sensor
