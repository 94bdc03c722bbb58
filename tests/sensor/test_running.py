"""
A sensor with all its threads, in this process.
"""

import threading
from pathlib import Path
from typing import Any

from cable import INTERFACE, NEAR, Cable, ethernet, ip, syns, tcp

from isdas.capture.live import Live, Wanted
from isdas.decode.config import Config as DecodeConfig
from isdas.sensor.config import Config
from isdas.sensor.enrolment import enroll
from isdas.sensor.place import Place
from isdas.sensor.running import Sensor
from isdas.sensor.status import read, troubles
from isdas.transport.keys import Key


def test_from_the_cable_to_the_hub(cable: Cable, hub: Any, place: Place) -> None:
    """What came in is in the hub's tables, packet by packet, and the status says so."""
    key, _ = enroll(place, hub.url, hub.token(), ca=hub.ca)
    hub.approve(key.fingerprint)
    live = cable.near.do(lambda: Live(Wanted(INTERFACE)))
    sensor = Sensor(place, live, Config(interface=INTERFACE, segment_seconds=1, status_seconds=0.05), DecodeConfig())
    thread = threading.Thread(target=sensor.run)
    thread.start()
    while not place.status.exists():
        thread.join(0.01)
        assert thread.is_alive()
    cable.send(syns(500))
    said = sensor.status()
    while said["packets"] < 500 or not _all_told_of(said):
        thread.join(0.01)
        assert thread.is_alive()
        said = sensor.status()
    sensor.stop.set()
    thread.join()
    assert said["packets"] == said["received"] == 500
    assert troubles({**said, "networks": 1}, said["told_us"]) == []
    assert said["sending"]["results"]["admitted"] == said["spool"]["next"]
    stored = hub.lake.sensors.all()[0]
    assert stored.name == "tokyo-1"
    assert read(place.status)["state"] == "stopped"


def _all_told_of(said: dict[str, Any]) -> bool:
    """Whether the hub has said of every segment what became of it."""
    results = (said["sending"] or {"results": {}})["results"]
    return bool(said["spool"]["next"]) and sum(results.values()) == said["spool"]["next"]


def test_without_a_hub_segments_wait(cable: Cable, tmp_path: Path) -> None:
    """A sensor that is not enrolled keeps what it hears."""
    place = Place.of(tmp_path)
    place.make()
    Key.make().save(place.key)
    live = cable.near.do(lambda: Live(Wanted(INTERFACE)))
    told: list[str] = []
    sensor = Sensor(place, live, Config(interface=INTERFACE, status_seconds=0.05), DecodeConfig(), told.append)
    thread = threading.Thread(target=sensor.run)
    thread.start()
    while not place.status.exists():
        thread.join(0.01)
        assert thread.is_alive()
    cable.send(syns(30))
    while sensor.status()["heard"] < 30:
        thread.join(0.01)
        assert thread.is_alive()
    sensor.stop.set()
    thread.join()
    assert any("not enrolled" in text for text in told)
    assert read(place.status)["packets"] == 30
    assert read(place.status)["spool"]["segments"] >= 1


def test_a_folder_of_captures_is_an_input(tmp_path: Path) -> None:
    """The same threads, with somebody else's captures in place of an interface."""
    import struct

    place = Place.of(tmp_path / "data")
    place.make()
    Key.make().save(place.key)
    captures = tmp_path / "captures"
    captures.mkdir()
    frame = ethernet(ip(6, tcp(1, 22)))
    record = struct.pack("<IIII", 1_700_000_000, 0, len(frame), len(frame)) + frame
    (captures / "a.pcap").write_bytes(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1) + record * 20)
    config = Config(captures=str(captures), addresses=(NEAR,), status_seconds=0.05)
    sensor = Sensor(place, None, config, DecodeConfig())
    thread = threading.Thread(target=sensor.run)
    thread.start()
    while not place.status.exists() or sensor.status()["heard"] < 20:
        thread.join(0.01)
        assert thread.is_alive()
    sensor.stop.set()
    thread.join()
    assert read(place.status)["packets"] == 20
    assert read(place.status)["interface_up"] is None
