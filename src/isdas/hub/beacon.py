"""
The hub's beacons: packets to its own sensors that must arrive and are never counted, so that path loss is a figure.

Off unless an operator asks for it, sensor by sensor. A beacon goes to the address that an active sensor sends from, or
to one that the operator has named for it, and only while the sensor is heard: an address that may by now be somebody
else's gets nothing.
"""

import secrets
import socket
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import ip_address

import numpy as np
import numpy.typing as npt

from isdas.lake.beacons import Aim, add_sent, aim, aims, end, seen, sent, tell
from isdas.lake.lake import Lake
from isdas.lake.said import said
from isdas.lake.sensors import ACTIVE, Sensor
from isdas.model.errors import IsdasError
from isdas.model.time import HOUR_US
from isdas.transport.beacon import SECRET_BYTES, payload

PORT = 33434
"""Where beacons go unless told otherwise: nothing listens there."""

EVERY_S = 300.0
LEAST_EVERY_S = 30.0
"""No sensor is sent beacons more often than twice a minute."""

_HEARD_WITHIN_S = 900.0
_WHOLE_S = 3590.0
"""Hours that a sensor observed but for some seconds count; in others it could not see all that was sent."""

_DAY_HOURS = 24

Send = Callable[[bytes, str, int], None]
"""Sends a payload to an address and UDP port; may raise OSError."""


@dataclass(frozen=True, slots=True)
class Loss:
    """
    What became of the beacons of some hours.

    Attributes:
        sent, seen: how many.
    """

    sent: int
    seen: int

    @property
    def share(self) -> float | None:
        """Which share did not arrive; None if none was sent. A beacon that came twice makes up for none."""
        return None if not self.sent else max(0.0, 1 - self.seen / self.sent)


def turn_on(lake: Lake, name: str, who: str, *, address: str = "", port: int = PORT, every_s: float = EVERY_S) -> None:
    """
    Send a sensor beacons as soon as it has asked, which it does each hour.

    Args:
        lake: where it is recorded.
        name: the sensor's.
        who: the operator.
        address: one that the sensor monitors; without it the address that it sends from.
        port: the UDP port.
        every_s: how often.

    Raises:
        NotFound: there is no such sensor.
        IsdasError: it is not active, or that is no address to send to, or too often.
    """
    sensor = lake.sensors.sensor(name)
    if sensor.state != ACTIVE:
        raise IsdasError(f"{sensor.name} is {sensor.state}: only active sensors are sent beacons")
    if every_s < LEAST_EVERY_S:
        raise IsdasError(f"every {every_s:g} s is too often: {LEAST_EVERY_S:g} s is the least")
    if address and not _single(address):
        raise IsdasError(f"{address!r} is not the address of one host")
    wanted = Aim(sensor.number, secrets.token_bytes(SECRET_BYTES), address, port, every_s)
    aim(lake.records.database, wanted, sensor.name, who)


def turn_off(lake: Lake, name: str, who: str) -> None:
    """
    Send a sensor no more beacons.

    Raises:
        NotFound: there is no such sensor.
    """
    sensor = lake.sensors.sensor(name)
    end(lake.records.database, sensor.number, sensor.name, who)


def settings_of(lake: Lake, number: int) -> dict[str, object] | None:
    """What the sensor with a number, which asks, is told over its signed connection; None if it is sent no beacons."""
    one = tell(lake.records.database, number)
    return None if one is None else {"secret": one.secret.hex(), "port": one.port, "every_s": one.every_s}


@dataclass(slots=True)
class Beacons:
    """
    Sends what is due.

    Attributes:
        lake: the fleet.
        most: how many are sent at one time.
        send: sends one.
    """

    lake: Lake
    most: int
    send: Send
    _last: dict[int, float] = field(default_factory=dict)

    def due(self, at: datetime) -> dict[str, float]:
        """Send what is due at an instant; how many were sent and how many could not be."""
        sensors = {sensor.number: sensor for sensor in self.lake.sensors.all()}
        waiting = [one for one in aims(self.lake.records.database) if self._is_due(one, at)]
        # Who has waited longest comes first, so that a limit keeps nobody out for ever.
        waiting.sort(key=lambda one: self._last.get(one.sensor, 0.0))
        counts: Counter[tuple[int, int]] = Counter()
        failed = 0
        for one in waiting[: self.most]:
            address = target(one, sensors.get(one.sensor), at)
            if not address:
                continue
            self._last[one.sensor] = at.timestamp()
            try:
                self.send(payload(one.secret, _micros(at)), address, one.port)
            except OSError:
                failed += 1
            else:
                counts[one.sensor, _micros(at) // HOUR_US] += 1
        add_sent(self.lake.records.database, counts)
        return {"sent": float(counts.total()), "failed": float(failed)}

    def _is_due(self, one: Aim, at: datetime) -> bool:
        # A sensor that does not know its secret yet would count them.
        return one.told and at.timestamp() - self._last.get(one.sensor, float("-inf")) >= max(
            one.every_s, LEAST_EVERY_S
        )


def target(one: Aim, sensor: Sensor | None, at: datetime) -> str:
    """Where a beacon goes now; empty if it must not go anywhere."""
    if sensor is None or sensor.state != ACTIVE or sensor.last_heard_at is None:
        return ""
    if (at - datetime.fromisoformat(sensor.last_heard_at)).total_seconds() > _HEARD_WITHIN_S:
        return ""
    address = one.address or sensor.seen_from
    return address if _single(address) else ""


def losses(lake: Lake, at: datetime, *, days: int = 1) -> dict[int, Loss]:
    """
    What became of the beacons of the last days, by the sensor's number.

    Only hours that the sensor observed as a whole are counted: a sensor that was off has lost nothing on the way. The
    hour at hand is left out, since what was seen in it is not told yet.
    """
    database, now_hour = lake.records.database, _micros(at) // HOUR_US
    first = now_hour - days * _DAY_HOURS
    was_sent, was_seen = sent(database, since_hour=first), seen(database, since_hour=first)
    numbers = {name: s.number for s in lake.sensors.all() for name in (s.name, *s.former)}
    whole = {
        (numbers[one.name], one.hour)
        for one in said(database, lake.last_group(), _hours(first, now_hour))
        if one.seconds >= _WHOLE_S and one.name in numbers
    }
    found: dict[int, list[int]] = {}
    for sensor, hour in was_sent:
        if (sensor, hour) in whole and hour < now_hour:
            pair = found.setdefault(sensor, [0, 0])
            pair[0] += was_sent[sensor, hour]
            pair[1] += was_seen[sensor, hour]
    return {sensor: Loss(*pair) for sensor, pair in found.items()}


def send_udp(content: bytes, address: str, port: int) -> None:
    """
    Send a UDP packet.

    Raises:
        OSError: it cannot be sent.
    """
    family = socket.AF_INET6 if ip_address(address).version == 6 else socket.AF_INET
    with closing(socket.socket(family, socket.SOCK_DGRAM)) as way:
        way.sendto(content, (address, port))


def _single(address: str) -> bool:
    """Whether it is the address of one host: no network, no group of hosts, not unspecified."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    return not (found.is_multicast or found.is_unspecified or address == "255.255.255.255")


def _hours(first: int, last: int) -> npt.NDArray[np.int64]:
    return np.arange(first, last, dtype=np.int64)


def _micros(at: datetime) -> int:
    return round(at.timestamp() * 1e6)
