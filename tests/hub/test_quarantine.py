"""The quarantine."""

from pathlib import Path

import pytest

from isdas.formats.batch import Refusal
from isdas.hub.quarantine import keep
from isdas.hub.source import Source
from isdas.model.errors import LakeError


def test_refused_records_are_kept_with_line_and_reason(tmp_path: Path) -> None:
    """The file names its source and has line number, reason and text of every refused record."""
    refusals = [Refusal(3, "bad-time", "yesterday,1.2.3.4"), Refusal(9, "blank-line", "")]
    path = keep(tmp_path, "sha256:0123456789abcdef0123", Source(Path("log.csv"), refusals=refusals))
    assert path == tmp_path / "quarantine" / "0123456789abcdef.tsv"
    assert path.read_text().splitlines() == [
        "# log.csv",
        "line\treason\ttext",
        "3\tbad-time\tyesterday,1.2.3.4",
        "9\tblank-line\t",
    ]


def test_nothing_refused_leaves_nothing(tmp_path: Path) -> None:
    """A clean source makes neither file nor folder."""
    assert keep(tmp_path, "sha256:00", Source(Path("log.csv"))) is None
    assert not list(tmp_path.iterdir())


def test_a_quarantine_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    """Where the folder cannot be made, the error names the source and the file."""
    (tmp_path / "quarantine").write_text("in the way")
    with pytest.raises(LakeError, match=r"log\.csv"):
        keep(tmp_path, "sha256:00", Source(Path("log.csv"), refusals=[Refusal(1, "bad-time", "")]))
