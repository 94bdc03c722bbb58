"""``isdas fingerprints``."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

Isdas = Callable[..., Any]
DAY = ("--port", "445/tcp", "--from", "2008-10-07", "--to", "2008-10-07")


def test_as_json(isdas: Isdas, filled: Path) -> None:
    """The report names what was compared, how much of it, and what was found."""
    said = isdas(
        "fingerprints", *DAY, "--before-from", "2008-10-06", "--before-to", "2008-10-06", "--json", "--data", filled
    )
    assert (said.status, said.err) == (0, "")
    told = json.loads(said.out)
    assert told["port"] == "445/tcp"
    assert told["before_from"] == "2008-10-05T15:00:00Z"
    assert told["packets"] > 0
    assert told["packets_before"] > 0
    assert isinstance(told["invariants"], list)
    assert isinstance(told["tools"], list)


def test_as_a_table(isdas: Isdas, filled: Path) -> None:
    """People get a table and how much was compared; half a period before is filled up."""
    said = isdas("fingerprints", *DAY, "--before-from", "2008-10-06", "--data", filled)
    assert said.status == 0
    assert said.out.splitlines()[0].split() == ["feature", "value", "of", "excess", "before", "packets", "sources"]
    assert "packets compared with" in said.out


def test_a_port_is_needed(isdas: Isdas, filled: Path) -> None:
    """Without a port, or with one that is none, it is misuse."""
    assert isdas("fingerprints", "--data", filled).status == 2
    assert isdas("fingerprints", "--port", "http", "--data", filled).status == 2
