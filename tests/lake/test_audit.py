"""Tests of isdas.lake.audit."""

from pathlib import Path

from isdas.lake.audit import deeds, note
from isdas.lake.database import Database


def test_deeds_are_kept_in_their_order(tmp_path: Path) -> None:
    """The trail tells who did what to whom, the oldest first; the last few, or those of one subject."""
    database = Database(tmp_path / "records.sqlite")
    for n in range(5):
        with database.writing() as session:
            note(session, "hana", "approve", f"tokyo-{n % 2}", {"n": str(n)})
    assert [deed.details["n"] for deed in deeds(database)] == ["0", "1", "2", "3", "4"]
    assert [deed.details["n"] for deed in deeds(database, limit=2)] == ["3", "4"]
    assert [deed.details["n"] for deed in deeds(database, "tokyo-1")] == ["1", "3"]
    told = deeds(database)[0].as_dict()
    assert told.pop("at")
    assert told == {"who": "hana", "what": "approve", "subject": "tokyo-0", "details": {"n": "0"}}
