"""``isdas bench``."""

import json
from collections.abc import Callable
from typing import Any

Isdas = Callable[..., Any]


def test_the_table_and_the_data_tell_of_the_same_runs(isdas: Isdas) -> None:
    """Rates, memory and bytes at rest of both ways, for people and for programs."""
    told = json.loads(isdas("bench", "--packets", "1000", "--json").out)
    assert [result["name"] for result in told] == ["isdas", "isdas without packets"]
    assert all(result["packets_per_second"] > 0 for result in told)
    lines = isdas("bench", "--packets", "1000").out.splitlines()
    assert [line.split("  ")[0] for line in lines] == ["program", "isdas", "isdas without packets"]
