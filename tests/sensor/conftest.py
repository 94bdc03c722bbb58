"""
What tests of the sensor share: a cable between two namespaces, a hub with an own authority, and a place for a sensor.
"""

from pathlib import Path

import pytest
from cable import cable  # noqa: F401
from own_hub import own_hub  # noqa: F401

from isdas.sensor.place import Place


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """Where a sensor will be."""
    return Place.of(tmp_path / "sensor")
