"""Tests of isdas.lake.mishap."""

from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from deltalake.exceptions import DeltaError
from sqlalchemy.exc import OperationalError

from isdas.lake.mishap import telling
from isdas.model.errors import LakeError, NotFound

FAULTS = {
    "disk": (OSError(28, "No space left on device"), "No space left on device"),
    "nameless": (OSError(), "OSError"),
    "delta": (DeltaError("conflict"), "conflict"),
    "arrow": (pa.ArrowInvalid("not a file"), "not a file"),
    "duckdb": (duckdb.IOException("IO Error: gone"), "IO Error: gone"),
    "sqlite": (OperationalError("SELECT 1", {}, Exception("database is locked")), "database is locked"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_mishaps_are_told_in_one_line(name: str) -> None:
    """Whatever library it came from, the error says what, which file and why; the cause is kept."""
    fault, reason = FAULTS[name]
    with pytest.raises(LakeError) as told, telling("read", Path("here")):
        raise fault
    assert str(told.value) == f"cannot read here: {reason}"
    assert told.value.__cause__ is fault


@pytest.mark.parametrize("fault", [ValueError("wrong"), KeyError("k"), duckdb.BinderException("no column"), NotFound()])
def test_faults_of_the_program_are_not_hidden(fault: Exception) -> None:
    """A mistake in the program stays what it is, and so does an error that is told already."""
    with pytest.raises(type(fault)), telling("read", Path("here")):
        raise fault
