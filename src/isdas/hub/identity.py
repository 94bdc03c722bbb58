"""
What a file is: the identity of its content, and the sensor that its name stands for.
"""

import os
import re
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from blake3 import blake3

from isdas.model.errors import InputRefused

_KINDS = (
    *("pcap", "pcapng", "cap", "dump", "dmp", "erf", "cors", "flowtuple", "avro", "parquet"),
    *("csv", "tsv", "txt", "json", "jsonl", "ndjson", "log", "labeled"),
    *("gz", "bz2", "xz", "zst", "zip", "tar", "tgz", "tbz", "tbz2", "txz", "tzst"),
)
# Rotation numbers files as in kern.log.1 and a.pcap12.
_SUFFIXES = re.compile(rf"(\.({'|'.join(_KINDS)})(\.?\d{{1,4}})?)+$", re.IGNORECASE)
_DAY = r"(19|20)\d{2}-?\d{2}-?\d{2}"
_STAMP = re.compile(
    rf"[-_.]?{_DAY}([-_.T]?\d{{2}}[-:]?\d{{2}}([-:]?\d{{2}})?Z?)?$"
    # Zeek names the ends of an hour, Corsaro the beginning of an interval since 1970.
    r"|[-_.]\d{2}:\d{2}:\d{2}-\d{2}:\d{2}:\d{2}$|[-_.]1\d{9}$"
)

_AT_ONCE = 1 << 23
"""How many bytes are hashed at a time: few enough for the processor's cache, so many that a thread which waits for the
interpreter's lock before each does not wait often."""


def identity(path: Path) -> str:
    """
    The identity of a file: a hash of its bytes, so that a copy under another name is the same file.

    Raises:
        InputRefused: ``unreadable``, or ``not-a-file`` for pipes and devices, which end only when somebody else ends
            them and cannot be read twice.
    """
    if path.exists() and not path.is_file() and not path.is_dir():
        raise InputRefused("not-a-file", f"{path} is no file: pipes and devices cannot be read twice")
    try:
        with path.open("rb", buffering=0) as stream:
            # BLAKE3 reads a file five times as fast as SHA-256, which alone took as long as taking the packets in.
            digest, room = blake3(), memoryview(bytearray(min(_AT_ONCE, path.stat().st_size + 1)))
            while count := stream.readinto(room):
                digest.update(room[:count])
            return f"blake3:{digest.hexdigest()}"
    except OSError as error:
        raise InputRefused("unreadable", f"{path}: {(error.strerror or str(error)).lower()}") from error


class Identities:
    """
    The identities of files, each worked out while something else is done: the file before it, or libraries loaded.

    Args:
        paths: the files in the order in which they are going to be asked for, as far as that is known.
    """

    def __init__(self, paths: Iterable[Path]) -> None:
        self._pool = ThreadPoolExecutor(1)
        self._ahead: dict[Path, Future[str]] = {}
        self.expect(paths)

    def expect(self, paths: Iterable[Path]) -> None:
        """Say anew which files are going to be asked for; what has been worked out stays."""
        self._paths = iter(paths)
        self._begin()

    def _begin(self) -> None:
        path = next(self._paths, None)
        if path is not None and path not in self._ahead:
            self._ahead[path] = self._pool.submit(identity, path)

    def of(self, path: Path) -> str:
        """
        The identity of a file; the next one's is begun.

        Raises:
            InputRefused: as `identity` does.
        """
        begun = self._ahead.pop(path, None)
        self._begin()
        return identity(path) if begun is None else begun.result()


def as_text(name: str | Path) -> str:
    """A name of a file, or what contains it, with the bytes that are no UTF-8 written out: tables hold text."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def sensor_name(path: Path) -> str:
    """The sensor a file's name stands for: its stem, without the dates and numbers that rotated files carry."""
    name, shorter = "", as_text(path.name)
    while shorter != name:
        name = shorter
        stem = _SUFFIXES.sub("", name) or name
        shorter = _STAMP.sub("", stem) or stem
    return name
