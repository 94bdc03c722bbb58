"""The state of the tables."""

from pathlib import Path

from isdas.hub.care import status
from isdas.lake.lake import Lake
from isdas.lake.tables import NAMES


def test_status_tells_of_every_table(filled: Path) -> None:
    """Every table is there with its rows, and each fold has as many packets or fewer rows than what it folds."""
    found = {str(t["table"]): t for t in status(Lake(filled))}
    assert tuple(found) == NAMES
    rows = {name: int(str(t["rows"])) for name, t in found.items()}
    assert rows["packets"] >= rows["sightings"] >= rows["counts"] > 0
    assert all(int(str(t["bytes"])) > 0 and int(str(t["files"])) > 0 for t in found.values())


def test_status_of_an_empty_lake_is_zero(tmp_path: Path) -> None:
    """A new data directory has five tables without rows, files or bytes."""
    assert [(t["rows"], t["files"], t["bytes"]) for t in status(Lake(tmp_path))] == [(0, 0, 0)] * len(NAMES)
