"""
Members of archives, however they lie in them.
"""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from isdas.formats.archive import Member, read
from isdas.formats.batch import Batch, Work
from isdas.formats.context import Context
from isdas.formats.registry import recognise_file
from isdas.model.errors import InputRefused
from isdas.model.tally import Tally

EVENT = (
    b'{"eventid":"cowrie.session.connect","src_ip":"198.51.100.7","src_port":40000,"dst_ip":"192.0.2.1",'
    b'"dst_port":22,"timestamp":"2025-02-12T08:28:02Z"}\n'
)


def members(*contents: tuple[str, bytes]) -> Iterator[Member]:
    """Files by name and content."""
    for name, content in contents:
        yield Member(name, None, BytesIO(content).read)


def batches(works: Iterator[Work]) -> list[Batch]:
    """What the pieces of work give."""
    return [work() for work in works]


def test_the_account_of_the_archive_comes_last(tmp_path: Path) -> None:
    """What is found while it is walked through is told behind the members."""
    tally = Tally()

    def walk() -> Iterator[Member]:
        yield from members(("a", EVENT), ("b", b"words"))
        tally.warn("truncated-archive")

    found = batches(read(walk(), recognise_file, tmp_path, Context(), tally))
    assert [len(batch.packets) for batch in found] == [1, 0]
    assert found[-1].tally.warnings == {"unknown-member": 1, "truncated-archive": 1}


def test_a_member_that_fails_in_the_middle(tmp_path: Path) -> None:
    """It counts as refused once, by its name, and what came before it stays."""

    class Failing:
        """A format that gives up."""

        one_pass = True

        @staticmethod
        def read(path: Path, context: Context) -> Iterator[Work]:
            found = recognise_file(EVENT)
            assert found is not None
            yield from found.read(path, context)
            raise InputRefused("unreadable", f"{path} fails")

    found = batches(read(members(("folder/a.log", EVENT)), lambda _: Failing(), tmp_path, Context(), Tally()))
    assert [(batch.tally.stored, dict(batch.tally.refused)) for batch in found] == [
        (1, {}),
        (0, {"refused-member": 1}),
        (0, {}),
    ]
    assert found[1].refusals[0].text == "folder/a.log: unreadable: a.log fails"


def test_a_member_that_comes_byte_by_byte(tmp_path: Path) -> None:
    """It is told by as much of its beginning as one that comes at once."""
    content = BytesIO(EVENT)
    found = batches(
        read(iter([Member("a", None, lambda _: content.read(1))]), recognise_file, tmp_path, Context(), Tally())
    )
    assert sum(len(batch.packets) for batch in found) == 1


@pytest.mark.parametrize("name", ["folder/file", "", "..", "a\0b", "/", "x" * 5000])
def test_names_open_nothing(tmp_path: Path, name: str) -> None:
    """Whatever a member is called, it is read out of the archive."""
    seen: list[Any] = []

    class Watching:
        """A format that looks at the path."""

        one_pass = True

        @staticmethod
        def read(path: Path, context: Context) -> Iterator[Work]:
            with path.open("rb") as file:
                seen.append(file.read())
            return iter(())

    batches(read(members((name, EVENT)), lambda _: Watching(), tmp_path, Context(), Tally()))
    assert seen == [EVENT]
