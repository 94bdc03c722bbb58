"""
What commands share: the data directory and its settings, and the ways of printing.
"""

import json
import os
import sys
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

    from isdas.config import Config
    from isdas.lake.lake import Lake
    from isdas.model.time import Period


@dataclass
class State:
    """The data directory of this call; opened by the commands that need it."""

    data: Path
    _made: "Lake | None" = field(default=None, init=False)

    @cached_property
    def config(self) -> "Config":
        """The settings that hold for it."""
        from isdas.config import load

        return load(self.data)

    def lake(self, *, make: bool = False) -> "Lake":
        """
        Its tables.

        Args:
            make: make them if they are not there; a command that only reads does not, so that a slip of the pen in
                ``--data`` leaves no empty tables behind.

        Raises:
            NotFound: there are none.
        """
        from isdas.lake.lake import Lake
        from isdas.model.errors import NotFound

        if self._made is None:
            if not make and not (self.data / "lake").is_dir():
                raise NotFound(f"no tables in {self.data}: `isdas ingest` makes them, --data names another directory")
            self._made = Lake(self.data, self.config.lake, patience_s=self.config.lake.patience_s)
        return self._made

    def sensors(self, group: str | None) -> "tuple[str, ...]":
        """
        The sensors of a group, or of several with commas between them; none for all.

        Raises:
            NotFound: a group that no sensor belongs to.
        """
        from isdas.lake.groups import members

        return () if group is None else members(self.lake(), [each.strip() for each in group.split(",")])

    def period(self, start: str | None, end: str | None) -> "Period":
        """The period asked for; open ends reach as far as the data."""
        from isdas.hub.period import choose

        return choose(self.lake(), start, end, self.config.paper)


def console() -> "Console":
    """Where talk and progress go: standard error. Nothing in a text is markup: file names may hold brackets."""
    from rich.console import Console

    return Console(stderr=True, highlight=False, soft_wrap=True, markup=False, emoji=False)


def talk(text: str) -> None:
    """One line to the person at the keyboard."""
    sys.stderr.write(printable(text) + "\n")


def say(text: str) -> None:
    """Data to standard output; a reader that went away (``| head``) has had enough, which is no error."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def print_json(value: Any) -> None:
    """Data as JSON to standard output."""
    say(json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def print_table(columns: list[str], rows: list[list[str]], *, right: tuple[int, ...] = ()) -> None:
    """Rows in columns to standard output, plain enough for grep."""
    table = [[printable(cell).replace("\n", r"\n") for cell in row] for row in [columns, *rows]]
    widths = [max(len(row[i]) for row in table) for i in range(len(columns))]
    lines = []
    for row in table:
        cells = [c.rjust(w) if i in right else c.ljust(w) for i, (c, w) in enumerate(zip(row, widths, strict=True))]
        lines.append("  ".join(cells).rstrip() + "\n")
    say("".join(lines))


def printable(text: str) -> str:
    """The text with control characters written out: names come from files, and must not steer a terminal."""
    return "".join(c if c.isprintable() or c == "\n" else repr(c)[1:-1] for c in text)
