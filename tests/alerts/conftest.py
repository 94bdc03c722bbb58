"""
A surge like that of 30 October 2008, made by hand, and what drafting needs beside it.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from isdas.alerts.config import Config
from isdas.alerts.knowledge import Knowledge, load
from isdas.model.surge import Guard, RegionShare, Surge

TOKYO = ZoneInfo("Asia/Tokyo")

MakeSurge = Callable[..., Surge]


def make(**changes: Any) -> Surge:
    """The surge of 445/tcp with some fields changed."""
    fields: dict[str, Any] = {
        "identifier": "20081030T17-445-tcp",
        "port": "445/tcp",
        "ports": ("445/tcp",),
        "verdict": "broad",
        "detected_at": datetime(2008, 10, 31, 2, tzinfo=TOKYO),
        "onset_at": datetime(2008, 10, 30, 22, tzinfo=TOKYO),
        "onset_low_at": datetime(2008, 10, 30, 21, tzinfo=TOKYO),
        "onset_high_at": datetime(2008, 10, 31, 0, tzinfo=TOKYO),
        "ended_at": None,
        "window_hours": 6,
        "regions": (RegionShare("JP", 0.52), RegionShare("CN", 0.33), RegionShare("US", 0.06)),
        "mainly": ("JP", "CN"),
        "sources": 812,
        "packets": 2210,
        "baseline": 61.5,
        "observed": 245,
        "factor": 3.98,
        "score": 14.2,
        "sensors_rising": 11,
        "sensors_live": 12,
        "guards": (
            Guard("without-top-source", True, 13.8, "The surge stands without its top source."),
            Guard("without-top-sensor", True, 12.9, "The surge stands without its top sensor."),
        ),
    }
    return Surge(**(fields | changes))


@pytest.fixture(scope="session")
def make_surge() -> MakeSurge:
    """A maker of surges like that of 30 October 2008."""
    return make


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    """The shipped knowledge."""
    return load()


@pytest.fixture(scope="session")
def config() -> Config:
    """The settings as they come."""
    return Config()
