"""
What can be used is documented, generated pages are current, and links and commands in the texts work.
"""

import ast
import dataclasses
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from isdas.cli.main import app
from isdas.config import Config
from isdas.lake import tables
from isdas.model import columns

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
TEXTS = [*PAGES, ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
SOURCE = ROOT / "src" / "isdas"
TAKING_IN = ("capture", "decode", "formats", "transport", "lake", "hub")
"""The packages that refuse and warn."""

LINK = re.compile(r"\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```\w*\n(.*?)^```", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"`(isdas [^`]+)`")
REASON = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


def short(path: Path) -> str:
    """A path as a test's name."""
    return path.relative_to(ROOT).as_posix()


def page(name: str) -> str:
    """The text of a page of docs/."""
    return (DOCS / name).read_text(encoding="utf-8")


def test_generated_pages_are_current() -> None:
    """The reference pages say what the code says now."""
    script = [sys.executable, str(ROOT / "scripts" / "reference.py"), "--check"]
    done = subprocess.run(script, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", columns.names())
def test_column_is_documented(name: str) -> None:
    """Every column is on the page of columns."""
    assert f"| `{name}` |" in page("reference/columns.md")


@pytest.mark.parametrize("name", tables.NAMES)
def test_table_is_documented(name: str) -> None:
    """Every table is on the page of tables, and every column of a fold with it."""
    text = page("reference/tables.md")
    assert f"## {name}\n" in text
    assert name == "packets" or all(f"`{field}`" in text for field in tables.spec(name).schema.names)


def settings() -> Iterator[tuple[str, str]]:
    """Every setting with its section; those of no section first."""
    for field in dataclasses.fields(Config):
        section = field.default_factory
        if isinstance(section, type) and dataclasses.is_dataclass(section):
            yield from ((field.name, inner.name) for inner in dataclasses.fields(section))
        else:
            yield "", field.name


@pytest.mark.parametrize(("section", "name"), sorted(settings()))
def test_setting_is_documented(section: str, name: str) -> None:
    """Every setting is on the page of settings under its section, with a sentence."""
    _, _, part = page("reference/settings.md").partition(f"## [{section}]\n" if section else "# Settings\n")
    row = next(line for line in part.partition("\n## [")[0].splitlines() if line.startswith(f"| `{name}` |"))
    assert row.rstrip(" |").endswith("."), f"{section}.{name} says nothing"


def commands(path: str, command: Any) -> Iterator[tuple[str, Any]]:
    """Every command that is not hidden, with the words it is called by."""
    if not command.hidden:
        yield path, command
        for name, below in getattr(command, "commands", {}).items():
            yield from commands(f"{path} {name}", below)


COMMANDS = dict(commands("isdas", typer.main.get_command(app)))


@pytest.mark.parametrize("path", COMMANDS)
def test_command_is_documented(path: str) -> None:
    """Every command and every option of it has a sentence, and is on the page of commands."""
    text = page("reference/commands.md")
    command = COMMANDS[path]
    assert command.help, f"{path} says nothing"
    part = text.partition(f"## {path}\n")[2].partition("\n## ")[0]
    assert part, f"{path} is not on the page"
    for parameter in command.params:
        assert getattr(parameter, "help", None), f"{path}: {parameter.name} says nothing"
        if parameter.param_type_name == "option":
            assert all(form in part for form in parameter.opts)


def called(text: str) -> Iterator[list[str]]:
    """The words of each call of isdas that a text shows, in a block or in a line."""
    lines = [line for block in FENCE.findall(text) for line in block.splitlines()]
    for line in [*lines, *SPAN.findall(FENCE.sub("", text))]:
        call = line.strip().removeprefix("$ ").removeprefix(".venv/bin/")
        if call.startswith("isdas ") and "[" not in call:
            yield shlex.split(call, comments=True)


@pytest.mark.parametrize("path", [p for p in TEXTS if p.name != "commands.md"], ids=short)
def test_shown_commands_exist(path: Path) -> None:
    """Every call of isdas that a text shows names a command and options that exist."""
    for words in called(path.read_text(encoding="utf-8")):
        name, rest = words[0], words[1:]
        while rest and f"{name} {rest[0]}" in COMMANDS:
            name, rest = f"{name} {rest[0]}", rest[1:]
        below = getattr(COMMANDS[name], "commands", {})
        assert not (below and rest and re.fullmatch("[a-z]+", rest[0])), f"{name} {rest[0]} does not exist"
        # The options of the whole program may stand anywhere.
        parameters = [*COMMANDS[name].params, *COMMANDS["isdas"].params]
        forms = {form for p in parameters for form in (*p.opts, *p.secondary_opts)} | {"--help"}
        used = {word.partition("=")[0] for word in rest if word.startswith("-")}
        assert used <= forms, f"{name} has no {used - forms}"


def texts(node: ast.AST, named: dict[str, str]) -> Iterator[str]:
    """The string constants in a piece of code, those under a name of their module included."""
    for part in ast.walk(node):
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            yield part.value
        if isinstance(part, ast.Name) and part.id in named:
            yield named[part.id]


def reasons_in(path: Path) -> Iterator[str]:
    """What a module counts refusals and warnings under, as far as it says so in plain strings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assigned = [node for node in ast.walk(tree) if isinstance(node, ast.Assign)]
    named = {
        str(getattr(node.targets[0], "id", "")): node.value.value
        for node in assigned
        if isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in {"InputRefused", "refuse", "warn"} and node.args:
                yield from texts(node.args[0], named)
            if name == "_refuse":
                yield from texts(node.args[-1], named)
    for node in assigned:
        targets = {part.id for target in node.targets for part in ast.walk(target) if isinstance(part, ast.Name)}
        if targets & {"REFUSALS", "WARNINGS", "reasons", "refused", "warning"}:
            yield from (text for text in texts(node.value, {}) if "-" in text)


def reasons() -> set[str]:
    """Every name under which a refusal or a warning is counted."""
    paths = (path for package in TAKING_IN for path in (SOURCE / package).rglob("*.py"))
    return {text for path in paths for text in reasons_in(path) if REASON.fullmatch(text)}


@pytest.mark.parametrize("reason", sorted(reasons()))
def test_reason_is_documented(reason: str) -> None:
    """Every refusal and every warning has a short name, and a row that explains it."""
    assert f"| `{reason}` |" in page("reference/reasons.md")


@pytest.mark.parametrize("section", page("reference/reasons.md").split("\n## ")[1:], ids=lambda s: s.partition("\n")[0])
def test_reason_has_one_meaning(section: str) -> None:
    """No name stands twice in one section of the page of reasons."""
    names = re.findall(r"^\| `([\w-]+)` \|", section, re.M)
    assert names
    assert sorted(names) == sorted(set(names))


ROUTES = [
    route
    for path in sorted((SOURCE / "web").rglob("*.py"))
    for route in re.findall(r"@\w+\.(?:get|post|put|delete)\(\s*\"([^\"]+)\"", path.read_text(encoding="utf-8"))
]


@pytest.mark.parametrize("route", ROUTES)
def test_route_is_documented(route: str) -> None:
    """Every path that the site answers is on the page of pages."""
    assert f"| `{route}` |" in page("reference/pages.md")


def targets(path: Path) -> Iterator[Path]:
    """The files that a text links to."""
    for link in LINK.findall(FENCE.sub("", path.read_text(encoding="utf-8"))):
        if "://" not in link and not link.startswith(("#", "mailto:")):
            yield (path.parent / link.partition("#")[0]).resolve()


@pytest.mark.parametrize("path", TEXTS, ids=short)
def test_links_lead_somewhere(path: Path) -> None:
    """Every link to a file of the project leads to one."""
    for target in targets(path):
        assert target.exists(), f"{path.name} links to {target}, which is not there"


def test_every_page_is_found_from_the_index() -> None:
    """The index links to every page of the documentation."""
    assert set(PAGES) - {DOCS / "index.md"} <= set(targets(DOCS / "index.md"))
