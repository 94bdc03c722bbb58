"""
Opening a capture file by what is in it; its name says nothing.

It hands out frames and never looks inside them.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Protocol

from isdas.capture import pcap, pcapng
from isdas.capture.statistics import InterfaceStatistics
from isdas.capture.stream import Window
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
        magics: what a file of it begins with.
        reader: makes the reader from a window at the begin of the file.
    """

    name: str
    magics: tuple[bytes, ...]
    reader: Callable[[Window, Tally], Reader]


FORMATS: tuple[Format, ...] = (
    Format("pcap", pcap.MAGICS, pcap.PcapReader),
    Format("pcapng", pcapng.MAGICS, pcapng.PcapngReader),
)
"""Every format that can be opened; a new one is a module with its reader and a row here."""


_SNIFFED_BYTES = 64


class Capture:
    """
    One open capture file; a context manager.

    Attributes:
        format: the name of its format.
        tally: oddities of the file as warnings (``truncated-tail``, ``truncated-`` and ``damaged-`` with the name of a
            compression, ``damaged-block``, ``odd-header``, ``odd-block``, ``large-block``, ``no-timestamp``), and
            records that cannot be frames as refused (``impossible-length``, ``unknown-interface``). It counts as read
            only what it refuses, so that adding the tallies of `isdas.decode` to it counts every record once.
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

    def close(self) -> None:
        """Close the file; frames that were handed out stay valid."""
        self._window.close()

    def __enter__(self) -> "Capture":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_capture(path: Path) -> Capture:
    """
    Open a capture file, plain or compressed.

    Raises:
        InputRefused: ``unreadable``, ``empty-file``, ``not-a-capture`` or ``truncated-header``.
    """
    tally = Tally()
    window = Window(path, tally)
    try:
        return _capture(path, window, tally)
    except InputRefused as refusal:
        window.close()
        raise InputRefused(refusal.reason, f"{path}: {refusal}") from None


def is_capture(head: bytes) -> bool:
    """Whether a file with this beginning is a capture in a format of FORMATS, plain or compressed."""
    return _format(inflated(head, _SNIFFED_BYTES)) is not None


def _capture(path: Path, window: Window, tally: Tally) -> Capture:
    head = window.buffer[window.at : min(window.at + _SNIFFED_BYTES, window.end)].tobytes()
    if not head:
        raise InputRefused("empty-file", "the file is empty" + _inside(window))
    known = _format(head)
    if known is None:
        if len(head) < 4 and any(magic.startswith(head) for each in FORMATS for magic in each.magics):
            raise InputRefused("truncated-header", f"the file ends after {len(head)} bytes" + _inside(window))
        names = " or ".join(each.name for each in FORMATS)
        raise InputRefused("not-a-capture", f"not {names}: it begins with {head[:8]!r}{_inside(window)}")
    return Capture(known.name, window, known.reader(window, tally), tally)


def _format(head: bytes) -> Format | None:
    return next((each for each in FORMATS if head.startswith(each.magics)), None)


def _inside(window: Window) -> str:
    return f" inside its {window.compression.name}" if window.compression else ""
