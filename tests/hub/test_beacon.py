"""Tests of isdas.hub.beacon."""

import socket
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from isdas.hub.beacon import (
    LEAST_EVERY_S,
    Beacons,
    Loss,
    losses,
    send_udp,
    settings_of,
    target,
    turn_off,
    turn_on,
)
from isdas.lake.beacons import aims
from isdas.lake.lake import Lake
from isdas.lake.ledger import Entry
from isdas.lake.sensors import RETIRED, WAITING, Heard, Key
from isdas.model.errors import IsdasError, NotFound
from isdas.model.packets import Packets
from isdas.transport.beacon import Recogniser

AT = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
AT_US = round(AT.timestamp() * 1e6)
HOUR_US = 3_600_000_000
Sent = list[tuple[bytes, str, int]]


@pytest.fixture
def fleet(tmp_path: Path) -> Lake:
    """A lake with three active sensors, alpha, beta and gamma, just heard from 192.0.2.1, .2 and .3."""
    lake = Lake(tmp_path / "data")
    for n, name in enumerate(("alpha", "beta", "gamma"), start=1):
        key = Key(str(n) * 32, bytes([n]) * 32, WAITING, None, name, (), "1.0", "2026-01-01T00:00:00Z")
        with lake.records.database.writing() as session:
            lake.sensors.wait(session, key)
        lake.sensors.approve(key.fingerprint, "hana", replace=False)
        number = lake.sensors.sensor(name).number
        lake.sensors.heard({number: Heard(AT_US, {}, f"192.0.2.{n}")})
    return lake


def collecting(sent: Sent) -> Callable[[bytes, str, int], None]:
    """Sends nothing and notes what would be sent."""
    return lambda content, address, port: sent.append((content, address, port))


def aimed(fleet: Lake, name: str, **more: Any) -> None:
    """Turn a sensor's beacons on, and let it ask."""
    turn_on(fleet, name, "hana", **more)
    settings_of(fleet, fleet.sensors.sensor(name).number)


def test_a_sensor_that_has_not_asked_is_sent_nothing(fleet: Lake) -> None:
    """Until it knows its secret a sensor would count beacons as packets, and they would seem lost."""
    turn_on(fleet, "alpha", "hana")
    sent: Sent = []
    beacons = Beacons(fleet, 10, collecting(sent))
    assert beacons.due(AT)["sent"] == 0
    settings_of(fleet, fleet.sensors.sensor("alpha").number)
    assert beacons.due(AT)["sent"] == 1


def test_nobody_is_sent_anything_unasked(fleet: Lake) -> None:
    """Without an operator's word no beacon is sent, and sensors are told of none."""
    sent: Sent = []
    assert Beacons(fleet, 10, collecting(sent)).due(AT) == {"sent": 0, "failed": 0}
    assert sent == []
    assert settings_of(fleet, fleet.sensors.sensor("alpha").number) is None


def test_a_sensor_knows_what_it_is_sent(fleet: Lake) -> None:
    """Each beacon is known once by the sensor that it is for, by the secret that it was told, and by nobody else."""
    for name in ("alpha", "beta"):
        aimed(fleet, name, port=4444)
    sent: Sent = []
    beacons = Beacons(fleet, 10, collecting(sent))
    for minutes in range(0, 20, 5):
        beacons.due(AT + timedelta(minutes=min(minutes, 14)))
    mine = [content for content, address, port in sent if (address, port) == ("192.0.2.1", 4444)]
    assert len(mine) == len(set(mine)) == 3
    packets = Packets.of(
        {"protocol": 17, "payload": pa.array([c for c, _, _ in sent], pa.binary()), "payload_length": 24}, len(sent)
    )
    told = settings_of(fleet, fleet.sensors.sensor("alpha").number)
    assert told is not None
    known = Recogniser(bytes.fromhex(str(told["secret"])))
    assert known.seen(packets).tolist() == [address == "192.0.2.1" for _, address, _ in sent]
    assert not known.seen(packets).any()


def test_each_sensor_has_its_own_pace(fleet: Lake) -> None:
    """Asked every second for ten minutes, a sensor is sent one each so many seconds, and the hub not more at a time."""
    aimed(fleet, "alpha", every_s=60)
    aimed(fleet, "beta", every_s=LEAST_EVERY_S)
    sent: Sent = []
    beacons = Beacons(fleet, 1, collecting(sent))
    for second in range(600):
        before = len(sent)
        beacons.due(AT + timedelta(seconds=second))
        assert len(sent) - before <= 1
    to = [address for _, address, _ in sent]
    assert (to.count("192.0.2.1"), to.count("192.0.2.2")) == (10, 20)


def test_only_addresses_of_sensors_that_are_heard(fleet: Lake) -> None:
    """A sensor that is silent, retired or unknown is sent nothing, and no address may be that of many hosts."""
    aimed(fleet, "alpha")
    aimed(fleet, "beta", address="198.51.100.7")
    (first, second), sensors = aims(fleet.records.database), {s.number: s for s in fleet.sensors.all()}
    assert target(first, sensors[first.sensor], AT) == "192.0.2.1"
    assert target(second, sensors[second.sensor], AT) == "198.51.100.7"
    assert target(first, sensors[first.sensor], AT + timedelta(minutes=16)) == ""
    assert target(first, None, AT) == ""
    fleet.sensors.end("alpha", "hana", RETIRED)
    assert target(first, fleet.sensors.sensor("alpha"), AT) == ""
    sent: Sent = []
    Beacons(fleet, 10, collecting(sent)).due(AT)
    assert [address for _, address, _ in sent] == ["198.51.100.7"]
    for wrong in ("224.0.0.1", "0.0.0.0", "255.255.255.255", "ff02::1", "192.0.2.0/24", "example.org"):
        with pytest.raises(IsdasError, match="not the address of one host"):
            turn_on(fleet, "gamma", "hana", address=wrong)


def test_what_cannot_be(fleet: Lake) -> None:
    """Too often, of a sensor that is not active, or of none, is an error that says so."""
    with pytest.raises(IsdasError, match="too often"):
        turn_on(fleet, "alpha", "hana", every_s=1)
    fleet.sensors.end("gamma", "hana", RETIRED)
    with pytest.raises(IsdasError, match="gamma is retired"):
        turn_on(fleet, "gamma", "hana")
    for act in (turn_on, turn_off):
        with pytest.raises(NotFound):
            act(fleet, "delta", "hana")


def test_off_is_off(fleet: Lake) -> None:
    """A sensor whose beacons are turned off is sent none and told of none."""
    turn_on(fleet, "alpha", "hana")
    turn_off(fleet, "alpha", "hana")
    sent: Sent = []
    assert Beacons(fleet, 10, collecting(sent)).due(AT)["sent"] == 0
    assert settings_of(fleet, fleet.sensors.sensor("alpha").number) is None


def test_what_cannot_be_sent_is_not_counted_as_sent(fleet: Lake) -> None:
    """A network that is down is no path loss of the sensor."""

    def down(content: bytes, address: str, port: int) -> None:
        raise OSError("network is unreachable")

    aimed(fleet, "alpha")
    assert Beacons(fleet, 10, down).due(AT) == {"sent": 0, "failed": 1}
    assert losses(fleet, AT + timedelta(hours=1)) == {}


def segment(fleet: Lake, name: str, hour: int, seen: int, sequence: int, *, seconds: int = 3600) -> None:
    """Admit a segment that observed so much of an hour and saw so many beacons."""
    start = hour * HOUR_US
    entry = Entry(
        fleet.sensors.sensor(name).number, name, "0" * 16, sequence, b"d" * 32, b"c" * 32,
        start, start + seconds * 1_000_000 - 1, start, received=seen, refused={"beacon": seen},
    )  # fmt: skip
    with fleet.admission() as admission:
        admission.finish_segments([entry])
    fleet.refresh()


def test_path_loss_is_what_was_sent_and_not_seen(fleet: Lake) -> None:
    """Of whole hours only; an hour that the sensor slept through, and the hour at hand, tell nothing of the path."""
    aimed(fleet, "alpha", every_s=360)
    aimed(fleet, "beta", every_s=360)
    sent: Sent = []
    beacons = Beacons(fleet, 10, collecting(sent))
    for step in range(35):
        at = AT + timedelta(seconds=360 * step)
        heard = round(at.timestamp() * 1e6)
        fleet.sensors.heard({s.number: Heard(heard, {}, "192.0.2.9") for s in fleet.sensors.all()})
        beacons.due(at)
    hour = AT_US // HOUR_US
    for n, seen in enumerate((10, 8, 10)):
        segment(fleet, "alpha", hour + n, seen, n)
    segment(fleet, "alpha", hour + 3, 2, 3, seconds=1800)
    alpha = fleet.sensors.sensor("alpha").number
    found = losses(fleet, AT + timedelta(hours=3, minutes=30))
    assert found == {alpha: Loss(30, 28)}
    share = found[alpha].share
    assert share is not None
    assert round(share, 4) == round(2 / 30, 4)
    assert losses(fleet, AT + timedelta(days=2), days=1) == {}
    assert Loss(0, 0).share is None
    assert Loss(10, 11).share == 0.0


@pytest.mark.parametrize(("address", "family"), [("127.0.0.1", socket.AF_INET), ("::1", socket.AF_INET6)])
def test_a_beacon_travels(address: str, family: int) -> None:
    """What is sent arrives whole at the address and port."""
    with socket.socket(family, socket.SOCK_DGRAM) as listening:
        try:
            listening.bind((address, 0))
        except OSError:
            pytest.skip(f"this machine has no {address}")
        listening.settimeout(10)
        send_udp(b"x" * 24, address, listening.getsockname()[1])
        assert listening.recv(100) == b"x" * 24
