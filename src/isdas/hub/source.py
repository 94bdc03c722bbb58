"""
Inputs: files of any format as a stream of batches of packets, with every record accounted for.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from isdas.capture.file import Capture, is_capture, open_capture
from isdas.decode.packets import decode
from isdas.formats.batch import Refusal
from isdas.formats.csv import detect_profile, read_csv
from isdas.formats.profile import Profile, load_profile
from isdas.hub.identity import sensor_name
from isdas.lake.records import Statement
from isdas.model.errors import InputRefused, IsdasError
from isdas.model.packets import Packets
from isdas.model.tally import Tally
from isdas.model.time import from_micros

Told = Callable[[int], None]


@dataclass(slots=True)
class Source:
    """
    One input file.

    Attributes:
        path: where it is.
        sensor: the sensor it is given to; None leaves it to the file's name or rows.
        format: the format asked for; None sniffs it.
        tally: what became of its records, complete after the last batch.
        refusals: records that could not be read, with line and reason, for the quarantine file.
        statements: what it says of its coverage, complete after the last batch.
        name: the format it was read as.
    """

    path: Path
    sensor: str | None = None
    format: str | None = None
    tally: Tally = field(default_factory=Tally)
    refusals: list[Refusal] = field(default_factory=list)
    statements: list[Statement] = field(default_factory=list)
    name: str = ""

    def batches(self, told: Told) -> Iterator[Packets]:
        """
        The packets of the file, in its order.

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
        if self.format in {"pcap", "pcapng"}:
            return None
        if self.format is not None:
            return load_profile(self.format)
        return detect_profile(self.path)

    def _rows(self, profile: Profile) -> Iterator[Packets]:
        self.name = f"csv:{profile.name}"
        for batch in read_csv(self.path, profile):
            self.tally.add(batch.tally)
            self.refusals += batch.refusals
            yield batch.packets if self.sensor is None else batch.packets.with_columns({"sensor": self.sensor})

    def _frames(self, told: Told) -> Iterator[Packets]:
        sensor = self.sensor or sensor_name(self.path)
        with open_capture(self.path) as capture:
            self.name = capture.format
            if self.format not in {None, capture.format}:
                raise InputRefused("wrong-format", f"{self.path} is {capture.format}, not {self.format}")
            for frames in capture.frames():
                packets, tally = decode(frames)
                self.tally.add(tally)
                told(capture.consumed)
                yield packets.with_columns({"sensor": sensor})
            self.tally.add(capture.tally)
            self.statements += _statements(capture, sensor)


def _statements(capture: Capture, sensor: str) -> list[Statement]:
    return [
        Statement(sensor, from_micros(s.start_us), from_micros(s.end_us), s.received or 0, s.dropped or 0)
        for s in capture.statistics
        if s.start_us is not None and s.end_us is not None and s.end_us > s.start_us
    ]


_NAMES = {".pcap", ".pcapng", ".cap", ".dmp", ".csv"}
_HEAD = 64


def find_files(paths: Sequence[Path]) -> list[Path]:
    """
    The files that *paths* name, folders walked, in the order of their names.

    A file that is named is always tried. In a folder, a file is passed over if neither its name nor its content is
    that of a capture or of a table with a known profile.

    Raises:
        IsdasError: a path does not exist.
    """
    found: list[Path] = []
    for path in paths:
        if not path.exists():
            raise IsdasError(f"{path} does not exist")
        found += [p for p in sorted(path.rglob("*")) if p.is_file() and _likely(p)] if path.is_dir() else [path]
    return found


def _likely(path: Path) -> bool:
    if _NAMES & set(path.suffixes):
        return True
    try:
        with path.open("rb") as stream:
            return is_capture(stream.read(_HEAD)) or detect_profile(path) is not None
    except (OSError, InputRefused):
        return False
