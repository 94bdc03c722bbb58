"""
Archives of zip.

They are read by their directory, which stands at the end: one that is cut is refused.
"""

import errno
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from datetime import datetime, tzinfo
from functools import partial
from pathlib import Path
from typing import IO

from isdas.formats import archive
from isdas.formats.archive import CAPABILITIES, Member, Recognise
from isdas.formats.batch import Work
from isdas.formats.context import Context
from isdas.formats.registry import recognise_file
from isdas.model.errors import InputRefused
from isdas.model.tally import Tally

__all__ = ["CAPABILITIES", "read", "reader", "sniff"]

_MAGIC = b"PK\x03\x04"
_DOCUMENTS = (b"[Content_Types].xml", b"mimetype", b"META-INF/", b"_rels/")
"""What the first member of a document or program is called that happens to be such an archive."""

_NAME_AT = 30
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError)


def sniff(head: bytes) -> bool:
    """Whether a beginning is that of an archive, and of no document."""
    return head.startswith(_MAGIC) and not head[_NAME_AT:].startswith(_DOCUMENTS)


def _read(recognise: Recognise, path: Path, context: Context) -> Iterator[Work]:
    tally = Tally()
    with _opened(path) as file:
        yield from archive.read(_members(file, context.zone, tally), recognise, path, context, tally)


def reader(recognise: Recognise) -> Callable[[Path, Context], Iterator[Work]]:
    """
    A reader of archives whose members have these formats.

    It raises what `isdas.formats.archive.read` does, and InputRefused ``damaged-archive`` without a directory.
    """
    return partial(_read, recognise)


read = reader(recognise_file)
"""The members of an archive, each by its own format, in stretches."""


def _opened(path: Path) -> zipfile.ZipFile:
    """
    An archive whose directory has been read.

    Raises:
        InputRefused: ``unreadable``, ``damaged-archive``.
    """
    try:
        return zipfile.ZipFile(path)
    except (*_DAMAGED, NotImplementedError, struct.error) as error:
        # What is wrong with the numbers of a directory is told as if the file could not be read there.
        if isinstance(error, OSError) and error.errno not in (None, errno.EINVAL):
            raise InputRefused("unreadable", f"{path} cannot be read: {error.strerror or error}") from error
        raise InputRefused("damaged-archive", f"{path}: {str(error).lower()}") from error


def _members(file: zipfile.ZipFile, zone: tzinfo, tally: Tally) -> Iterator[Member]:
    """The files; one that is encrypted, or compressed in a way that nobody knows, is passed over."""
    for info in file.infolist():
        if info.is_dir():
            continue
        try:
            inside = file.open(info)
        except (RuntimeError, NotImplementedError, struct.error, *_DAMAGED):
            tally.warn("locked-member")
            continue
        with inside:
            yield Member(info.filename, _moment(info.date_time, zone), partial(_more, inside, tally))


def _more(inside: IO[bytes], tally: Tally, count: int) -> bytes:
    try:
        return inside.read(count)
    except _DAMAGED:
        tally.warn("damaged-member")
        return b""


def _moment(written: tuple[int, int, int, int, int, int], zone: tzinfo) -> datetime | None:
    """The archive has times on the clock of whoever wrote it."""
    try:
        return datetime(*written, tzinfo=zone)
    except ValueError:
        return None
