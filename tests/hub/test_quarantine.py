"""The quarantine."""

from pathlib import Path

import pytest

from isdas.formats.batch import Refusal
from isdas.hub.quarantine import Quarantine
from isdas.model.errors import LakeError

LOG = Path("log.csv")


def test_refused_records_are_kept_with_line_and_reason(tmp_path: Path) -> None:
    """The file names its source and has line number, reason and text of every refused record, in their order."""
    quarantine = Quarantine(tmp_path, "blake3:0123456789abcdef0123", LOG)
    quarantine.add([Refusal(3, "bad-time", "yesterday,1.2.3.4")])
    quarantine.add([Refusal(9, "blank-line", "")])
    path = quarantine.keep()
    assert path == tmp_path / "quarantine" / "0123456789abcdef.tsv"
    assert path.read_text().splitlines() == [
        "# log.csv",
        "line\treason\ttext",
        "3\tbad-time\tyesterday,1.2.3.4",
        "9\tblank-line\t",
    ]


def test_nothing_refused_leaves_nothing(tmp_path: Path) -> None:
    """A clean source makes neither file nor folder."""
    quarantine = Quarantine(tmp_path, "blake3:00", LOG)
    quarantine.add([])
    assert quarantine.keep() is None
    assert not list(tmp_path.iterdir())


def test_an_abandoned_file_leaves_nothing(tmp_path: Path) -> None:
    """What was refused of a file that is not taken in is not kept, and the next try begins anew."""
    quarantine = Quarantine(tmp_path, "blake3:00", LOG)
    quarantine.add([Refusal(3, "bad-time", "")])
    quarantine.abandon()
    assert not list((tmp_path / "quarantine").iterdir())


def test_a_quarantine_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    """Where the folder cannot be made, the error names the source and the file."""
    (tmp_path / "quarantine").write_text("in the way")
    with pytest.raises(LakeError, match=r"log\.csv"):
        Quarantine(tmp_path, "blake3:00", LOG).add([Refusal(1, "bad-time", "")])
