"""
Archives of tar.
"""

import gzip
import io
import tarfile
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from isdas.formats.archive import NUMBERS_BITS
from isdas.formats.context import Context
from isdas.formats.one_pass import AGAIN_BYTES
from isdas.formats.registry import Format, recognise
from isdas.formats.tar import reader, sniff
from isdas.model.errors import InputRefused

EVENT = (
    b'{"eventid":"cowrie.session.connect","src_ip":"198.51.100.7","src_port":40000,"dst_ip":"192.0.2.1",'
    b'"dst_port":22,"timestamp":"2025-02-12T08:28:02Z"}\n'
)
DIONAEA = (
    b'[{"connection":{"protocol":"smbd","transport":"tcp","type":"accept"},"dst_ip":"172.18.0.2","dst_port":445,'
    b'"src_ip":"198.51.100.7","src_port":1401,"timestamp":"2025-02-12T08:28:02.472515"}\n]'
)


def known(head: bytes) -> Format | None:
    """Two formats that members may have."""
    return next(
        (format for format in (Format("a", "a", "cowrie"), Format("b", "b", "tpot")) if format.sniff(head)), None
    )


read = reader(known)


def archive(*members: tuple[str, bytes], form: int = tarfile.PAX_FORMAT) -> bytes:
    """An archive of files by name and content."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=form) as tar:
        for name, content in members:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            info.mtime = 1_700_000_000
            tar.addfile(info, io.BytesIO(content))
    return stream.getvalue()


@pytest.mark.parametrize("form", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT])
@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
def test_members_are_read_in_order(taken: Any, form: int, packed: bool) -> None:
    """Each member is read in its own format, also if it is compressed itself, and its records follow the others'."""
    content = archive(("a", EVENT * 2), ("b.json.gz", gzip.compress(DIONAEA)), ("c", EVENT), form=form)
    assert sniff(content)
    rows, tally, _ = taken(read, gzip.compress(content) if packed else content)
    assert [row["port"] for row in rows] == [22, 22, 445, 22]
    assert [row["position"] for row in rows] == [1, 2, (1 << NUMBERS_BITS) + 1, (2 << NUMBERS_BITS) + 1]
    assert tally.warnings == {}


@pytest.mark.parametrize("form", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT])
def test_refused_records_say_in_which_member_they_stand(taken: Any, form: int) -> None:
    """Also where the name is longer than a header has room for."""
    name = "folder/" + "long" * 60 + "\u00e9.json"
    _, tally, refusals = taken(read, archive((name, EVENT + b"{\n"), form=form))
    assert tally.refused == {"not-json": 1}
    assert (refusals[0].line_number, refusals[0].text) == (2, f"{name}: {{")


def test_what_is_not_known_is_passed_over(taken: Any) -> None:
    """Prose, captures, archives and what is no file are no records, and only files are told of."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        for kind, name in ((tarfile.DIRTYPE, "folder"), (tarfile.SYMTYPE, "link"), (tarfile.FIFOTYPE, "pipe")):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "/etc/passwd"
            tar.addfile(info)
        for name, content in (
            ("prose", b"words\n"),
            ("inner.tar", archive(("x", EVENT))),
            ("../up", EVENT),
            ("no", b""),
        ):
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    rows, tally, _ = taken(read, stream.getvalue())
    assert len(rows) == 1
    assert tally.warnings == {"unknown-member": 3}


def test_an_archive_of_nothing_known_is_refused(taken: Any) -> None:
    """Without a member in a known format there is nothing to take in."""
    for content in (archive(("prose", b"words\n")), archive()):
        with pytest.raises(InputRefused) as refused:
            taken(read, content)
        assert refused.value.reason == "nothing-known-inside"


def test_a_member_that_cannot_be_read_is_told(taken: Any, tmp_path: Path) -> None:
    """What a format refuses as a whole leaves the other members alone."""

    class Refusing:
        """A format that refuses every file."""

        one_pass = True

        @staticmethod
        def read(path: Path, context: Context) -> Any:
            raise InputRefused("wrong-columns", f"{path} {context}")

    picky = reader(lambda head: Refusing() if head.startswith(b"x") else known(head))  # type: ignore[arg-type]
    rows, tally, refusals = taken(picky, archive(("folder/x", b"x"), ("a", EVENT)))
    assert (len(rows), tally.read, tally.refused) == (1, 2, {"refused-member": 1})
    assert refusals[0].text.startswith("folder/x: wrong-columns: x ")


@pytest.mark.parametrize("how", ["truncated", "damaged"])
def test_a_member_whose_compression_is_cut(taken: Any, how: str) -> None:
    """It gives what is before that, also where its bytes have gone by."""
    rng = np.random.default_rng(5)
    noise = rng.bytes(60 * 90_000).hex().encode()
    events = b"".join(EVENT.replace(b"}", b',"x":"%s"}' % noise[120 * i : 120 * (i + 1)]) for i in range(90_000))
    packed = gzip.compress(events, 1)
    assert len(packed) > AGAIN_BYTES + (1 << 20)
    member = packed[:-1_000] if how == "truncated" else packed[:-8] + b"\xff" * 8
    rows, tally, _ = taken(read, archive(("a.json.gz", member), ("b", EVENT)))
    assert len(rows) > 85_000
    assert rows[-1]["position"] == (1 << NUMBERS_BITS) + 1
    assert tally.warnings == {f"{how}-gzip": 1}


def test_a_cut_archive_gives_what_is_there(taken: Any) -> None:
    """The last member is read as far as it goes, and the cut is told."""
    content = archive(("a", EVENT), ("b", EVENT * 50))
    rows, tally, refusals = taken(read, content[: 4 * 512 + 10 * len(EVENT) + 30])
    assert len(rows) >= 10
    assert len(refusals) == 1
    assert tally.warnings == {"truncated-archive": 1}


def test_a_damaged_header_ends_the_archive(taken: Any) -> None:
    """What follows something that is no header cannot be found again."""
    content = bytearray(archive(("a", EVENT), ("b", EVENT)))
    content[1024 + 3] ^= 1
    rows, tally, _ = taken(read, bytes(content))
    assert (len(rows), tally.warnings) == (1, {"damaged-archive": 1})


def test_members_are_dated_by_their_headers(tmp_path: Path) -> None:
    """Stamps without a year need the time when the member was written, not the archive."""
    seen = []

    class Watching:
        """A format that looks at the circumstances."""

        one_pass = False

        @staticmethod
        def read(path: Path, context: Context) -> Any:
            seen.append(context.written_at)
            return iter(())

    path = tmp_path / "file"
    path.write_bytes(archive(("a", EVENT)))
    list(reader(lambda _: Watching())(path, Context()))  # type: ignore[arg-type,return-value]
    assert seen == [datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)]


def test_only_archives_are_recognised() -> None:
    """The sum over the header tells an archive."""
    for head in (b"", bytes(1024), EVENT, b"x" * 600, archive(("a", EVENT))[:500]):
        assert not sniff(head)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    cuts=st.lists(st.tuples(st.integers(0, 3000), st.binary(min_size=1, max_size=4)), max_size=4),
    end=st.integers(0, 4000),
)
def test_any_bytes_reconcile(taken: Any, cuts: list[tuple[int, bytes]], end: int) -> None:
    """However an archive is damaged, it is refused whole or gives what reconciles."""
    content = bytearray(archive(("a", EVENT), ("b" * 120, EVENT * 3)))
    for at, data in cuts:
        content[at : at + len(data)] = data
    with suppress(InputRefused):
        _, tally, _ = taken(read, bytes(content[:end]))
        assert tally.reconciles


def test_the_real_archives_of_2025(shared: Path) -> None:
    """T-Pot's archives as they are give the connections that their members hold."""
    for name, stored in (("dioneae_20k.json.tar.gz", 20_739), ("honeytrap_5k.json.tar.gz", 4_314)):
        works = reader(recognise)(shared / "series" / "tpot-2025" / name, Context())
        assert sum(work().tally.stored for work in works) == stored
