"""
The sensors of a simulation: where they stand, what they are sensitive to, and when they observe.

Their addresses are in 198.18.0.0/15, set aside for tests (RFC 2544, RFC 6890), so that nobody's address appears as a
sensor.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class Sensor:
    """
    One address that listens.

    Attributes:
        name: as in file names.
        address: IPv4, dotted.
        region: where it stands, ISO 3166-1 alpha-2.
        live: (from, to) stretches in which it observes, microseconds since 1970, UTC, half-open.
    """

    name: str
    address: str
    region: str
    live: tuple[tuple[int, int], ...] = ()

    @property
    def number(self) -> int:
        """The address as a number."""
        a, b, c, d = (int(octet) for octet in self.address.split("."))
        return a << 24 | b << 16 | c << 8 | d

    def observes(self, times_us: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
        """At which of the instants it observes."""
        result = np.zeros(len(times_us), dtype=np.bool_)
        for start, end in self.live:
            result |= (times_us >= start) & (times_us < end)
        return result


FLEET: tuple[Sensor, ...] = (
    Sensor("sapporo", "198.18.11.37", "JP"),
    Sensor("sendai", "198.18.46.201", "JP"),
    Sensor("tokyo", "198.18.83.14", "JP"),
    Sensor("yokohama", "198.18.120.99", "JP"),
    Sensor("nagoya", "198.18.164.180", "JP"),
    Sensor("kanazawa", "198.18.203.55", "JP"),
    Sensor("osaka", "198.19.7.142", "JP"),
    Sensor("hiroshima", "198.19.58.23", "JP"),
    Sensor("fukuoka", "198.19.91.216", "JP"),
    Sensor("naha", "198.19.137.68", "JP"),
    Sensor("taipei", "198.19.182.109", "TW"),
    Sensor("bangkok", "198.19.230.170", "TH"),
)
"""Ten sensors in Japan and two abroad; the names are only names."""


def sensitivities(rng: np.random.Generator, sensors: tuple[Sensor, ...]) -> npt.NDArray[np.float64]:
    """
    How much each sensor receives relative to the others, mean 1.

    Sensors inside Japan differed by less than a tenth on major ports (TSUBAME Report Overflow, January-March 2021);
    those abroad may differ more.
    """
    spread = np.array([0.06 if sensor.region == "JP" else 0.2 for sensor in sensors])
    factors = np.exp(rng.standard_normal(len(sensors)) * spread)
    return np.asarray(factors / factors.mean())
