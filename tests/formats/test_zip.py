"""
Archives of zip.
"""

import io
import zipfile
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from isdas.formats.archive import NUMBERS_BITS
from isdas.formats.context import Context
from isdas.formats.registry import recognise
from isdas.formats.zip import read, reader, sniff
from isdas.model.errors import InputRefused

EVENT = (
    b'{"eventid":"cowrie.session.connect","src_ip":"198.51.100.7","src_port":40000,"dst_ip":"192.0.2.1",'
    b'"dst_port":22,"timestamp":"2025-02-12T08:28:02Z"}\n'
)


def archive(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """An archive of files by name and content."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as file:
        for name, content in members:
            file.writestr(zipfile.ZipInfo(name, (2023, 11, 14, 22, 13, 20)), content, method)
    return stream.getvalue()


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_members_are_read_in_order(taken: Any, method: int) -> None:
    """Each in its own format, behind the others; folders and what is unknown are passed over."""
    content = archive(("x/", b""), ("x/a", EVENT * 2), ("words", b"words"), ("b", EVENT + b"{\n"), method=method)
    found = recognise(content)
    assert found is not None
    assert found.name == "zip"
    rows, tally, refusals = taken(read, content)
    assert [row["position"] for row in rows] == [1, 2, (2 << NUMBERS_BITS) + 1]
    assert (tally.refused, tally.warnings) == ({"not-json": 1}, {"unknown-member": 1})
    assert refusals[0].text == "b: {"


def test_documents_are_no_archives() -> None:
    """Office files and programs are such archives too."""
    for name in ("[Content_Types].xml", "mimetype", "META-INF/MANIFEST.MF"):
        assert not sniff(archive((name, b"x")))
    assert sniff(archive(("kern.log", b"x")))
    assert not sniff(b"PK\x05\x06" + bytes(18))


def test_members_that_cannot_be_opened(taken: Any) -> None:
    """Encrypted ones, and those that are compressed in a way that nobody knows, leave the others alone."""
    content = bytearray(archive(("a", EVENT), ("b", EVENT), ("c", EVENT)))
    for name, at, value in ((b"a", 8, 1), (b"b", 10, 77)):
        begin = content.rindex(b"PK\x01\x02", 0, content.rindex(name + b"PK") + 1)
        content[begin + at] |= value
    rows, tally, _ = taken(read, bytes(content))
    assert (len(rows), tally.warnings) == (1, {"locked-member": 2})


def test_a_damaged_member(taken: Any) -> None:
    """What comes before the damage is taken in, and the next member is read."""
    content = bytearray(archive(("a", EVENT * 50_000), ("b", EVENT), method=zipfile.ZIP_STORED))
    content[5_000_000] ^= 1
    rows, tally, _ = taken(read, bytes(content))
    assert len(rows) > 40_000
    assert rows[-1]["position"] == (1 << NUMBERS_BITS) + 1
    assert tally.warnings["damaged-member"] == 1


def test_an_archive_without_its_end_is_refused(taken: Any) -> None:
    """Its directory stands there."""
    with pytest.raises(InputRefused) as refused:
        taken(read, archive(("a", EVENT))[:-30])
    assert refused.value.reason == "damaged-archive"


def test_an_archive_of_another_age_is_refused(taken: Any, tmp_path: Path) -> None:
    """Its directory says that it needs a program that nobody has; and a file that is not there cannot be read."""
    content = bytearray(archive(("a", EVENT)))
    content[content.rindex(b"PK\x01\x02") + 6] = 200
    with pytest.raises(InputRefused) as refused:
        taken(read, bytes(content))
    assert refused.value.reason == "damaged-archive"
    with pytest.raises(InputRefused) as refused:
        list(read(tmp_path / "absent", Context()))
    assert refused.value.reason == "unreadable"


def test_members_are_dated(tmp_path: Path) -> None:
    """By the clock of whoever packed them."""
    seen = []

    class Watching:
        """A format that looks at the circumstances."""

        one_pass = True

        @staticmethod
        def read(path: Path, context: Context) -> Any:
            seen.append(context.written_at)
            return iter(())

    (tmp_path / "file").write_bytes(archive(("a", EVENT)))
    list(reader(lambda _: Watching())(tmp_path / "file", Context()))
    assert seen == [datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    cuts=st.lists(st.tuples(st.integers(0, 600), st.binary(min_size=1, max_size=4)), max_size=4),
    end=st.integers(0, 700),
)
def test_any_bytes_reconcile(taken: Any, cuts: list[tuple[int, bytes]], end: int) -> None:
    """However an archive is damaged, it is refused whole or gives what reconciles."""
    content = bytearray(archive(("a", EVENT), ("b" * 20, EVENT * 3)))
    for at, data in cuts:
        content[at : at + len(data)] = data
    with suppress(InputRefused):
        _, tally, _ = taken(read, bytes(content[:end] if end < 650 else content))
        assert tally.reconciles
