"""
How many sources there are Internet-wide, from how many sensors saw each: a lower bound with its assumptions.

Does not know addresses or regions.
"""

import math

import numpy as np
import numpy.typing as npt

from isdas.model.explanation import Reach

Ints = npt.NDArray[np.int64]

LEAST_SENSORS, LEAST_SOURCES = 3, 10
"""Fewer sensors or sources than that say nothing of those unseen."""

ASSUMPTIONS = (
    "Each source probes every sensor alike: no local preference, no hit lists, nothing filtered on the way.",
    "An address is a host: no NAT in front of many, no address that passes from one to another.",
    "Sources that differ in rate make this a lower bound (Chao 1987).",
)


def reach(source: Ints, sensor: Ints, n_sensors: int) -> Reach | None:
    """
    Chao's estimate of the number of sources with those that no sensor saw, and its 90 % interval.

    Args:
        source: int64[n], codes of sources; one row for each time that a sensor saw one.
        sensor: int64[n], which sensor.
        n_sensors: sensors that were watching.

    Sensors are the samples: with q1 sources seen by one and q2 by two of m sensors, S + (m - 1) / m * q1 (q1 - 1) /
    (2 (q2 + 1)) (Chao 1987, Biometrics 43:783, bias-corrected). A source seen by one sensor could as well have been
    seen by none. None where too little was seen, and where nothing was seen twice: then no bound can be given.
    """
    pairs = np.unique(np.stack([source, sensor]), axis=1)
    _, seen_by = np.unique(pairs[0], return_counts=True)
    n, once, twice = len(seen_by), int((seen_by == 1).sum()), int((seen_by == 2).sum())
    if n_sensors < LEAST_SENSORS or n < LEAST_SOURCES or once == n:
        return None
    part = (n_sensors - 1) / n_sensors
    unseen = part * once * (once - 1) / (2 * (twice + 1))
    variance = (
        part * once * (once - 1) / (2 * (twice + 1))
        + part**2 * once * (2 * once - 1) ** 2 / (4 * (twice + 1) ** 2)
        + part**2 * once**2 * twice * (once - 1) ** 2 / (4 * (twice + 1) ** 4)
    )
    if unseen < 0.5:
        return Reach(float(n), float(n), float(n), ASSUMPTIONS)
    wide = math.exp(1.645 * math.sqrt(math.log1p(variance / unseen**2)))
    return Reach(n + unseen, n + unseen / wide, n + unseen * wide, ASSUMPTIONS)
