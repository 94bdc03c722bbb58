"""
Archives of tar: their members one after another, each in the format that it is in.

Archives in archives, captures, links and devices in them are passed over. Nothing is written under a member's name.
"""

import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

import pyarrow.compute as pc

from isdas.formats.batch import Batch, Refusal, Work
from isdas.formats.context import Context
from isdas.formats.one_pass import Content, OnePass
from isdas.formats.registry import HEAD_BYTES, recognise
from isdas.formats.stream import ByteStream, byte_stream
from isdas.model.columns import Capability
from isdas.model.compression import inflated
from isdas.model.errors import InputRefused
from isdas.model.packets import Packets
from isdas.model.tally import Tally

CAPABILITIES = Capability.CAPTURE
"""The most that a member of any format shows."""

NUMBERS_BITS = 40
"""Records of the n-th member, from 0, are numbered from n times two to the power of this."""

_BLOCK = 512
_CHUNK = 1 << 20
_LONGEST_NAME = 1 << 16
_KEPT = 1000
_LATEST = 4_102_444_800
"""The year 2100: what says that it was written later does not know."""


class Reader(Protocol):
    """What a member is read by."""

    @property
    def one_pass(self) -> bool:
        """Whether it reads a file from its beginning to its end once, after a look at the beginning."""

    def read(self, path: Path, context: Context, /) -> Iterator[Work]:
        """As of a format of the registry."""


@dataclass(frozen=True, slots=True)
class _Member:
    """A file in an archive, its bytes next in the stream."""

    name: str
    written_at: datetime | None


def sniff(head: bytes) -> bool:
    """Whether a beginning is the header of a member, with the right sum over it."""
    return len(head) >= _BLOCK and _parsed(head[:_BLOCK]) is not None


def read(path: Path, context: Context) -> Iterator[Work]:
    """
    The members of an archive, each by its own format, in stretches.

    Raises:
        InputRefused: ``unreadable``; ``nothing-known-inside`` if no member is in a known format.
    """
    return _read(recognise, path, context)


def reader(recognise: Callable[[bytes], Reader | None]) -> Callable[[Path, Context], Iterator[Work]]:
    """
    A reader of archives.

    Args:
        recognise: what gives the format of a member by its decompressed beginning, None if it has none.
    """
    return partial(_read, recognise)


def _read(recognise: Callable[[bytes], Reader | None], path: Path, context: Context) -> Iterator[Work]:
    """
    The members in stretches.

    Raises:
        InputRefused: ``unreadable``; ``nothing-known-inside`` if no member is in a known format.
    """
    tally = Tally()
    known = 0
    with byte_stream(path) as stream, TemporaryDirectory(prefix="isdas-") as folder:
        walk = _Walk(stream)
        for number, member in enumerate(walk.members()):
            content = Content(walk.some)
            head = inflated(content.read(0, _CHUNK), HEAD_BYTES)
            form = None if sniff(head) else recognise(head)
            if form is None:
                tally.warn("unknown-member")
                continue
            known += 1
            circumstances = replace(context, written_at=member.written_at or context.written_at)
            at = OnePass.of(content) if form.one_pass else _copied(content, Path(folder, "member"))
            try:
                for work in form.read(at, circumstances):
                    yield partial(_of_member, work, number, member.name)
            except InputRefused:
                tally.warn("refused-member")
        for name in [*walk.warnings, stream.warning]:
            tally.warn(name, int(bool(name)))
    if not known:
        raise InputRefused("nothing-known-inside", f"{path}: no member is a known log or table (captures: unpack it)")
    yield partial(Batch, Packets.of({}, 0), tally)


def _copied(content: Content, to: Path) -> Path:
    """A file with the bytes of a member, which can be read as often as its format needs."""
    at = 0
    with to.open("wb") as file:
        while data := content.read(at, _CHUNK):
            file.write(data)
            at += len(data)
    return to


def _of_member(work: Work, number: int, name: str) -> Batch:
    """A stretch of a member as one of the archive."""
    batch = work()
    positions = pc.add(batch.packets.table.column("position"), number << NUMBERS_BITS)
    refusals = tuple(Refusal(r.line_number, r.reason, f"{name}: {r.text}"[:_KEPT]) for r in batch.refusals)
    return replace(batch, packets=batch.packets.with_columns({"position": positions}), refusals=refusals)


class _Walk:
    """
    The members of an archive, as POSIX and GNU have them.

    Attributes:
        warnings: what is wrong with the archive: ``truncated-archive``, ``damaged-archive``.
    """

    def __init__(self, stream: ByteStream) -> None:
        self.warnings: list[str] = []
        self._stream = stream
        self._left = self._padding = 0

    def members(self) -> Iterator[_Member]:
        """The regular files; what of one is not copied is passed over before the next."""
        name, size = "", -1
        while (header := self._header()) is not None:
            self._enter(size if size >= 0 and header.isreg() else header.size if _has_data(header) else 0)
            if header.isreg():
                yield _Member(name or header.name, _moment(header.mtime))
            if header.type == tarfile.GNUTYPE_LONGNAME:
                name = self.some(_LONGEST_NAME).rstrip(b"\0").decode("utf-8", "replace")
            elif header.type in (tarfile.XHDTYPE, tarfile.SOLARIS_XHDTYPE):
                said = _extended(self.some(_LONGEST_NAME))
                name, size = said.get("path", name), _size(said.get("size", ""))
            else:
                name, size = "", -1
            self._leave()

    def _header(self) -> tarfile.TarInfo | None:
        """The next header; None at the end, at two blocks of zeros, and where there should be one and is none."""
        block = self._stream.take(_BLOCK)
        if not block.strip(b"\0") and not self._stream.look(_BLOCK).strip(b"\0"):
            return None
        header = _parsed(block)
        if header is None:
            self.warnings.append("truncated-archive" if len(block) < _BLOCK else "damaged-archive")
        return header

    def _enter(self, size: int) -> None:
        self._left, self._padding = size, -size % _BLOCK

    def some(self, most: int) -> bytes:
        """The next bytes of the member at hand, none at its end."""
        data = self._stream.take(min(self._left, most))
        self._left -= len(data)
        return data

    def _leave(self) -> None:
        """Go to the end of the member at hand."""
        while self._left and self.some(_CHUNK):
            continue
        if self._left or len(self._stream.take(self._padding)) < self._padding:
            self.warnings.append("truncated-archive")


def _parsed(block: bytes) -> tarfile.TarInfo | None:
    """A header whose sum over itself is right and whose size can be."""
    try:
        header = tarfile.TarInfo.frombuf(block, "utf-8", "replace")
    except (tarfile.HeaderError, ValueError):
        return None
    return header if header.size >= 0 else None


def _has_data(header: tarfile.TarInfo) -> bool:
    """Whether bytes follow a header; a link states the size of what it leads to, a folder none."""
    return header.type not in (tarfile.LNKTYPE, tarfile.SYMTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.DIRTYPE)


def _extended(text: bytes) -> dict[str, str]:
    """The records of an extended header (POSIX.1-2001, pax): ``length key=value`` and a line end each."""
    said = {}
    for record in text.split(b"\n"):
        key, equals, value = record.partition(b" ")[2].partition(b"=")
        if equals:
            said[key.decode("utf-8", "replace")] = value.decode("utf-8", "replace")
    return said


def _size(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else -1


def _moment(seconds: float) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if 0 < seconds < _LATEST else None
