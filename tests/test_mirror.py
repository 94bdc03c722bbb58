"""
Every module has a test file at the mirrored path.
"""

from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "isdas"
MODULES = sorted(p.relative_to(SOURCE) for p in SOURCE.rglob("*.py") if p.name not in {"__init__.py", "__main__.py"})


@pytest.mark.parametrize("module", MODULES, ids=lambda p: p.as_posix())
def test_module_has_a_test(module: Path) -> None:
    """The module src/isdas/a/b.py is tested by tests/a/test_b.py."""
    mirror = ROOT / "tests" / module.with_name(f"test_{module.name}")
    assert mirror.is_file(), f"{module} has no test: write {mirror.relative_to(ROOT)}"
    assert "def test_" in mirror.read_text(encoding="utf-8"), f"{mirror.relative_to(ROOT)} holds no test"
