"""
What is planted: the rises of the goals, the published events, and what must never become an alert.

Published events are those of JPCERT/CC, the National Police Agency and NICT with a known onset. Their shape, regions
and human delay are facts; the levels at a fleet of twelve single addresses are not public, so they are swept.
"""

from dataclasses import dataclass, replace

import numpy as np
from bench.surges.world import Plant

FIRST, LAST = 28 * 24, 49 * 24
"""Onsets lie between these hours, so that there is a past, and a week after."""

GOALS = {
    "x3 at 2/h": Plant("x3 at 2/h", 2.0, 3.0),
    "x3 at 20/h": Plant("x3 at 20/h", 20.0, 3.0),
    "x10 at 0.2/h": Plant("x10 at 0.2/h", 0.2, 10.0),
    "new, 12 a day": Plant("new, 12 a day", 0.0, extra=0.5),
}
GOAL_HOURS = {"x3 at 2/h": 24, "x3 at 20/h": 8, "x10 at 0.2/h": 12, "new, 12 a day": 24}

SHAPES = ("step", "ramp", "exponential")

CONTROLS = {
    "SYN-ACK flood, 2020-03-11": Plant("", 0.5, extra=400.0, hours=24, control="backscatter"),
    "forged SYN flood": Plant("", 0.5, extra=400.0, hours=24, control="forged"),
    "survey over many ports, 2019 and 2020": Plant("", 0.5, extra=6.0, hours=48, control="research"),
    "unregistered scanner of hundreds of ports": Plant("", 0.5, extra=6.0, hours=48, control="many ports"),
    "one sensor, 13832/tcp 2014": Plant("", 0.0, extra=8.0, hours=36, control="one sensor"),
    "one network, 3333/tcp 2018": Plant("", 0.1, extra=30.0, hours=72, control="one network"),
    "one source": Plant("", 0.3, extra=1.0, hours=72, control="one source"),
    "few sources, May 2021": Plant("", 0.3, extra=4.0, hours=72, control="few sources"),
    "two sensors with a wrong clock": Plant("", 0.5, extra=10.0, hours=24, control="clock"),
}


@dataclass(frozen=True)
class Event:
    """
    A published event.

    Attributes:
        name: port and time.
        days: from onset to publication.
        plant: as at the middle level.
        levels: factors of its usual rate and of its extra sources that are tried.
    """

    name: str
    days: float
    plant: Plant
    levels: tuple[float, ...] = (0.25, 1.0, 4.0)


def _rise(rate: float, factor: float, shape: str = "step", regions: tuple[str, ...] = ()) -> Plant:
    return Plant("", rate, factor, shape=shape, regions=regions)


EVENTS = (
    Event("1433/tcp, 2005-07", 4, _rise(5.0, 4.0)),
    Event("1025/tcp, 2005-12", 4, _rise(0.5, 10.0, regions=("CN",))),
    Event("2967/tcp, 2006-12", 25, Plant("", 0.05, extra=4.0, shape="slow")),
    Event("5168/tcp, 2007-08", 1, Plant("", 0.0, extra=2.0)),
    Event("445/tcp, 2008-10-30", 5, _rise(20.0, 3.0, regions=("JP", "CN"))),
    Event("445/tcp, 2008-12", 40, _rise(20.0, 2.0, "ramp", ("JP",))),
    Event("3389/tcp, 2011-08", 23, _rise(2.0, 6.0, "exponential")),
    Event("10000/tcp, 2014-09", 14, _rise(0.5, 6.0)),
    Event("8080/tcp, 2014-12", 14, _rise(5.0, 3.0)),
    Event("23/tcp, 2016-09", 95, _rise(5.0, 20.0, "exponential")),
    Event("22/tcp, 2017-06", 24, _rise(20.0, 1.7, regions=("JP",))),
    Event("52869/tcp, 2017-10", 49, Plant("", 0.0, extra=10.0, shape="exponential", regions=("JP",))),
    Event("11211/udp, 2018-02", 6, Plant("", 0.0, extra=1.0)),
)


def placed(plant: Plant, rng: np.random.Generator, **changes: object) -> Plant:
    """The plant at a random onset."""
    return replace(plant, onset=int(rng.integers(FIRST, LAST)), **changes)  # type: ignore[arg-type]


def at_level(event: Event, level: float) -> Plant:
    """The event on a port that is so much busier."""
    plant = event.plant
    return replace(plant, name=event.name, rate=plant.rate * level, extra=plant.extra * level)
