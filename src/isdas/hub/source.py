"""
Inputs: files of any format as a stream of batches of packets, with every record accounted for.
"""

import math
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from glob import glob
from pathlib import Path

import numpy as np
import pyarrow.compute as pc

from isdas.capture.file import FORMATS as CAPTURE_FORMATS
from isdas.capture.file import SNIFFED_BYTES, Capture, first_time, is_capture, open_capture
from isdas.decode.config import Config as DecodeConfig
from isdas.decode.packets import decode
from isdas.formats.batch import Batch, Work
from isdas.formats.context import Context
from isdas.formats.profile import Profile, load_profile
from isdas.formats.registry import FORMATS, HEAD_BYTES, Format, format_of, recognise, recognise_file
from isdas.hub.identity import sensor_name
from isdas.lake.records import Statement
from isdas.model.compression import compression_of, inflated
from isdas.model.errors import InputRefused, IsdasError
from isdas.model.frames import Frames
from isdas.model.monitored import Monitored
from isdas.model.tally import Tally
from isdas.model.time import from_micros

CAPTURES = tuple(known.name for known in CAPTURE_FORMATS)
"""The formats that are captures."""

RECORDS = tuple(known.name for known in FORMATS)
"""The formats of other people's records, beside tables with a profile."""

Told = Callable[[int], None]


@dataclass(slots=True)
class Source:
    """
    One input file.

    Attributes:
        path: where it is.
        sensor: the sensor it is given to; None leaves it to the file's name or rows.
        format: the format asked for; None sniffs it.
        decode: what is kept of a packet of a capture.
        context: what records do not say themselves.
        tally: what became of its records, as far as they are taken and, after the last piece, could not be.
        statements: what it says of its coverage, complete after the last piece.
        name: the format it was read as.
        ordered: whether its records should stand in the order of their times; told before the first piece.
        framed: whether there are frames in it, which may be of anything.
        monitored: the addresses that the sensor stands for; a tunnel to one of them is not taken off.
    """

    path: Path
    sensor: str | None = None
    format: str | None = None
    decode: DecodeConfig = field(default_factory=DecodeConfig)
    context: Context = field(default_factory=Context)
    tally: Tally = field(default_factory=Tally)
    statements: list[Statement] = field(default_factory=list)
    name: str = ""
    ordered: bool = True
    framed: bool = False
    monitored: Monitored | None = None
    _passed: int = field(default=0, init=False, repr=False)

    def pieces(self, told: Told) -> Iterator[Work]:
        """
        The file in pieces, in its order; each gives packets and what became of its records, in any thread.

        Records that no piece speaks of are in the tally after the last piece.

        Args:
            told: called with the bytes of the file read so far.

        Raises:
            InputRefused: the file cannot be read at all.
        """
        how = self._how()
        if isinstance(how, Profile):
            yield from self._rows(how)
        elif isinstance(how, Format):
            yield from self._records(how, told)
        else:
            yield from self._frames(told)
        told(self.size)

    @property
    def size(self) -> int:
        """The bytes of the file; 0 where there is none any more, which whoever opens it tells."""
        try:
            return self.path.stat().st_size
        except OSError:
            return 0

    def _how(self) -> Format | Profile | None:
        """The format or profile to read it with; None for a capture."""
        if self.format in CAPTURES:
            return None
        if self.format is not None:
            return format_of(self.format) or load_profile(self.format)
        if _is_capture(self.path):
            return None
        return _recognised(self.path) or _fitting(self.path) or _nearest(self.path)

    def _rows(self, profile: Profile) -> Iterator[Work]:
        from isdas.formats.profiled import read_profiled

        self.name, self.ordered = f"{profile.kind}:{profile.name}", profile.ordered
        for work in read_profiled(self.path, profile):
            yield partial(self._understood, work)

    def _records(self, format: Format, told: Told) -> Iterator[Work]:
        self.name, self.ordered = format.name, format.ordered
        context = replace(self.context, written_at=self.context.written_at or _written_at(self.path))
        read = format.reader(partial(self._inside, told)) if format.archive else format.read
        for work in read(self.path, context):
            yield partial(self._understood, work)

    def _inside(self, told: Told, head: bytes) -> "Format | _Inside | None":
        """What reads a member of an archive, by its beginning."""
        return _Inside(self, told) if is_capture(head) else recognise_file(head)

    def _frames(self, told: Told) -> Iterator[Work]:
        with _opened(self.path, self.format) as capture:
            self.name = capture.format
            if self.format not in {None, capture.format}:
                raise InputRefused("wrong-format", f"{self.path} is {capture.format}, not {self.format}")
            yield from self._captured(capture, self.path, told)

    def _captured(self, capture: Capture, path: Path, told: Told) -> Iterator[Work]:
        self.framed = True
        sensor = self.sensor or sensor_name(path)
        for frames in capture.frames():
            # Of an archive that is compressed as a whole, members have more than it has itself.
            told(min(self._passed + capture.consumed, self.size))
            yield partial(self._decoded, frames, sensor)
        self._passed += capture.consumed
        self.tally.add(capture.tally)
        self.statements += _statements(capture, sensor)

    def _decoded(self, frames: Frames, sensor: str) -> Batch:
        ours = None if self.monitored is None else np.array(self.monitored.networks, np.int64).reshape(-1, 4)
        batch = Batch(*decode(frames, self.decode, ours))
        return replace(batch, packets=batch.packets.with_columns({"sensor": sensor}))

    def _understood(self, work: Work) -> Batch:
        """The batch with the sensor that was asked for, else the one that a record names, else the file's name."""
        batch = work()
        named = batch.packets.table.column("sensor")
        if self.sensor is not None or named.null_count == len(named):
            return replace(batch, packets=batch.packets.with_columns({"sensor": self.sensor or sensor_name(self.path)}))
        if not named.null_count:
            return batch
        filled = pc.fill_null(named, sensor_name(self.path))
        return replace(batch, packets=batch.packets.with_columns({"sensor": filled}))


@dataclass(frozen=True, slots=True)
class _Inside:
    """What reads a capture that lies in an archive, whose sensor is called after it."""

    source: Source
    told: Told
    one_pass: bool = True

    def read(self, path: Path, _: Context) -> Iterator[Work]:
        """As of a format of records."""
        with open_capture(path) as capture:
            yield from self.source._captured(capture, path, self.told)


def _opened(path: Path, format: str | None) -> Capture:
    """
    The capture in a file, which was found to be nothing else.

    Raises:
        InputRefused: as `open_capture`.
    """
    try:
        return open_capture(path, format=format)
    except InputRefused as refusal:
        if refusal.reason != "not-a-capture" or format is not None:
            raise
        told = f"{refusal}; nor is it a log or table that its content tells, but --format may name one"
        raise InputRefused(refusal.reason, told) from None


def _written_at(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)


def _recognised(path: Path) -> Format | None:
    """
    The format of records that the beginning of a file is in.

    Raises:
        InputRefused: ``unreadable``.
    """
    return recognise(inflated(_head(path, HEAD_BYTES), HEAD_BYTES))


_PACKED_BYTES = 1 << 20
"""How much more of a compressed file is looked at: bzip2 tells nothing before its first block, of 900 kB, is whole."""


def _head(path: Path, count: int) -> bytes:
    try:
        with path.open("rb") as stream:
            head = stream.read(count)
            return head if compression_of(head) is None else head + stream.read(_PACKED_BYTES)
    except OSError as error:
        raise InputRefused("unreadable", f"{path}: {(error.strerror or str(error)).lower()}") from error


def _statements(capture: Capture, sensor: str) -> list[Statement]:
    return [
        Statement(sensor, from_micros(s.start_us), from_micros(s.end_us), s.received or 0, s.dropped or 0)
        for s in capture.statistics
        if s.start_us is not None and s.end_us is not None and s.end_us > s.start_us
    ]


_CAPTURE_NAMES = {".pcap", ".pcapng", ".cap", ".dmp", ".erf"}
_NAMES = {*_CAPTURE_NAMES, ".csv"}


def find_files(paths: Sequence[Path], format: str | None = None) -> tuple[list[Path], list[Path]]:
    """
    The files that *paths* name, each once, and what was passed over.

    Captures come in the order of their first packets, so that time runs forwards over all of them whatever they are
    called; other files follow in the order of their names.

    A file that is named is always tried. In a folder, a file is passed over if neither its name nor its content is
    that of a capture, of records or of a table with a known profile; if a *format* is asked for, all files of a folder
    are tried but hidden ones, since nobody else knows what they look like. A folder that cannot be listed is given like
    a file, so that it is refused like one. Where there is no such file, a path is a pattern as shells have it, ``**``
    included; the files that it matches count as named.

    Raises:
        IsdasError: a path does not exist, and as a pattern matches nothing.
    """
    found: list[Path] = []
    passed_over: list[Path] = []
    for given in paths:
        for path in _matching(given):
            if not path.is_dir():
                found.append(path)
                continue
            for file in _below(path):
                wanted = _likely(file) if format is None else _shown(file, path)
                (found if wanted else passed_over).append(file)
    return _in_time(list(dict.fromkeys(found))), list(dict.fromkeys(passed_over))


def _matching(path: Path) -> list[Path]:
    try:
        path.stat()
    except OSError as error:
        if matching := sorted(glob(str(path), recursive=True)):
            return [Path(each) for each in matching]
        raise IsdasError(f"{path}: {(error.strerror or str(error)).lower()}") from error
    return [path]


def _in_time(files: list[Path]) -> list[Path]:
    if len(files) < 2:
        return files
    begun = {file: _begun(file) for file in files}
    return sorted(files, key=lambda file: (begun[file], file))


def _begun(path: Path) -> float:
    """The time of a file's first packet; endless for what is no capture, or none that can be read."""
    try:
        # Opening a pipe would wait for somebody to write to it.
        time_us = first_time(path) if path.is_file() else None
    except InputRefused:
        return math.inf
    return math.inf if time_us is None else time_us


def _below(folder: Path) -> list[Path]:
    """Everything in a folder and its folders that is not a folder, and the folders that cannot be listed."""
    below: list[Path] = []
    unlisted: list[OSError] = []
    for parent, _, names in os.walk(folder, onerror=unlisted.append):
        below += [Path(parent, name) for name in names]
    return sorted([*below, *(Path(error.filename) for error in unlisted)])


def _shown(path: Path, folder: Path) -> bool:
    """Whether a file of a folder, or a folder that cannot be listed, is no pipe or device and not hidden."""
    hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
    return not hidden and (path.is_file() or path.is_dir())


def _likely(path: Path) -> bool:
    """Whether a file of a folder is worth trying; one that cannot be read is, so that somebody hears of it."""
    if _NAMES & {suffix.lower() for suffix in path.suffixes} or path.is_dir():
        return True
    try:
        # Opening a pipe would wait for somebody to write to it.
        return path.is_file() and (_is_capture(path) or _recognised(path) is not None or _fitting(path) is not None)
    except InputRefused:
        return True


def _is_capture(path: Path) -> bool:
    """
    Whether the content of a file is that of a capture.

    Raises:
        InputRefused: ``unreadable``.
    """
    return is_capture(_head(path, SNIFFED_BYTES))


def _fitting(path: Path) -> Profile | None:
    """
    The shipped profile that fits a table.

    Raises:
        InputRefused: ``unreadable``.
    """
    # What reads tables is loaded where there may be one: captures are the rule, and need none of it.
    from isdas.formats.csv import detect_profile

    return detect_profile(path)


def _nearest(path: Path) -> Profile | None:
    """
    The shipped profile that a table misses by a few columns, so that it says which; None for what is no table, shares
    less than half of them, or is named like a capture, so that the capture reader says what is wrong.
    """
    if _CAPTURE_NAMES & {suffix.lower() for suffix in path.suffixes}:
        return None
    from isdas.formats.csv import nearest_profile

    return nearest_profile(path)
