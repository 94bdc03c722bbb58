"""
Standard input as a file: kept in the data directory while it is taken in.

It does not look at what it keeps.
"""

import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from isdas.model.errors import IsdasError

STDIN = Path("-")
"""What stands for standard input among paths."""

NAME = "stdin"
"""What the file is called, and so the sensor that it is given to if nobody names one."""

_CHUNK = 1 << 20


@contextmanager
def spooled(paths: Sequence[Path], folder: Path) -> Iterator[Sequence[Path]]:
    """
    The same paths, with a file in place of standard input; the file is gone afterwards, whatever happens.

    A file can be read twice, once to know it and once to take it in, and its end is known before its beginning is
    taken in. Ctrl-C while it is being filled raises KeyboardInterrupt.

    Args:
        paths: files and folders; ``-`` is standard input.
        folder: where there is room.

    Raises:
        IsdasError: standard input is a terminal or closed, cannot be read, or there is no room for it.
    """
    if STDIN not in paths:
        yield paths
        return
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=f"{NAME}-", dir=folder) as inner:
        kept = Path(inner, NAME)
        _keep(kept)
        yield [kept if path == STDIN else path for path in paths]


def _keep(path: Path) -> None:
    if sys.stdin is None or sys.stdin.closed or sys.stdin.isatty():
        raise IsdasError("standard input is no file and no pipe: `-` takes in what another program writes")
    try:
        with path.open("wb") as file:
            shutil.copyfileobj(sys.stdin.buffer, file, _CHUNK)
    except OSError as error:
        raise IsdasError(f"standard input cannot be kept in {path.parent.parent}: {error.strerror or error}") from error
