"""
A fleet of three sensors behind a router, scanned by real scanners: what these say they sent is in the hub's tables.
"""

import json
import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import testbed
from namespaces import missing, sweep

from isdas.lake.lake import Lake
from isdas.model.address import halves

pytestmark = pytest.mark.slow


@dataclass(slots=True)
class Done:
    """
    What was done.

    Attributes:
        data: the hub's data directory.
        sent: sensor and program to packets, as the program says.
        statuses: how each process ended.
        fleet: what ``isdas fleet list --json`` printed while all ran.
        receipts: what ``isdas sensor receipts --json`` printed at each sensor.
        verified: what ``isdas lake verify --json`` printed.
    """

    data: Path
    sent: dict[str, dict[str, int]] = field(default_factory=dict)
    statuses: dict[str, int] = field(default_factory=dict)
    fleet: list[dict[str, Any]] = field(default_factory=list)
    receipts: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    verified: dict[str, Any] = field(default_factory=dict)


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Done]:
    """A fleet is set up, scanned, and ended."""
    if reason := missing():
        pytest.skip(reason)
    sweep(testbed.PREFIX)
    folder = tmp_path_factory.mktemp("bed")
    with testbed.testbed(folder) as bed:
        yield _scanned(bed, folder)


def _scanned(bed: testbed.Testbed, folder: Path) -> Done:
    done = Done(folder / "hub")
    hub_data = ("--data", str(done.data))
    authority = bed.isdas("hub", *hub_data, "fleet", "ca", testbed.HUB).strip()
    settings = {"ISDAS_HUB__SENSORS_HOST": testbed.HUB, "ISDAS_HUB__GROUP_SECONDS": "0.2"}
    hub = bed.start("hub", *hub_data, "serve", "--only", "hub", settings=settings)
    hub.says(str(testbed.HUB_PORT))
    running = {}
    for place in testbed.PLACES:
        _enrol(bed, place, folder, hub_data, authority)
        settings = {
            "ISDAS_SENSOR__INTERFACE": "line0",
            "ISDAS_SENSOR__ADDRESSES": ",".join(place.monitored),
            "ISDAS_SENSOR__SEGMENT_SECONDS": "5",
        }
        running[place.name] = bed.start(
            place.name, "--data", str(folder / place.name), "sensor", "run", settings=settings
        )
    for each in running.values():
        each.says("listening")
    with ThreadPoolExecutor(len(testbed.PLACES)) as pool:
        for place, sent in zip(testbed.PLACES, pool.map(lambda p: _scan(bed, p), testbed.PLACES), strict=True):
            done.sent[place.name] = sent
    done.fleet = json.loads(bed.isdas("hub", *hub_data, "fleet", "list", "--json", check=False))
    for name, each in running.items():
        done.statuses[name] = each.end()
        done.receipts[name] = json.loads(
            bed.isdas(name, "--data", str(folder / name), "sensor", "receipts", "--json", check=False)
        )
    done.statuses["hub"] = hub.end()
    bed.isdas("hub", *hub_data, "lake", "rebuild")
    done.verified = json.loads(bed.isdas("hub", *hub_data, "lake", "verify", "--json", check=False))
    return done


def _enrol(bed: testbed.Testbed, place: testbed.Place, folder: Path, hub_data: tuple[str, str], authority: str) -> None:
    token = bed.isdas("hub", *hub_data, "fleet", "token", "--name", place.name, "--group", "domestic").strip()
    url = f"https://{testbed.HUB}:{testbed.HUB_PORT}"
    enrol = ("sensor", "enroll", url, "--token", token, "--ca", authority, "--no-wait")
    fingerprint = bed.isdas(place.name, "--data", str(folder / place.name), *enrol).split()[0]
    bed.isdas("hub", *hub_data, "fleet", "approve", fingerprint, "--name", place.name)


def _scan(bed: testbed.Testbed, place: testbed.Place) -> dict[str, int]:
    """Let each scanner that is installed scan a sensor from a source of its own."""
    first = 1 + 5 * [each.name for each in testbed.PLACES].index(place.name)
    sent = {}
    if shutil.which("masscan"):
        sent["masscan"] = testbed.masscan(bed, place, "20-39", testbed.SOURCES[first])
    if shutil.which("zmap"):
        sent["zmap"] = testbed.zmap(bed, place, 445, testbed.SOURCES[first + 1])
    if shutil.which("nmap"):
        sent["nmap"] = testbed.nmap(bed, place, "1-50", testbed.SOURCES[first + 2])
    return sent


def scanned(done: Done) -> Counter[str]:
    """Packets that count as scans, by sensor, from the table that is kept for ever."""
    statement = "SELECT sensor, CAST(sum(packets) AS BIGINT) AS n FROM counts WHERE kind = 'scan' GROUP BY sensor"
    rows = Lake(done.data).ask(statement, "counts").to_pylist()
    return Counter({row["sensor"]: row["n"] for row in rows})


def test_what_the_scanners_say_they_sent_is_counted(done: Done) -> None:
    """Sensor by sensor, to the packet."""
    expected = {name: sum(sent.values()) for name, sent in done.sent.items()}
    if not all(expected.values()):
        pytest.skip("none of masscan, zmap and nmap is installed")
    assert dict(scanned(done)) == expected


def test_captured_is_stored_to_the_packet(done: Done) -> None:
    """From the kernel to the folded tables nothing differs, and every segment is there."""
    assert done.verified["differences"] == []


def test_the_sensors_own_traffic_is_not_there(done: Done) -> None:
    """Of all that they exchanged with the hub and the router nothing was taken for a packet."""
    high, low = halves(testbed.HUB)
    packets = f"SELECT count(*) AS n FROM packets WHERE source_high = {high} AND source_low = {low}"
    assert Lake(done.data).ask(packets, "packets").to_pylist() == [{"n": 0}]


def test_everything_ended_in_order(done: Done) -> None:
    """A sensor that is asked to end seals and sends what it has; the hub commits what is at hand."""
    assert done.statuses == dict.fromkeys(done.statuses, 0)


def test_everybody_can_see_it(done: Done) -> None:
    """The fleet list names all of them, and each sensor can prove what the hub has."""
    assert {each["name"] for each in done.fleet} == {place.name for place in testbed.PLACES}
    for spools in done.receipts.values():
        assert [spool["sound"] for spool in spools] == [True]
        assert spools[0]["receipts"] > 0
