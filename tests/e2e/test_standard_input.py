"""Captures and logs that come through standard input, in processes of their own."""

import gzip
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Isdas = Callable[..., Any]
LOG = "datetime,host,src,proto,type,spt,dpt\n2013-05-01 00:00:00,groucho-oregon,1032051418,TCP,,6000,1433\n"


def given(content: bytes, *arguments: str | Path) -> "subprocess.CompletedProcess[bytes]":
    """The command with bytes on its standard input."""
    command = [sys.executable, "-m", "isdas", *map(str, arguments)]
    return subprocess.run(command, input=content, capture_output=True, check=False)


def sensors(isdas: Isdas, data: Path) -> list[str]:
    """The sensors that are in a data directory."""
    return [s["key"] for s in json.loads(isdas("series", "--by", "sensor", "--json", "--data", data).out)["series"]]


def test_a_capture_from_a_pipe_is_a_file_like_any_other(isdas: Isdas, tmp_path: Path, captures: Path) -> None:
    """Compressed or not, what came through a pipe is known as the same file, and nothing of it stays behind."""
    capture = max(captures.iterdir(), key=lambda path: path.stat().st_size)
    data = tmp_path / "data"
    first = given(gzip.compress(capture.read_bytes(), mtime=0), "ingest", "-", "--json", "--data", data)
    assert first.returncode == 0, first.stderr
    told = json.loads(first.stdout)
    assert told["read"] == told["stored"] > 100
    assert sensors(isdas, data) == ["stdin"]
    assert not list(data.glob("stdin-*"))
    (tmp_path / "copy.pcap.gz").write_bytes(gzip.compress(capture.read_bytes(), mtime=0))
    again = json.loads(isdas("ingest", tmp_path / "copy.pcap.gz", "--json", "--data", data).out)
    assert again["files"]["known"] == 1


def test_the_sensor_can_be_named(isdas: Isdas, tmp_path: Path, captures: Path) -> None:
    """With --sensor it is of that sensor."""
    capture = max(captures.iterdir(), key=lambda path: path.stat().st_size)
    assert given(capture.read_bytes(), "ingest", "-", "--sensor", "tokyo-1", "--data", tmp_path).returncode == 0
    assert sensors(isdas, tmp_path) == ["tokyo-1"]


def test_a_log_from_a_pipe_names_its_sensors(isdas: Isdas, tmp_path: Path) -> None:
    """A table whose rows name sensors is taken in as such, and what is refused of it is kept."""
    done = given((LOG + "garbage\n").encode(), "ingest", "-", "--json", "--data", tmp_path)
    assert done.returncode == 1
    assert json.loads(done.stdout)["refused"] == {"wrong-column-count": 1}
    assert sensors(isdas, tmp_path) == ["groucho-oregon"]


@pytest.mark.parametrize(("content", "reason"), [(b"", "empty-file"), (b"words\n", "not-a-capture")])
def test_what_is_nothing_is_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    """Nothing, or words, on standard input are a refused file; status 1; and nothing stays."""
    done = given(content, "ingest", "-", "--data", tmp_path)
    assert done.returncode == 1
    assert f"file refused, {reason}".encode() in done.stderr
    assert not list(tmp_path.glob("stdin-*"))


def test_ctrl_c_while_it_comes_leaves_nothing(tmp_path: Path, captures: Path) -> None:
    """Ctrl-C before the pipe has ended stops at once, with the status of an interruption, and nothing stays."""
    command = [sys.executable, "-m", "isdas", "ingest", "-", "--data", str(tmp_path)]
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # Tests that run in the background of a shell have it ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert process.stdin is not None
    # More than a pipe holds: what was written last can only be written once most of it has been read.
    os.write(process.stdin.fileno(), bytes(1 << 20))
    assert list(tmp_path.glob("stdin-*/stdin"))
    process.send_signal(signal.SIGINT)
    out, err = process.communicate()
    assert (process.returncode, out) == (130, b"")
    assert b"interrupted" in err
    assert not list(tmp_path.glob("stdin-*"))


SMALL_DISK = """
set -e
mount -t tmpfs -o size=2m tmpfs "$1"
status=0
head -c 4000000 /dev/zero | "$2" -m isdas ingest - --data "$1/data" || status=$?
echo "status $status"
ls -d "$1"/data/stdin-* 2>/dev/null || echo "nothing left"
"""


def test_a_full_disk_is_one_line(tmp_path: Path) -> None:
    """Without room for what comes the command says so in one line, ends with 2, and gives the room back."""
    if os.geteuid() != 0 or subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False).returncode:
        pytest.skip("only root, in a mount namespace of its own, can make a small disk")
    script = ["unshare", "-m", "bash", "-c", SMALL_DISK, "small-disk", str(tmp_path), sys.executable]
    done = subprocess.run(script, capture_output=True, text=True, check=False)
    assert done.stdout.splitlines() == ["status 2", "nothing left"], done.stderr
    (line,) = done.stderr.splitlines()
    assert line == f"isdas: standard input cannot be kept in {tmp_path / 'data'}: No space left on device"
