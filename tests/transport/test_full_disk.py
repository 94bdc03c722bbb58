"""
A disk without room: the spool says so and loses nothing that it had, and there is room again when the oldest go.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

CHILD = Path(__file__).parent / "full_disk_child.py"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small file system")
def test_a_full_disk_is_lived_through(tmp_path: Path) -> None:
    """On a real file system of half a megabyte, in a mount namespace of its own."""
    (tmp_path / "small").mkdir()
    mount = 'mount -t tmpfs -o size=512k,nr_inodes=4k none "$1" && exec "$2" "$3" "$1"'
    command = ["unshare", "--mount", "sh", "-c", mount, "sh", str(tmp_path / "small"), sys.executable, str(CHILD)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "lived through\n"
