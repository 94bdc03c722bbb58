"""Bad input as a user meets it: each time one clear line, and tables that still reconcile."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Isdas = Callable[..., Any]
LOG = "datetime,host,src,proto,type,spt,dpt\n2013-05-01 00:00:00,groucho-oregon,1032051418,TCP,,6000,1433\n"


@pytest.fixture
def data(isdas: Isdas, tmp_path: Path, captures: Path) -> Path:
    """A data directory with one good capture in it."""
    isdas("ingest", min(captures.iterdir()), "--data", tmp_path / "data")
    return tmp_path / "data"


@pytest.fixture
def capture(captures: Path) -> bytes:
    """The bytes of the largest capture."""
    return max((path.read_bytes() for path in captures.iterdir()), key=len)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("empty.pcap", b"", ["empty-file", "empty"]),
        ("text.pcap", b"these are words, not packets\n", ["text.pcap", "begins with b'these ar'", "--format"]),
        ("random.pcap", bytes(range(256)), ["not-a-capture"]),
        ("cut.pcap", b"\xd4\xc3\xb2\xa1\x02\x00", ["truncated-header"]),
        ("wrong.csv", LOG.replace("src", "source").encode(), ["wrong-columns", "lacks the column 'src'"]),
        ("utf16.csv", LOG.encode("utf-16"), ["utf16.csv"]),
    ],
)
def test_a_file_that_is_nothing_is_refused(
    isdas: Isdas, data: Path, tmp_path: Path, name: str, content: bytes, words: list[str]
) -> None:
    """A file that is neither capture nor known table is refused in a line that names it and says why; status 1."""
    (tmp_path / name).write_bytes(content)
    said = isdas("ingest", tmp_path / name, "--data", data)
    assert (said.status, said.out) == (1, "")
    (line,) = (line for line in said.err.splitlines() if "file refused" in line)
    for word in (name, *words):
        assert word in line
    assert isdas("lake", "verify", "--data", data).status == 0


def test_a_cut_capture_gives_what_it_has(isdas: Isdas, data: Path, tmp_path: Path, capture: bytes) -> None:
    """Of a capture that ends within a packet, all whole packets are stored, and the cut is a warning."""
    (tmp_path / "cut.pcap").write_bytes(capture[: len(capture) // 2 + 7])
    said = isdas("ingest", tmp_path / "cut.pcap", "--data", data)
    assert said.status == 0
    assert "warning 1 truncated-tail" in said.err
    assert isdas("lake", "verify", "--data", data).status == 0


def test_bad_lines_are_kept_apart(isdas: Isdas, data: Path, tmp_path: Path) -> None:
    """Lines that cannot be read are counted by reason and kept with number and text; the others are stored."""
    bad = ["garbage", "", LOG.splitlines()[1].replace("2013-05-01", "yesterday"), LOG.splitlines()[1] + ",more"]
    (tmp_path / "log.csv").write_text(LOG + "\n".join(bad) + "\n" + LOG.splitlines()[1] + "\n")
    said = isdas("ingest", tmp_path / "log.csv", "--json", "--data", data)
    told = json.loads(said.out)
    assert (said.status, told["read"], told["stored"]) == (1, 6, 2)
    assert told["refused"] == {"bad-time": 1, "blank-line": 1, "wrong-column-count": 2}
    (kept,) = Path(told["quarantine"]).iterdir()
    lines = kept.read_text().splitlines()
    assert str(tmp_path / "log.csv") in lines[0]
    assert [line.split("\t") for line in lines[2:]] == [
        ["3", "wrong-column-count", "garbage"],
        ["4", "blank-line", ""],
        ["5", "bad-time", bad[2]],
        ["6", "wrong-column-count", bad[3]],
    ]
    assert isdas("lake", "verify", "--data", data).status == 0


def test_a_folder_of_junk_stops_nothing(isdas: Isdas, data: Path, tmp_path: Path, captures: Path) -> None:
    """Of a folder with a capture, a broken one and junk, the first is in, the second told of, the rest counted."""
    folder = tmp_path / "in" / "deep"
    folder.mkdir(parents=True)
    (folder / "good.pcap").write_bytes(max(captures.iterdir(), key=lambda path: path.stat().st_size).read_bytes())
    (folder / "broken.pcapng").write_bytes(b"\x00" * 100)
    for name in ("notes.txt", "photo.jpg", ".DS_Store"):
        (folder / name).write_bytes(b"\xff\xd8 no packets here")
    (folder / "loop").symlink_to(folder)
    (folder / "dangling").symlink_to(folder / "gone")
    (folder / "dangling.pcap").symlink_to(folder / "gone")
    said = isdas("ingest", tmp_path / "in", "--json", "--data", data)
    assert said.status == 1
    files = json.loads(said.out)["files"]
    assert (files["taken"], files["passed_over"]) == (1, 4)
    told = [(Path(f["file"]).name, f["reason"]) for f in files["refused"]]
    assert told == [("broken.pcapng", "not-a-capture"), ("dangling.pcap", "unreadable")]


def test_names_that_are_no_text(isdas: Isdas, data: Path, tmp_path: Path, captures: Path) -> None:
    """Files are taken in, or refused, whatever bytes their names have; what is no text of them is written out."""
    folder = os.fsencode(tmp_path) + b"/in"
    os.mkdir(folder)
    good = max(captures.iterdir(), key=lambda path: path.stat().st_size).read_bytes()
    for name, content in ((b"\x93\x8c\x8b\x9e.pcap", good), (b"\xff.csv", b""), (b"\xfe.csv", LOG.encode() + b"x\n")):
        Path(os.fsdecode(folder + b"/" + name)).write_bytes(content)
    said = isdas("ingest", tmp_path / "in", "--json", "--data", data)
    files = json.loads(said.out)["files"]
    assert (said.status, files["taken"]) == (1, 2)
    assert [Path(f["file"]).name for f in files["refused"]] == ["\\xff.csv"]
    assert [Path(f["file"]).name for f in files["drifted"]] == ["\\xfe.csv"]
    assert "\\x93\\x8c\\x8b\\x9e" in isdas("fleet", "list", "--data", data).out
    assert isdas("lake", "verify", "--data", data).status == 0


def test_a_pipe_is_not_waited_for(isdas: Isdas, data: Path, tmp_path: Path) -> None:
    """A named pipe that nobody writes to is refused at once."""
    os.mkfifo(tmp_path / "pipe")
    said = isdas("ingest", tmp_path / "pipe", "--data", data)
    assert said.status == 1
    assert "not-a-file" in said.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["gone.pcap"], "gone.pcap: no such file or directory"),
        (["{good}", "--format", "netflow"], "no profile 'netflow'"),
        (["{good}", "--zone", "Mars/Olympus"], "--zone is 'Mars/Olympus': not a time zone"),
        (["{good}", "--zone", "../UTC"], "--zone is '../UTC': not a time zone"),
        (["{good}", "--addresses", "192.0.2.0/24,here"], "'here' is not a network"),
    ],
    ids=["missing", "format", "zone", "path", "addresses"],
)
def test_misuse_takes_nothing_in(isdas: Isdas, data: Path, captures: Path, arguments: list[str], words: str) -> None:
    """A path, format or network that there is not is misuse: one line, status 2, and nothing was taken in."""
    good = str(max(captures.iterdir()))
    before = isdas("lake", "status", "--data", data).out
    said = isdas("ingest", *(a.format(good=good) for a in arguments), "--data", data)
    assert (said.status, said.out) == (2, "")
    assert words in said.err
    assert said.err.count("\n") == 1
    assert isdas("lake", "status", "--data", data).out == before


@pytest.mark.parametrize("command", [["ingest", "{good}"], ["series"], ["surges"], ["serve", "--port", "0"]])
def test_a_data_directory_that_is_a_file(isdas: Isdas, tmp_path: Path, captures: Path, command: list[str]) -> None:
    """A file in place of the data directory is one line that names it, and the file stays as it was."""
    (tmp_path / "data").write_text("a file")
    said = isdas(*(a.format(good=min(captures.iterdir())) for a in command), "--data", tmp_path / "data")
    assert (said.status, said.out) == (2, "")
    assert str(tmp_path / "data") in said.err
    assert said.err.count("\n") == 1
    assert (tmp_path / "data").read_text() == "a file"


LEAVE = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
"""Takes from root the right to read and write what it has no leave for; others do not have that right."""


@pytest.fixture
def isdas_without_rights() -> Callable[..., "subprocess.CompletedProcess[str]"]:
    """The command in a process that may read and write only what file modes allow."""
    is_root = os.geteuid() == 0
    if is_root and subprocess.run([*LEAVE, "true"], capture_output=True, check=False).returncode:
        pytest.skip("root reads everything, and cannot lay that right down here")

    def run(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
        command = [*(LEAVE if is_root else []), sys.executable, "-m", "isdas", *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    return run


def test_what_may_not_be_read_is_told(isdas_without_rights: Isdas, tmp_path: Path, capture: bytes) -> None:
    """A file that may not be read and a folder that may not be listed are refused by name; the rest is taken in."""
    folder = tmp_path / "in"
    (folder / "closed").mkdir(parents=True)
    (folder / "fine.pcap").write_bytes(capture)
    for name in ("secret.pcap", "secret.txt"):
        (folder / name).write_bytes(capture)
        (folder / name).chmod(0)
    (folder / "closed").chmod(0)
    done = isdas_without_rights("ingest", folder, "--data", tmp_path / "data")
    (folder / "closed").chmod(0o700)
    assert (done.returncode, done.stdout) == (1, "")
    assert "1 file taken in, 0 already in, 3 refused" in done.stderr
    for name in ("closed", "secret.pcap", "secret.txt"):
        assert f"unreadable: {folder / name}: permission denied" in done.stderr


def test_a_data_directory_that_may_not_be_written_is_one_line(
    isdas_without_rights: Isdas, tmp_path: Path, captures: Path
) -> None:
    """Without leave to write, taking in ends in one line that names the directory."""
    (tmp_path / "data").mkdir(mode=0o555)
    done = isdas_without_rights("ingest", min(captures.iterdir()), "--data", tmp_path / "data")
    assert (done.returncode, done.stdout) == (2, "")
    assert str(tmp_path / "data") in done.stderr
    assert done.stderr.count("\n") == 1


SMALL_DISK = """
set -e
mount -t tmpfs -o size=240k tmpfs "$1"
cd "$1"
status=0
"$2" -m isdas ingest "$3" --data "$1/data" || status=$?
echo "status $status"
mount -o remount,size=100m "$1"
status=0
"$2" -m isdas lake verify --data "$1/data" || status=$?
echo "verified $status"
"$2" -m isdas ingest "$3" --json --data "$1/data" >"$4"
"""


def test_a_full_disk_is_one_line(tmp_path: Path, captures: Path) -> None:
    """When the disk is full the command says so and ends with 2; with more room everything goes in, once."""
    if os.geteuid() != 0 or subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False).returncode:
        pytest.skip("only root, in a mount namespace of its own, can make a small disk")
    (tmp_path / "disk").mkdir()
    account = tmp_path / "account.json"
    script = ["unshare", "-m", "bash", "-c", SMALL_DISK, "small-disk"]
    done = subprocess.run(
        [*script, str(tmp_path / "disk"), sys.executable, str(captures), str(account)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["status 2", "verified 0"]
    assert "Traceback" not in done.stderr
    (line,) = (line for line in done.stderr.splitlines() if line.startswith("isdas: "))
    assert "No space left on device" in line or "full" in line
    told = json.loads(account.read_text())
    assert told["files"]["taken"] + told["files"]["known"] == len(list(captures.iterdir()))
