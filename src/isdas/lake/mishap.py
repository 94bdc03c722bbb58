"""
What can go wrong with files and libraries, told as one error that names the file.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa
from deltalake.exceptions import DeltaError
from sqlalchemy.exc import DatabaseError

from isdas.model.errors import LakeError

MISHAPS = (
    OSError,
    DeltaError,
    pa.ArrowException,
    duckdb.OperationalError,
    duckdb.InvalidInputException,
    DatabaseError,
)
"""What the disk, Delta Lake, Arrow, DuckDB and SQLite raise when the fault is not in the program."""


@contextmanager
def telling(doing: str, path: Path) -> Iterator[None]:
    """Turn mishaps into a `LakeError` that says what could not be done with which file or folder, and why."""
    try:
        yield
    except MISHAPS as error:
        raise LakeError(f"cannot {doing} {path}: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    text = str(error.orig) if isinstance(error, DatabaseError) else str(error)
    return text.strip() or type(error).__name__
