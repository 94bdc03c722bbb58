"""
The project speaks of itself alone, and has one word for a thing.
"""

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCES = sorted((ROOT / "src").rglob("*.py"))

INSTEAD_OF = {
    "attacker": "source",
    "attackers": "source",
    "spike": "surge",
    "spikes": "surge",
    "probe": "sensor",
    "probes": "sensor",
    "agent": "sensor",
    "agents": "sensor",
    "victim": "destination",
    "advisory": "alert",
    "advisories": "alert",
}
"""Words that the glossary (docs/glossary.md) has another word for; they may occur in texts, not in names."""

MACHINE_PATH = re.compile(r"(?<![\w.~/])/(?:home|Users|root|work|mnt)/\w")
URL = re.compile(r"https?://[\w.-]+")
LOCAL = {"http://127.0.0.1", "http://localhost"}


def own_files() -> list[Path]:
    """The text files of the project: what git tracks or would track, else what lies in its folders."""
    listing = ["git", "-C", str(ROOT), "ls-files", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(listing, capture_output=True, text=True, check=False)
    names = done.stdout.splitlines()
    if done.returncode:
        folders = ("src", "tests", "docs", "scripts", "bench", ".ci")
        names = [p.relative_to(ROOT).as_posix() for f in folders for p in (ROOT / f).rglob("*") if p.is_file()]
    binary = {".png", ".pcap", ".pcapng", ".gz", ".ico", ".woff2", ".parquet", ".pyc", ".nbi", ".nbc"}
    return [ROOT / n for n in sorted(names) if Path(n).suffix not in binary and (ROOT / n).is_file()]


def test_no_path_of_a_machine() -> None:
    """No file names a folder of the machine it was written on."""
    for path in own_files():
        found = MACHINE_PATH.search(path.read_text(encoding="utf-8", errors="replace"))
        assert not found, f"{path.relative_to(ROOT)} says {found and found[0]!r}"


@pytest.mark.parametrize(
    "name", ["requirements.lock", "pyproject.toml", "Makefile", "scripts/install", "scripts/system-packages", ".ci/run"]
)
def test_set_up_names_no_host(name: str) -> None:
    """Where packages come from is the installer's setting: no index, link or host is written down."""
    text = (ROOT / name).read_text(encoding="utf-8")
    assert set(URL.findall(text)) <= LOCAL
    assert not re.search(r"--(?:extra-)?index-url|--find-links|^-[if]\s", text.replace("--no-emit-index-url", ""), re.M)


def names_in(path: Path) -> set[str]:
    """Every name that a module gives to something."""
    found = {path.stem}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                found.add(node.name)
            case ast.arg():
                found.add(node.arg)
            case ast.Name(ctx=ast.Store()):
                found.add(node.id)
            case ast.Attribute(ctx=ast.Store()):
                found.add(node.attr)
    return found


def words(name: str) -> set[str]:
    """The words of an identifier, in lower case."""
    return {w.lower() for w in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)}


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_one_word_per_thing(path: Path) -> None:
    """Names in the code use the words of the glossary."""
    for name in names_in(path):
        for word in words(name) & INSTEAD_OF.keys():
            pytest.fail(f"{name}: the glossary says {INSTEAD_OF[word]!r}, not {word!r}")
