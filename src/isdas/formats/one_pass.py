"""
Bytes that come once, as from within an archive, under a path that can be opened as if they lay in a file.

What a format looks at before it reads is kept, so that it can be opened again; whoever reads on after that gets each
byte once. Nothing is written anywhere.
"""

import errno
import io
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any

AGAIN_BYTES = 4 << 20
"""How much of the beginning can be read again, until more has been read."""


class Content:
    """Bytes that come once; the first of them are remembered."""

    def __init__(self, more: Callable[[int], bytes]) -> None:
        """With what gives the next bytes, at most so many, and none at the end."""
        self._more = more
        self._head = b""
        self._taken = 0

    def read(self, at: int, most: int) -> bytes:
        """
        Bytes from a place on, none at the end.

        Raises:
            OSError: those bytes have gone by.
        """
        if at < len(self._head):
            return self._head[at : at + most]
        if at != self._taken:
            raise OSError(errno.ESPIPE, "it is read in one pass, and that has begun")
        data = self._more(most)
        self._taken += len(data)
        self._head = self._head + data if self._taken <= AGAIN_BYTES else b""
        return data


class _Raw(io.RawIOBase):
    """One reading of it."""

    def __init__(self, content: Content) -> None:
        self._content = content
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        if whence == io.SEEK_END:
            raise OSError(errno.ESPIPE, "its end is not known")
        self._at = offset if whence == io.SEEK_SET else self._at + offset
        return self._at

    def readinto(self, buffer: Any, /) -> int:
        data = self._content.read(self._at, len(buffer))
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)


class OnePass(type(Path())):  # type: ignore[misc]
    """A path under which nothing lies but what is opened."""

    content: Content

    @classmethod
    def of(cls, content: Content, name: str = "member") -> "OnePass":
        """The path of some content, by whose name nothing is opened."""
        path = cls(PurePosixPath(name).name or "member")
        path.content = content
        return path

    def open(self, *_: Any, **__: Any) -> io.BufferedReader:
        """Its bytes from the beginning, as of a binary file; fails where the beginning has gone by."""
        return io.BufferedReader(_Raw(self.content))
