"""
Every module has a test file at the mirrored path.
"""

from pathlib import Path

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "isdas"


def holds_tests(path: Path) -> bool:
    """Whether a file is there and has a test in it."""
    return path.is_file() and "def test_" in path.read_text(encoding="utf-8")


def test_every_module_has_its_tests() -> None:
    """The module src/isdas/a/b.py is tested by tests/a/test_b.py."""
    modules = (p.relative_to(SOURCE) for p in SOURCE.rglob("*.py") if p.name not in {"__init__.py", "__main__.py"})
    mirrors = sorted(ROOT / "tests" / module.with_name(f"test_{module.name}") for module in modules)
    missing = [path.relative_to(ROOT).as_posix() for path in mirrors if not holds_tests(path)]
    assert not missing, f"{len(missing)} modules have no tests: {', '.join(missing)}"
