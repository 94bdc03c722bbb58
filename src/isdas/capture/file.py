"""
Opening a capture file by what is in it; its name says nothing.

It hands out frames and never looks inside them.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Protocol

from isdas.capture import erf, pcap, pcapng
from isdas.capture.statistics import InterfaceStatistics
from isdas.capture.stream import WINDOW_BYTES, Window
from isdas.model.compression import inflated
from isdas.model.errors import InputRefused
from isdas.model.frames import Frames
from isdas.model.tally import Tally


class Reader(Protocol):
    """What knows one capture format."""

    @property
    def statistics(self) -> tuple[InterfaceStatistics, ...]:
        """What the file has said so far about its completeness."""

    def frames(self) -> Iterator[Frames]:
        """The frames of the file, once."""


@dataclass(frozen=True, slots=True)
class Format:
    """
    A capture format that can be opened.

    Attributes:
        name: as in `Capture.format`.
        reader: makes the reader from a window at the begin of the file.
        magics: what a file of it begins with.
        begins: whether a beginning of at most SNIFFED_BYTES is of it, for a format without magic numbers.
    """

    name: str
    reader: Callable[[Window, Tally], Reader]
    magics: tuple[bytes, ...] = ()
    begins: Callable[[bytes], bool] | None = None

    def sniff(self, head: bytes) -> bool:
        """Whether a file with this beginning is of the format."""
        return head.startswith(self.magics) if self.begins is None else self.begins(head)


FORMATS: tuple[Format, ...] = (
    Format("pcap", pcap.PcapReader, pcap.MAGICS),
    Format("pcapng", pcapng.PcapngReader, pcapng.MAGICS),
    Format("erf", erf.ErfReader, begins=erf.begins),
)
"""Every format that can be opened, the surer first; a new one is a module with its reader and a row here."""

SNIFFED_BYTES = 1 << 15
"""How much of a file, decompressed, tells its format."""

_FIRST_WINDOW = 1 << 20


class Capture:
    """
    One open capture file; a context manager.

    Attributes:
        format: the name of its format.
        tally: oddities of the file as warnings (``truncated-tail``, ``truncated-`` and ``damaged-`` with the name of a
            compression, ``odd-header``, ``odd-block``, ``large-block``, ``no-timestamp``, ``lost-packets``), and what
            cannot be a frame as refused (``impossible-length``, ``unknown-interface``, ``unknown-record-type``,
            ``damaged-block``). It counts as read only what it refuses, so that adding the tallies of `isdas.decode` to
            it counts every record once.
    """

    def __init__(self, name: str, window: Window, reader: Reader, tally: Tally) -> None:
        self.format = name
        self.tally = tally
        self._window = window
        self._reader = reader

    @property
    def statistics(self) -> tuple[InterfaceStatistics, ...]:
        """What the file says about its completeness; whole only after the last frame."""
        return self._reader.statistics

    @property
    def consumed(self) -> int:
        """How many bytes of the file on disk have been read, for a progress bar."""
        return self._window.consumed

    def frames(self) -> Iterator[Frames]:
        """
        All frames of the file in batches of at most 262,144 frames and 16 MiB, once.

        Raises:
            InputRefused: ``unreadable`` if the disk fails in the middle.
        """
        return self._reader.frames()

    def look_again(self) -> bool:
        """
        Let `frames` be called again for those that have been written since; False for a compressed file.

        They are numbered from 0 again, and a record that was not whole the last time comes first.
        """
        return self._window.look_again()

    def close(self) -> None:
        """Close the file; frames that were handed out stay valid."""
        self._window.close()

    def __enter__(self) -> "Capture":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_capture(path: Path, *, format: str | None = None, window_bytes: int = WINDOW_BYTES) -> Capture:
    """
    Open a capture file, plain or compressed.

    Args:
        path: the file.
        format: the name of the format to read it in where its content tells none; a format without magic numbers can
            be too short to be told.
        window_bytes: how much of the file is in memory at a time.

    Raises:
        InputRefused: ``unreadable``, ``empty-file``, ``not-a-capture`` or ``truncated-header``.
    """
    tally = Tally()
    window = Window(path, tally, window_bytes)
    try:
        return _capture(window, tally, format)
    except InputRefused as refusal:
        window.close()
        raise InputRefused(refusal.reason, f"{path}: {refusal}") from None


def is_capture(head: bytes) -> bool:
    """Whether a file with this beginning is a capture in a format of FORMATS, plain or compressed."""
    return _format(inflated(head, SNIFFED_BYTES)) is not None


def first_time(path: Path) -> int | None:
    """
    The time of the first packet of a capture that has one, in microseconds since 1970; None if there is none.

    Only the beginning of the file is read: a mebibyte, and more only until there is a packet.

    Raises:
        InputRefused: as `open_capture`.
    """
    with open_capture(path, window_bytes=_FIRST_WINDOW) as capture:
        for frames in capture.frames():
            timed = frames.times_us[frames.times_us >= 0]
            if len(timed):
                return int(timed[0])
    return None


def _capture(window: Window, tally: Tally, format: str | None) -> Capture:
    head = window.buffer[window.at : min(window.at + SNIFFED_BYTES, window.end)].tobytes()
    if not head:
        raise InputRefused("empty-file", "the file is empty" + _inside(window))
    known = _format(head) or next((each for each in FORMATS if each.name == format and each.begins), None)
    if known is None:
        if len(head) < 4 and any(magic.startswith(head) for each in FORMATS for magic in each.magics):
            raise InputRefused("truncated-header", f"the file ends after {len(head)} bytes" + _inside(window))
        names = " or ".join(each.name for each in FORMATS)
        raise InputRefused("not-a-capture", f"not {names}: it begins with {head[:8]!r}{_inside(window)}")
    return Capture(known.name, window, known.reader(window, tally), tally)


def _format(head: bytes) -> Format | None:
    return next((each for each in FORMATS if each.sniff(head)), None)


def _inside(window: Window) -> str:
    return f" inside its {window.compression.name}" if window.compression else ""
