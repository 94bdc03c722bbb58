"""
Modules and functions stay short, have names that say something, and tests state facts.
"""

import ast
import statistics
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCES = sorted((ROOT / "src").rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("test_*.py"))

MODULE_LIMIT = 600
MODULE_MEDIAN = 200
FUNCTION_LIMIT = 60
FORBIDDEN = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "base", "core"}
"""Names of drawers, not of things."""

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def short(path: Path) -> str:
    """A path as a test's name."""
    return path.relative_to(ROOT).as_posix()


def tree(path: Path) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse(path.read_text(encoding="utf-8"))


def n_lines(path: Path) -> int:
    """How many lines a file has."""
    return len(path.read_text(encoding="utf-8").splitlines())


@pytest.mark.parametrize("path", SOURCES, ids=short)
def test_module_is_short_and_named(path: Path) -> None:
    """A module has at most 600 lines, a docstring, and the name of a thing."""
    assert n_lines(path) <= MODULE_LIMIT
    assert ast.get_docstring(tree(path))
    assert path.stem not in FORBIDDEN
    assert path.parent.name not in FORBIDDEN


def test_median_module_is_short() -> None:
    """Half of the modules have at most 200 lines."""
    assert statistics.median(n_lines(p) for p in SOURCES if p.name != "__init__.py") <= MODULE_MEDIAN


@pytest.mark.parametrize("path", SOURCES, ids=short)
def test_functions_are_short(path: Path) -> None:
    """A function has at most 60 lines, docstring included."""
    for node in ast.walk(tree(path)):
        if isinstance(node, FUNCTIONS):
            assert node.end_lineno
            length = node.end_lineno - node.lineno + 1
            assert length <= FUNCTION_LIMIT, f"{node.name} has {length} lines"


@pytest.mark.parametrize("path", TESTS, ids=short)
def test_tests_state_facts(path: Path) -> None:
    """Every test has a docstring that is a sentence."""
    for node in ast.walk(tree(path)):
        if isinstance(node, FUNCTIONS) and node.name.startswith("test_"):
            docstring = ast.get_docstring(node) or ""
            assert docstring.endswith("."), f"{node.name} does not say which fact it establishes"


@pytest.mark.parametrize("path", TESTS, ids=short)
def test_tests_neither_mock_nor_sleep(path: Path) -> None:
    """A test runs the real code and waits for facts, not for time."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [getattr(node, "module", None) or "", *(alias.name for alias in node.names)]
            assert not {"mock", "unittest.mock"} & set(names), "no mocks of our own code"
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            assert called != "sleep", f"line {node.lineno} sleeps"
