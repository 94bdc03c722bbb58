"""The command as a whole: its tree, its exit status, and how it tells of misuse."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from isdas import __version__
from isdas.cli.main import hoisted

HEAVY = {
    "altair", "asyncio", "deltalake", "duckdb", "fastapi", "jinja2", "numba", "numpy", "pyarrow", "rich",
    "scipy", "sqlalchemy", "uvicorn", "vl_convert",
}  # fmt: skip
"""Libraries that take longer to load than a help page to read."""

Isdas = Callable[..., Any]


@pytest.mark.parametrize("arguments", [["--help"], ["ingest", "--help"], ["surges", "-h"], ["--version"]])
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    """Help and version are answered without any of the libraries that the work needs, so at once."""
    script = f"""
import sys
from isdas.cli.main import main
status = main({arguments!r})
print(status, *sorted({HEAVY!r} & set(sys.modules)), file=sys.stderr)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stderr == "0\n"
    assert done.stdout


def test_the_version_is_told(isdas: Isdas) -> None:
    """The version goes to standard output."""
    assert isdas("--version") == (0, f"isdas {__version__}\n", "")


def test_help_names_every_command(isdas: Isdas) -> None:
    """The help of the program has all commands of the contract with what they are for, none cut off."""
    said = isdas("--help")
    for command in ("demo", "simulate", "ingest", "series", "top", "graph", "surges", "alert", "serve", "lake"):
        assert f"\n  {command} " in said.out
    assert "..." not in said.out.partition("Commands:")[2]


def test_without_a_command_there_is_help(isdas: Isdas) -> None:
    """A call of the program or of a group without a command is misuse, answered by its help."""
    for arguments in ((), ("lake",), ("alert",)):
        said = isdas(*arguments)
        assert (said.status, said.out) == (2, "")
        assert "Usage: isdas" in said.err
        assert "Commands:" in said.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nothing"], ["no such command 'nothing'", "isdas --help"]),
        (["ingest"], ["missing argument 'PATH...'", "isdas ingest --help"]),
        (["ingest", "--nothing"], ["no such option: --nothing"]),
        (["series", "--kind", "colour"], ["--kind", "'colour'", "'backscatter'"]),
        (["series", "--bin", "fortnight"], ["--bin", "'fortnight'"]),
        (["series", "--top", "0"], ["--top", "1"]),
        (["series", "--measure", "weight"], ["--measure", "'packets-per-sensor'"]),
        (["top", "colours"], ["'colours'", "'regions'"]),
        (["top", "ports", "--limit", "-1"], ["--limit"]),
        (["graph", "--lang", "fr"], ["--lang", "'fr'"]),
        (["alert", "draft", "x", "--lang", "fr"], ["--lang", "'fr'"]),
        (["alert", "draft", "x", "--date", "tomorrow"], ["--date", "'tomorrow'"]),
        (["surges", "--verdict", "sad"], ["--verdict", "'sad'"]),
        (["simulate", "quiet-week", "--out", "x", "--seed", "-1"], ["--seed"]),
        (["simulate", "quiet-week"], ["missing option '--out'"]),
        (["serve", "--port", "99999"], ["--port", "65535"]),
        (["lake", "nothing"], ["no such command 'nothing'", "isdas lake --help"]),
        (["series", "--data"], ["--data", "requires an argument"]),
    ],
    ids=" ".join,
)
def test_misuse_is_one_line(isdas: Isdas, arguments: list[str], words: list[str]) -> None:
    """A call that cannot be understood ends with 2 and one line that says what and where the help is."""
    said = isdas(*arguments)
    assert (said.status, said.out) == (2, "")
    assert said.err.startswith("isdas: ")
    assert said.err.count("\n") == 1
    for word in words:
        assert word in said.err


@pytest.mark.parametrize(
    "arguments",
    [
        ["series"],
        ["series", "--port", "445/tpc"],
        ["series", "--by", "colour"],
        ["series", "--from", "yesterday"],
        ["series", "--from", "2008-10-07", "--to", "2008-10-06"],
        ["top", "ports", "--port", "no"],
        ["graph", "-o", "x.gif"],
        ["surges", "show", "gone"],
        ["alert", "draft", "gone"],
        ["alert", "show", "gone"],
        ["simulate", "spring-1969", "--out", "x"],
        ["ingest", "gone.pcap"],
        ["ingest", ".", "--addresses", "1.2.3"],
        ["ingest", ".", "--addresses", ""],
        ["ingest", ".", "--format", "pcapp"],
    ],
    ids=" ".join,
)
def test_what_the_user_can_mend_is_one_line(
    isdas: Isdas, filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    """Every error of the program itself ends with 2 and one line without a traceback; nothing is left behind."""
    monkeypatch.chdir(tmp_path)
    data = tmp_path / "typo" if arguments == ["series"] else filled
    said = isdas(*arguments, "--data", data)
    assert (said.status, said.out) == (2, "")
    assert said.err.startswith("isdas: ")
    assert said.err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_the_data_directory_may_stand_anywhere(
    isdas: Isdas, filled: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Before or behind the command, with or without an equals sign, or in the environment: it is the same directory."""
    monkeypatch.chdir(tmp_path)
    question = ("top", "ports", "--limit", "1", "--json")
    before = isdas("--data", filled, *question)
    assert json.loads(before.out)[0]["packets"] > 0
    assert isdas(*question, "--data", filled) == before
    assert isdas("top", f"--data={filled}", *question[1:]) == before
    monkeypatch.setenv("ISDAS_DATA", str(filled))
    assert isdas(*question) == before
    assert isdas(*question, "--data", tmp_path / "other").status == 2


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (["ingest", "x", "--data", "d", "--json"], ["--data", "d", "ingest", "x", "--json"]),
        (["ingest", "--data=d", "x"], ["--data=d", "ingest", "x"]),
        (["ingest", "--", "--data", "x"], ["ingest", "--", "--data", "x"]),
        (["ingest", "x", "--data"], ["--data"]),
        ([], []),
    ],
    ids=["behind", "equals", "a-file-of-that-name", "without-a-value", "nothing"],
)
def test_the_data_directory_is_moved_to_the_front(given: list[str], expected: list[str]) -> None:
    """Only the option and its value move; behind a double dash all is as it was."""
    assert hoisted(given) == expected


def test_the_package_is_the_command() -> None:
    """`python -m isdas` does what `isdas` does, exit status included."""
    done = subprocess.run([sys.executable, "-m", "isdas", "nothing"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "isdas: no such command 'nothing'; see `isdas --help`\n"


def test_the_process_does_all_that_is_left_to_do_at_its_end() -> None:
    """It does not take itself apart, but calls what asked to be called, and what was said then is heard."""
    script = (
        "import atexit, sys\n"
        "from isdas.__main__ import run\n"
        "atexit.register(lambda: print('at last'))\n"
        "sys.argv = ['isdas', '--version']\n"
        "run()\n"
        "print('never')\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.split("\n")[1:], done.stderr) == (0, ["at last", ""], "")
