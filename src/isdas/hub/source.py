"""
Inputs: files of any format as a stream of batches of packets, with every record accounted for.
"""

import os
import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from isdas.capture.file import FORMATS, Capture, is_capture, open_capture
from isdas.decode.config import Config as DecodeConfig
from isdas.decode.packets import decode
from isdas.formats.batch import Refusal
from isdas.formats.csv import detect_profile, read_csv
from isdas.formats.profile import Profile, load_profile, shipped_profiles
from isdas.hub.identity import sensor_name
from isdas.lake.records import Statement
from isdas.model.errors import InputRefused, IsdasError
from isdas.model.frames import Frames
from isdas.model.packets import Packets
from isdas.model.tally import Tally
from isdas.model.time import from_micros

CAPTURES = tuple(known.name for known in FORMATS)
"""The formats that are captures."""

Told = Callable[[int], None]
Piece = Callable[[], tuple[Packets, Tally]]
"""A part of a file, read but not yet understood."""


@dataclass(slots=True)
class Source:
    """
    One input file.

    Attributes:
        path: where it is.
        sensor: the sensor it is given to; None leaves it to the file's name or rows.
        format: the format asked for; None sniffs it.
        decode: what is kept of a packet of a capture.
        tally: what became of its records, as far as they are taken and, after the last piece, could not be.
        refusals: records that could not be read, with line and reason, for the quarantine file.
        statements: what it says of its coverage, complete after the last piece.
        name: the format it was read as.
    """

    path: Path
    sensor: str | None = None
    format: str | None = None
    decode: DecodeConfig = field(default_factory=DecodeConfig)
    tally: Tally = field(default_factory=Tally)
    refusals: list[Refusal] = field(default_factory=list)
    statements: list[Statement] = field(default_factory=list)
    name: str = ""

    def pieces(self, told: Told) -> Iterator[Piece]:
        """
        The file in pieces, in its order; each gives packets and what became of its records, in any thread.

        Records that no piece speaks of are in the tally after the last piece.

        Args:
            told: called with the bytes of the file read so far.

        Raises:
            InputRefused: the file cannot be read at all.
        """
        profile = self._profile()
        if profile is not None:
            yield from self._rows(profile)
        else:
            yield from self._frames(told)
        told(self.path.stat().st_size)

    def _profile(self) -> Profile | None:
        """The CSV profile to read it with; None for a capture."""
        if self.format in CAPTURES:
            return None
        if self.format is not None:
            return load_profile(self.format)
        if _is_capture(self.path):
            return None
        return detect_profile(self.path) or _nearest(self.path)

    def _rows(self, profile: Profile) -> Iterator[Piece]:
        self.name = f"csv:{profile.name}"
        # Like a capture, a table that does not say which sensor saw a row is named after the sensor.
        sensor = self.sensor or (None if "sensor" in profile.columns else sensor_name(self.path))
        for batch in read_csv(self.path, profile):
            self.refusals += batch.refusals
            yield partial(_of_sensor, batch.packets, batch.tally, sensor)

    def _frames(self, told: Told) -> Iterator[Piece]:
        sensor = self.sensor or sensor_name(self.path)
        with open_capture(self.path) as capture:
            self.name = capture.format
            if self.format not in {None, capture.format}:
                raise InputRefused("wrong-format", f"{self.path} is {capture.format}, not {self.format}")
            for frames in capture.frames():
                told(capture.consumed)
                yield partial(_decoded, frames, self.decode, sensor)
            self.tally.add(capture.tally)
            self.statements += _statements(capture, sensor)


def _decoded(frames: Frames, config: DecodeConfig, sensor: str) -> tuple[Packets, Tally]:
    return _of_sensor(*decode(frames, config), sensor)


def _of_sensor(packets: Packets, tally: Tally, sensor: str | None) -> tuple[Packets, Tally]:
    return (packets if sensor is None else packets.with_columns({"sensor": sensor})), tally


def _statements(capture: Capture, sensor: str) -> list[Statement]:
    return [
        Statement(sensor, from_micros(s.start_us), from_micros(s.end_us), s.received or 0, s.dropped or 0)
        for s in capture.statistics
        if s.start_us is not None and s.end_us is not None and s.end_us > s.start_us
    ]


_CAPTURE_NAMES = {".pcap", ".pcapng", ".cap", ".dmp"}
_NAMES = {*_CAPTURE_NAMES, ".csv"}
_HEAD = 64


def find_files(paths: Sequence[Path]) -> tuple[list[Path], list[Path]]:
    """
    The files that *paths* name, folders walked, in the order of their names; and what was passed over.

    A file that is named is always tried. In a folder, a file is passed over if neither its name nor its content is
    that of a capture or of a table with a known profile. A folder that cannot be listed is given like a file, so that
    it is refused like one.

    Raises:
        IsdasError: a path does not exist.
    """
    found: list[Path] = []
    passed_over: list[Path] = []
    for path in paths:
        try:
            is_folder = stat.S_ISDIR(path.stat().st_mode)
        except OSError as error:
            raise IsdasError(f"{path}: {(error.strerror or str(error)).lower()}") from error
        for file in _below(path) if is_folder else [path]:
            (found if not is_folder or _likely(file) else passed_over).append(file)
    return found, passed_over


def _below(folder: Path) -> list[Path]:
    """Everything in a folder and its folders that is not a folder, and the folders that cannot be listed."""
    below: list[Path] = []
    unlisted: list[OSError] = []
    for parent, _, names in os.walk(folder, onerror=unlisted.append):
        below += [Path(parent, name) for name in names]
    return sorted([*below, *(Path(error.filename) for error in unlisted)])


def _likely(path: Path) -> bool:
    """Whether a file of a folder is worth trying; one that cannot be read is, so that somebody hears of it."""
    if _NAMES & {suffix.lower() for suffix in path.suffixes} or path.is_dir():
        return True
    try:
        return path.is_file() and (_is_capture(path) or detect_profile(path) is not None)
    except InputRefused:
        return True


def _is_capture(path: Path) -> bool:
    """
    Whether the content of a file is that of a capture.

    Raises:
        InputRefused: ``unreadable``.
    """
    try:
        with path.open("rb") as stream:
            return is_capture(stream.read(_HEAD))
    except OSError as error:
        raise InputRefused("unreadable", f"{path}: {(error.strerror or str(error)).lower()}") from error


def _nearest(path: Path) -> Profile | None:
    """
    A shipped profile that says what is wrong with a table that fits none; None for what is no table, or is named like
    a capture, so that the capture reader says what is wrong.
    """
    if _CAPTURE_NAMES & {suffix.lower() for suffix in path.suffixes}:
        return None
    for profile in shipped_profiles():
        try:
            read_csv(path, profile)
        except InputRefused as refusal:
            if refusal.reason == "wrong-columns":
                return profile
    return None
