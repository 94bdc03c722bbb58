"""
Settings of a sensor in the tree of settings.
"""

from pathlib import Path

import pytest

from isdas.config import Config, build, load
from isdas.model.errors import ConfigError


def test_a_sensor_is_a_section(tmp_path: Path) -> None:
    """The file and the environment set it like any other."""
    (tmp_path / "isdas.toml").write_text('[sensor]\ninterface = "eth0"\naddresses = ["192.0.2.0/28"]\n')
    config = load(tmp_path, {"ISDAS_SENSOR__RING_MB": "8"}).sensor
    assert (config.interface, config.addresses, config.ring_mb) == ("eth0", ("192.0.2.0/28",), 8)
    assert Config().sensor.segment_seconds == 60


def test_a_slip_of_the_pen_is_told() -> None:
    """An unknown setting names the nearest."""
    with pytest.raises(ConfigError, match=r"sensor\.adresses; did you mean sensor\.addresses"):
        build({"sensor": {"adresses": []}})
