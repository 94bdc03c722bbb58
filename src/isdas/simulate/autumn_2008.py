"""
The plan of autumn 2008: the rise on 445/tcp that JPCERT-AT-2008-0019 told of, and six things that are no alert.

The onset is published; the size of the rise, its shape and all decoys are free and move with the seed.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from isdas.model.time import HOUR_US
from isdas.simulate import region as regions
from isdas.simulate.event import Event, Part
from isdas.simulate.fleet import Sensor
from isdas.simulate.stream import BACKGROUND, Stream

ONSET_US = int(np.datetime64("2008-10-30T13:00:00", "us").astype(np.int64))
"""22:00 in Japan: the alert says late evening of 30 October."""

LEVEL = 415.0
"""Background packets per sensor and day in the month of the rise (IPA TALOT2, October 2008)."""

FACTOR = (2.5, 4.0)
"""Range of the rise: unique sources relative to the background of the port. Not published: a free parameter."""

_DAY_US = 24 * HOUR_US
_QUIET_DAYS = 16
_SLOTS = 6
_RISE_REGIONS = {
    "JP": 0.50, "CN": 0.25, "TW": 0.05, "KR": 0.05, "US": 0.05, "HK": 0.03, "TH": 0.03, "BR": 0.02, "RU": 0.02,
}  # fmt: skip
_WORLD = {region.code: region.share for region in regions.REGIONS}
_SCANNED = ("5900/tcp", "1433/tcp", "22/tcp", "8080/tcp", "3389/tcp", "10000/tcp", "2967/tcp", "3306/tcp")
_NETWORK_SCANNED = ("4899/tcp", "1521/tcp", "5901/tcp", "8000/tcp", "7212/tcp", "3128/tcp")
# One-sensor bursts that were told of later: 13832, 43962 and 12591 in February 2014, 5146 and 2078 in May 2013.
_LEFT_BEHIND = ("13832/tcp", "43962/tcp", "12591/tcp", "5146/tcp", "2078/udp")
_FORGED_PORTS = ("1024/tcp", "1234/tcp", "2048/tcp", "3072/tcp", "6666/tcp", "7000/tcp")


def plan(rng: np.random.Generator, start_us: int, end_us: int, sensors: Sequence[Sensor]) -> tuple[Event, ...]:
    """
    Decide what happens when.

    The decoys lie in six stretches of equal length between the seventeenth day and four days before the rise, one
    in each, in an order that the seed decides.
    """
    first = start_us + _QUIET_DAYS * _DAY_US
    width = (ONSET_US - 4 * _DAY_US - first) // _SLOTS
    begin = first + rng.permutation(_SLOTS) * width
    starts = [int(at + rng.integers(0, int(width * 0.55))) // HOUR_US * HOUR_US for at in begin]
    at_home = [sensor.name for sensor in sensors if sensor.region == "JP"]
    one, silent, new = (str(name) for name in rng.choice(at_home, 3, replace=False))
    # Cables are pulled and machines set up at any minute, not on the hour.
    minutes = rng.integers(0, 60, 2) * 60_000_000
    silent_at, new_at = starts[4] + int(minutes[0]), starts[5] + int(minutes[1])
    return (
        _rise(rng, len(sensors)),
        _one_source(rng, starts[0]),
        _one_network(rng, starts[1]),
        _one_sensor(rng, starts[2], one),
        _flood(rng, starts[3]),
        Event("sensor-outage", "decoy", "fleet-change", silent_at, silent_at + 3 * _DAY_US, sensor=silent),
        Event("sensor-joins", "decoy", "fleet-change", new_at, None, sensor=new),
    )


def visits_per_hour(port: str, n_sensors: int) -> float:
    """Background visits to a port per hour over the whole fleet at LEVEL."""
    total = sum(stream.share for stream in BACKGROUND)
    per_packet = sum(s.share / total / s.packets_per_visit for s in BACKGROUND if port in s.ports)
    return LEVEL * n_sensors / 24 * per_packet


def _rise(rng: np.random.Generator, n_sensors: int) -> Event:
    factor = float(rng.uniform(*FACTOR))
    ramp_hours = int(rng.integers(2, 9)) if rng.random() < 0.5 else 0
    codes = list(_RISE_REGIONS)
    # Concentrated enough that Japan stays near a half and China near a quarter.
    shares = rng.dirichlet(500 * np.array([_RISE_REGIONS[code] for code in codes]))
    smb = next(stream for stream in BACKGROUND if stream.name == "smb")
    return Event(
        "rise-445",
        "surge",
        "broad",
        ONSET_US,
        None,
        (Part(replace(smb, name="rise-445"), (factor - 1) * visits_per_hour("445/tcp", n_sensors)),),
        shape="ramp" if ramp_hours else "step",
        ramp_hours=ramp_hours,
        regions={code: float(share) for code, share in zip(codes, shares, strict=True)},
        factor=factor,
    )


def _one_source(rng: np.random.Generator, start_us: int) -> Event:
    port = str(rng.choice(_SCANNED))
    stream = Stream("one-source", (port,), 0, (("linux", 1.0),), tries=(0.6, 0.2, 0.2), tail=8, gap_s=5)
    return Event(
        "one-source-burst",
        "decoy",
        "single-source",
        start_us,
        start_us + int(rng.integers(6, 37)) * HOUR_US,
        (Part(stream, float(rng.uniform(150, 500)), n_sources=1),),
        regions={str(rng.choice(["CN", "US", "KR", "RU", "DE", "BR", "NL"])): 1.0},
    )


def _one_network(rng: np.random.Generator, start_us: int) -> Event:
    port = str(rng.choice(_NETWORK_SCANNED))
    stream = Stream("one-network", (port,), 0, (("raw-6000", 0.5), ("w2k", 0.5)), tries=(0.6, 0.2, 0.2), tail=3)
    return Event(
        "one-network-burst",
        "decoy",
        "single-network",
        start_us,
        start_us + int(rng.integers(12, 49)) * HOUR_US,
        (Part(stream, float(rng.uniform(25, 80)), n_sources=int(rng.integers(90, 221))),),
        regions={str(rng.choice(["CN", "US", "KR", "TW", "BR"])): 1.0},
        one_network=True,
    )


def _one_sensor(rng: np.random.Generator, start_us: int, sensor: str) -> Event:
    port = str(rng.choice(_LEFT_BEHIND))
    stacks = (("datagram", 1.0),) if port.endswith("udp") else (("xp", 0.85), ("vista", 0.15))
    stream = Stream("one-sensor", (port,), 0, stacks, tail=1.8, gap_s=1200)
    return Event(
        "one-sensor-burst",
        "decoy",
        "single-sensor",
        start_us,
        start_us + int(rng.integers(24, 73)) * HOUR_US,
        (Part(stream, float(rng.uniform(20, 60)), n_sources=int(rng.integers(150, 601))),),
        shape="decay",
        regions={"JP": 0.7, "CN": 0.08, "TW": 0.08, "KR": 0.07, "US": 0.07},
        sensor=sensor,
    )


def _flood(rng: np.random.Generator, start_us: int) -> Event:
    port = str(rng.choice(_FORGED_PORTS))
    answers = (("syn-ack-unix", 0.45), ("syn-ack-windows", 0.2), ("rst-ack", 0.25), ("rst", 0.1))
    flood = Stream("flood", (port,), 0, answers, tries=(0.4, 0.2, 0.2, 0.2), tail=3, gap_s=600)
    errors = (("unreachable", 1.0),)
    refused = Stream("flood-unreachable", ("3/icmp",), 0, errors, tries=(0.8, 0.2), tail=3, gap_s=600)
    expired = Stream("flood-exceeded", ("11/icmp",), 0, (("exceeded", 1.0),), tries=(0.8, 0.2), tail=3, gap_s=600)
    per_hour, n_sources = float(rng.uniform(80, 240)), int(rng.integers(800, 2501))
    return Event(
        "backscatter-flood",
        "decoy",
        "backscatter",
        start_us,
        start_us + int(rng.integers(6, 25)) * HOUR_US,
        (
            Part(flood, per_hour, n_sources),
            Part(refused, per_hour * 0.2, n_sources // 5),
            Part(expired, per_hour * 0.1, n_sources // 10),
        ),
        regions=_WORLD,
    )
