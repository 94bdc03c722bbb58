"""
What is done to the disk is done whole, or leaves what was there.
"""

import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from isdas.transport.disk import Disk


def test_files_and_folders_come_and_go(tmp_path: Path) -> None:
    """Written, put behind, renamed over another, removed; what is not there is removed already."""
    disk, one, other = Disk(), tmp_path / "folder" / "one", tmp_path / "folder" / "other"
    disk.make_folder(one.parent)
    disk.make_folder(one.parent)
    disk.sync_folder(tmp_path)
    disk.write(one, b"first")
    disk.write(one, b"12")
    disk.append(one, b"34")
    disk.sync(one)
    assert one.read_bytes() == b"1234"
    disk.write(other, b"other")
    disk.rename(one, other)
    disk.sync_folder(one.parent)
    assert (one.exists(), other.read_bytes()) == (False, b"1234")
    with pytest.raises(OSError, match="not empty"):
        disk.remove_folder(one.parent)
    for _ in range(2):
        disk.remove(other)
    disk.remove_folder(one.parent)
    assert not one.parent.exists()


LIMITED = """
import resource, signal, sys
from pathlib import Path
from isdas.transport.disk import Disk
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
path = Path(sys.argv[1])
Disk().append(path, b"a" * 900)
try:
    Disk().append(path, b"b" * 900)
except OSError as error:
    print(error.errno, path.read_bytes() == b"a" * 900)
"""


@pytest.mark.skipif(
    not hasattr(resource, "RLIMIT_FSIZE") or not hasattr(signal, "SIGXFSZ"), reason="no such limit here"
)
def test_half_of_an_append_is_taken_off(tmp_path: Path) -> None:
    """Where there is room for a part only, nothing of it stays."""
    command = [sys.executable, "-c", LIMITED, str(tmp_path / "file")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ)
    assert done.stdout == "27 True\n", done.stderr
