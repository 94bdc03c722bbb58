"""
What commands share: the data directory and its settings, and the ways of printing.
"""

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

    from isdas.config import Config
    from isdas.lake.lake import Lake
    from isdas.model.time import Period


@dataclass(slots=True)
class State:
    """The data directory of this call; opened by the commands that need it."""

    data: Path

    def config(self) -> "Config":
        """The settings that hold for it."""
        from isdas.config import load

        return load(self.data)

    def lake(self) -> "Lake":
        """Its tables; made if they are not there."""
        from isdas.lake.lake import Lake

        return Lake(self.data, self.config().lake)

    def period(self, start: str | None, end: str | None) -> "Period":
        """The period asked for; open ends reach as far as the data."""
        from isdas.hub.period import choose

        return choose(self.lake(), start, end, self.config().paper)


def talk() -> "Console":
    """Where talk and progress go: standard error."""
    from rich.console import Console

    return Console(stderr=True, highlight=False, soft_wrap=True)


def print_json(value: Any) -> None:
    """Data as JSON to standard output."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def print_table(columns: list[str], rows: list[list[str]], *, right: tuple[int, ...] = ()) -> None:
    """Rows in columns to standard output, plain enough for grep."""
    widths = [max(map(len, [head, *(row[i] for row in rows)])) for i, head in enumerate(columns)]
    for row in [columns, *rows]:
        cells = [c.rjust(w) if i in right else c.ljust(w) for i, (c, w) in enumerate(zip(row, widths, strict=True))]
        sys.stdout.write("  ".join(cells).rstrip() + "\n")
