"""Tests of isdas.lake.parts."""

from pathlib import Path

from isdas.lake.database import Database
from isdas.lake.parts import Parts


def test_what_a_part_did_is_seen_by_others(tmp_path: Path) -> None:
    """Another process that opens the records sees a part's last success, with what it found."""
    parts = Parts(Database(tmp_path / "records.sqlite"))
    parts.wait("fold", "2026-01-01T00:05:00Z")
    parts.begin("fold")
    assert [p.state for p in Parts(Database(tmp_path / "records.sqlite")).all()] == ["working"]
    parts.succeed("fold", 1.5, {"hours": 3}, "2026-01-01T01:05:00Z")
    (part,) = Parts(Database(tmp_path / "records.sqlite")).all()
    assert (part.state, part.runs, part.failures, part.seconds, part.found) == ("waiting", 1, 0, 1.5, {"hours": 3})
    assert part.succeeded_at is not None
    assert part.due_at == "2026-01-01T01:05:00Z"


def test_a_failure_stays_told_until_a_success(tmp_path: Path) -> None:
    """After a failure, also after a new start, a part is failing and says why; a success ends that."""
    parts = Parts(Database(tmp_path / "records.sqlite"))
    parts.fail("look", "x" * 5000, None)
    parts.wait("look", None)
    (part,) = parts.all()
    assert (part.state, part.runs, part.failures, part.error) == ("failing", 1, 1, "x" * 1000)
    parts.succeed("look", 0.1, {}, None)
    (part,) = parts.all()
    assert (part.state, part.runs, part.failures, part.error) == ("waiting", 2, 1, "")
    assert part.failed_at is not None
    parts.stop("look")
    assert [p.state for p in parts.all()] == ["stopped"]
