"""
Archives of tar, as POSIX and GNU have them.
"""

import tarfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from isdas.formats import archive
from isdas.formats.archive import CAPABILITIES, Member, Recognise
from isdas.formats.batch import Work
from isdas.formats.context import Context
from isdas.formats.registry import recognise_file
from isdas.formats.stream import ByteStream, byte_stream
from isdas.model.tally import Tally

__all__ = ["CAPABILITIES", "read", "reader", "sniff"]

_BLOCK = 512
_CHUNK = 1 << 20
_LONGEST_NAME = 1 << 16
_LATEST = 4_102_444_800
"""The year 2100: what says that it was written later does not know."""


def sniff(head: bytes) -> bool:
    """Whether a beginning is the header of a member, with the right sum over it."""
    return len(head) >= _BLOCK and _parsed(head[:_BLOCK]) is not None


def _read(recognise: Recognise, path: Path, context: Context) -> Iterator[Work]:
    tally = Tally()
    with byte_stream(path) as stream:
        yield from archive.read(_Walk(stream, tally).members(), recognise, path, context, tally)


def reader(recognise: Recognise) -> Callable[[Path, Context], Iterator[Work]]:
    """A reader of archives whose members have these formats; it raises what `isdas.formats.archive.read` does."""
    return partial(_read, recognise)


read = reader(recognise_file)
"""The members of an archive, each by its own format, in stretches."""


class _Walk:
    """
    The members of an archive, as POSIX and GNU have them.

    What is wrong with it is counted as ``truncated-archive``, ``damaged-archive``, or by what says of its compression.
    """

    def __init__(self, stream: ByteStream, tally: Tally) -> None:
        self._tally = tally
        self._stream = stream
        self._left = self._padding = 0

    def members(self) -> Iterator[Member]:
        """The regular files; what of one is not copied is passed over before the next."""
        name, size = "", -1
        while (header := self._header()) is not None:
            self._enter(size if size >= 0 and header.isreg() else header.size if _has_data(header) else 0)
            if header.isreg():
                yield Member(name or header.name, _moment(header.mtime), self.some)
            if header.type == tarfile.GNUTYPE_LONGNAME:
                name = self._text().rstrip(b"\0").decode("utf-8", "replace")
            elif header.type in (tarfile.XHDTYPE, tarfile.SOLARIS_XHDTYPE):
                said = _extended(self._text())
                name, size = said.get("path", name), _size(said.get("size", ""))
            else:
                name, size = "", -1
            self._leave()
        self._tally.warn(self._stream.warning, int(bool(self._stream.warning)))

    def _header(self) -> tarfile.TarInfo | None:
        """The next header; None at the end, at two blocks of zeros, and where there should be one and is none."""
        block = self._stream.take(_BLOCK)
        if not block.strip(b"\0") and not self._stream.look(_BLOCK).strip(b"\0"):
            return None
        header = _parsed(block)
        if header is None:
            self._tally.warn("truncated-archive" if len(block) < _BLOCK else "damaged-archive")
        return header

    def _enter(self, size: int) -> None:
        self._left, self._padding = size, -size % _BLOCK

    def some(self, most: int) -> bytes:
        """The next bytes of the member at hand, at most so many, none at its end."""
        data = self._stream.some(min(self._left, most))
        self._left -= len(data)
        return data

    def _text(self) -> bytes:
        """What a member holds that tells of the next."""
        data = self._stream.take(min(self._left, _LONGEST_NAME))
        self._left -= len(data)
        return data

    def _leave(self) -> None:
        """Go to the end of the member at hand."""
        while self._left and self.some(_CHUNK):
            continue
        if self._left or len(self._stream.take(self._padding)) < self._padding:
            self._tally.warn("truncated-archive")


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
