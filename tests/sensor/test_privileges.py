"""
Giving up privileges, each time in a process of its own.
"""

import os
import pwd
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from isdas.model.errors import ConfigError
from isdas.sensor.privileges import become

SOURCE = Path(__file__).parent.parent.parent / "src"
NOBODY = "nobody"

SCRIPT = """
import os, socket, sys
from pathlib import Path
from isdas.sensor import privileges
folder = Path(sys.argv[1])
privileges.become(sys.argv[2], folder)
def caps():
    said = Path("/proc/self/status").read_text()
    return [said.partition(f"{name}:")[2].split()[0].lstrip("0") or "0" for name in ("CapEff", "CapPrm", "NoNewPrivs")]
opened = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
print(os.geteuid(), *caps())
privileges.drop()
print(os.geteuid(), *caps())
try:
    socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
except PermissionError:
    print("no more")
(folder / "mine").write_text("mine")
"""


def ran(folder: Path, user: str, *before: str) -> list[str]:
    """What the script says, started by some command."""
    environment = {**os.environ, "PYTHONPATH": str(SOURCE), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [*before, sys.executable, "-c", SCRIPT, str(folder), user]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.fixture
def folder() -> Iterator[Path]:
    """What a sensor keeps, made by root, where others can go."""
    if os.geteuid():
        pytest.skip("only root has privileges to give up")
    with tempfile.TemporaryDirectory(prefix="isdas-privileges-") as outer:
        Path(outer).chmod(0o755)
        made = Path(outer) / "sensor"
        (made / "spool").mkdir(parents=True)
        (made / "spool" / "segment").write_text("x")
        yield made


def test_root_becomes_its_user(folder: Path) -> None:
    """It keeps the one capability until it has opened what needs it, and then none; its folder is the user's."""
    user = pwd.getpwnam(NOBODY).pw_uid
    assert ran(folder, NOBODY) == [f"{user} 2000 2000 1", f"{user} 0 0 1", "no more"]
    assert {path.stat().st_uid for path in (folder, *folder.rglob("*"))} == {user}


def test_root_that_stays_root_can_do_no_more_than_files(folder: Path) -> None:
    """Without a user to become, everything else is given up all the same."""
    assert ran(folder, "") == ["0 2000 2000 1", "0 0 0 1", "no more"]


def test_a_service_with_one_capability_gives_it_up(folder: Path) -> None:
    """As systemd starts it with User= and AmbientCapabilities=CAP_NET_RAW."""
    user = pwd.getpwnam(NOBODY).pw_uid
    for path in (folder, *folder.rglob("*")):
        os.chown(path, user, -1)
    only = ("setpriv", f"--reuid={user}", "--clear-groups", "--inh-caps=-all,+net_raw", "--ambient-caps=-all,+net_raw")
    assert ran(folder, "", *only) == [f"{user} 2000 2000 1", f"{user} 0 0 1", "no more"]


def test_a_user_that_is_none_is_told(tmp_path: Path) -> None:
    """The message names the setting."""
    with pytest.raises(ConfigError, match=r"sensor\.user is 'nobody-at-all': there is no such user"):
        become("nobody-at-all", tmp_path)


def test_a_folder_that_the_user_cannot_get_to_is_told(folder: Path) -> None:
    """Better at once than with the first segment."""
    folder.parent.chmod(0o700)
    script = "import sys, pathlib as p; from isdas.sensor import privileges; "
    script += "privileges.become(sys.argv[1], p.Path(sys.argv[2]))"
    command = [sys.executable, "-c", script, NOBODY, str(folder)]
    done = subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(SOURCE)}, check=False
    )
    assert done.returncode == 1
    assert f"the user {NOBODY} cannot get to {folder}" in done.stderr
