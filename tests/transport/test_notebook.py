"""
Notes are whole or not there, whatever a power cut leaves of the file.
"""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from isdas.transport.disk import Disk
from isdas.transport.notebook import Notebook


def test_notes_come_back_in_their_order(tmp_path: Path) -> None:
    """From the same notebook and from one that is opened later; none before the first."""
    notebook = Notebook(tmp_path / "notes", Disk())
    assert list(notebook) == []
    notebook.add({"n": 1})
    notebook.add({"n": 2}, {"n": 3})
    assert list(Notebook(tmp_path / "notes", Disk())) == [{"n": 1}, {"n": 2}, {"n": 3}]
    notebook.rewrite([{"n": 3}])
    notebook.add({"n": 4})
    assert list(notebook) == [{"n": 3}, {"n": 4}]


@given(cut=st.integers(0, 200), rest=st.binary(max_size=20))
def test_a_cut_off_line_is_not_written(tmp_path_factory: object, cut: int, rest: bytes) -> None:
    """What stands before it stays, and what is written after it is found."""
    path = tmp_path_factory.mktemp("notes") / "notes"  # type: ignore[attr-defined]
    notebook = Notebook(path, Disk())
    notebook.add(*({"n": n} for n in range(5)))
    whole = path.read_bytes()
    path.write_bytes(whole[:cut] + rest)
    left = list(notebook)
    assert left == [{"n": n} for n in range(len(left))]
    notebook.add({"n": "after"})
    assert list(notebook) == [*left, {"n": "after"}]
