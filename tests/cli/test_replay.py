"""``isdas surges replay``."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

Isdas = Callable[..., Any]


def test_a_replay_is_data(isdas: Isdas, filled: Path) -> None:
    """A replay prints what a look prints, and keeps nothing."""
    told = json.loads(isdas("surges", "replay", "--json", "--data", filled).out)
    assert isinstance(told, list)
    assert isdas("surges", "replay", "--data", filled).out.startswith("identifier")
