"""A surge as the model case has it, for tests that need one."""

from datetime import UTC, datetime, timedelta
from typing import Any

from isdas.model.surge import Guard, RegionShare, Surge


def a_surge(**changes: Any) -> Surge:
    """A broad surge on 445/tcp with every field filled; *changes* replace fields."""
    at = datetime(2008, 10, 7, 13, tzinfo=UTC)
    values: dict[str, Any] = {
        "identifier": "20081007T15-445-tcp",
        "port": "445/tcp",
        "ports": ("445/tcp",),
        "verdict": "broad",
        "detected_at": at + timedelta(hours=2),
        "onset_at": at,
        "onset_low_at": at - timedelta(hours=1),
        "onset_high_at": at + timedelta(hours=1),
        "ended_at": None,
        "window_hours": 2,
        "regions": (RegionShare("JP", 0.5), RegionShare("CN", 0.25)),
        "mainly": ("JP", "CN"),
        "sources": 321,
        "packets": 1234,
        "baseline": 20.5,
        "observed": 61,
        "factor": 2.98,
        "score": 7.4,
        "sensors_rising": 11,
        "sensors_live": 12,
        "tools": (("", 1.0),),
        "guards": (
            Guard("without-top-source", True, 7.1, "Without the most active source the score is 7.1."),
            Guard("new-port", True, 40.0, "The port was not silent before."),
        ),
    }
    return Surge(**{**values, **changes})
