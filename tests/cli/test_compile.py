"""``isdas compile``."""

from collections.abc import Callable
from typing import Any


def test_it_says_when_it_is_done(isdas: Callable[..., Any]) -> None:
    """Run again it finds all compiled, and says so on standard error."""
    said = isdas("compile")
    assert said.status == 0
    assert "compiled" in said.err
