"""
Units and the container file: what systemd makes of them, and that they say what the program does.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from isdas.cli.main import app
from isdas.hub.config import Config

PACKAGING = Path(__file__).parent.parent / "packaging"
UNITS = sorted(PACKAGING.glob("*.service"))
DEFAULTS = Config()


def settings(path: Path) -> dict[str, list[str]]:
    """The settings of a unit, each with its values in order."""
    found: dict[str, list[str]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        name, separator, value = line.partition("=")
        if separator and not line.startswith("#"):
            found.setdefault(name, []).append(value)
    return found


def commands() -> dict[str, object]:
    """The commands of the program."""
    return dict(getattr(typer.main.get_command(app), "commands", {}))


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_systemd_finds_nothing_wrong(unit: Path, tmp_path: Path) -> None:
    """systemd-analyze verify has nothing to say of the unit, with a program that is there."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("no systemd-analyze here")
    text = unit.read_text(encoding="utf-8").replace("/usr/local/bin/isdas", sys.executable)
    (tmp_path / unit.name).write_text(text)
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(tmp_path / unit.name)],
        capture_output=True,
        text=True,
        check=False,
    )
    mine = [line for line in done.stderr.splitlines() if unit.name in line]
    assert (done.returncode, mine) == (0, [])


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_units_are_hardened(unit: Path, tmp_path: Path) -> None:
    """systemd's own measure of exposure, 0 to 10, is at most 2.5: what the unit may do is what it needs."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("no systemd-analyze here")
    command = ["systemd-analyze", "security", "--offline=true", "--threshold=25", str(unit)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if "Unknown" in done.stderr or "unrecognized option" in done.stderr:
        pytest.skip("this systemd-analyze cannot measure a file")
    assert done.returncode == 0, done.stdout[-300:] + done.stderr[-300:]


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_units_run_what_there_is(unit: Path) -> None:
    """The command of a unit exists, and its data directory is the one that the unit may write to."""
    found = settings(unit)
    words = found["ExecStart"][0].split()[1:]
    below: object = commands()
    for word in words:
        assert isinstance(below, dict)
        assert word in below, f"isdas has no {word}"
        below = getattr(below[word], "commands", {})
    (directory,) = found["StateDirectory"]
    assert f"ISDAS_DATA=/var/lib/{directory}" in found["Environment"]


def test_users_of_the_units_are_made() -> None:
    """Every user that a unit runs as is one that systemd-sysusers makes."""
    made = re.findall(r"^u (\S+) ", (PACKAGING / "isdas.sysusers").read_text(encoding="utf-8"), re.M)
    assert sorted(made) == sorted(settings(unit)["User"][0] for unit in UNITS)


def test_only_the_sensor_has_a_capability() -> None:
    """The hub has none at all; the sensor has what an interface needs and no more."""
    of = {path.stem: settings(path) for path in UNITS}
    assert of["isdas-hub"]["CapabilityBoundingSet"] == [""]
    assert of["isdas-sensor"]["CapabilityBoundingSet"] == of["isdas-sensor"]["AmbientCapabilities"] == ["CAP_NET_RAW"]


def test_the_container_listens_where_the_settings_say() -> None:
    """Ports that the container shows are those of the settings, and its health is asked where operations are."""
    text = (PACKAGING / "Containerfile").read_text(encoding="utf-8")
    exposed = re.search(r"^EXPOSE (.*)$", text, re.M)
    assert exposed is not None
    assert exposed[1].split() == [str(DEFAULTS.port), str(DEFAULTS.sensors_port)]
    assert f"127.0.0.1:{DEFAULTS.operations_port}/ready" in text
    for name in re.findall(r"ISDAS_HUB__(\w+)", text):
        assert hasattr(DEFAULTS, name.lower()), f"the hub has no setting {name.lower()}"
