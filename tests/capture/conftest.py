"""
Small writers of capture files, so that tests can say byte by byte what is in one.
"""

import struct
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from cable import cable  # noqa: F401

from isdas.capture.file import open_capture
from isdas.model.tally import Tally

Record = tuple[int, bytes]
Row = tuple[int, int, int, int, bytes]


def _pcap(
    records: Sequence[Record],
    order: str = "<",
    magic: int = 0xA1B2C3D4,
    link: int = 1,
    version: tuple[int, int] = (2, 4),
    extra: bytes | None = None,
) -> bytes:
    """A pcap file of frames (microseconds, bytes); *magic* and what is *extra* in each record choose the variant."""
    per_us = 1000 if magic == 0xA1B23C4D else 1
    if extra is None:
        extra = bytes(8) if magic == 0xA1B2CD34 else b""
    out = struct.pack(f"{order}IHHiIII", magic, *version, 0, 0, 65535, link)
    if magic >> 24 == 0x1C:
        out += struct.pack(f"{order}I", sum(16 + len(data) for _, data in records))
    for when, data in records:
        seconds, micros = divmod(when, 1_000_000)
        out += struct.pack(f"{order}IIII", seconds, micros * per_us, len(data), len(data)) + extra + data
    return out


def _erf(
    records: Sequence[Record],
    kind: int = 2,
    *,
    loss: int = 0,
    flags: int = 4,
    before: int = 2,
    extensions: int = 0,
    wire: int | None = None,
    fill: int = 0,
) -> bytes:
    """
    ERF records of frames (microseconds, bytes).

    *before* bytes stand before each frame, *fill* bytes behind it; *wire* says another length on the wire than the
    frame's; *loss* is the loss counter or colour.
    """
    out = b""
    for when, data in records:
        seconds, micros = divmod(when, 1_000_000)
        fraction = -(-(micros << 32) // 1_000_000)
        length = 16 + 8 * extensions + before + len(data) + fill
        out += struct.pack("<II", fraction, seconds) + struct.pack(
            ">BBHHH", kind | 0x80 * bool(extensions), flags, length, loss, len(data) if wire is None else wire
        )
        for i in range(extensions):
            out += bytes([0x11 | 0x80 * (i + 1 < extensions)]) + bytes(7)
        out += bytes(before) + data + bytes(fill)
    return out


def _block(order: str, kind: int, body: bytes) -> bytes:
    body += bytes(-len(body) % 4)
    return struct.pack(f"{order}II", kind, len(body) + 12) + body + struct.pack(f"{order}I", len(body) + 12)


def _option(order: str, code: int, value: bytes) -> bytes:
    return struct.pack(f"{order}HH", code, len(value)) + value + bytes(-len(value) % 4)


class Pcapng:
    """Blocks of a pcapng file in one byte order."""

    def __init__(self, order: str = "<") -> None:
        self.order = order

    def section(self, version: tuple[int, int] = (1, 0)) -> bytes:
        """A section header block."""
        return _block(self.order, 0x0A0D0D0A, struct.pack(f"{self.order}IHHq", 0x1A2B3C4D, *version, -1))

    def interface(self, link: int = 1, snap: int = 0, **options: bytes) -> bytes:
        """An interface description block; options ``tsresol`` and ``tsoffset`` as bytes."""
        codes = {"tsresol": 9, "tsoffset": 14}
        body = struct.pack(f"{self.order}HHI", link, 0, snap)
        return _block(self.order, 1, body + b"".join(_option(self.order, codes[k], v) for k, v in options.items()))

    def packet(self, units: int, data: bytes, interface: int = 0, captured: int | None = None) -> bytes:
        """An enhanced packet block; *captured* lies about the length."""
        here = len(data) if captured is None else captured
        head = struct.pack(f"{self.order}5I", interface, units >> 32, units & 0xFFFFFFFF, here, len(data))
        return _block(self.order, 6, head + data)

    def old_packet(self, units: int, data: bytes, interface: int = 0) -> bytes:
        """An obsolete packet block."""
        head = struct.pack(f"{self.order}HH4I", interface, 0, units >> 32, units & 0xFFFFFFFF, len(data), len(data))
        return _block(self.order, 2, head + data)

    def simple_packet(self, data: bytes, original: int | None = None) -> bytes:
        """A simple packet block."""
        return _block(self.order, 3, struct.pack(f"{self.order}I", original or len(data)) + data)

    def statistics(self, units: int, options: dict[int, int], interface: int = 0) -> bytes:
        """An interface statistics block; option values are 64-bit numbers, times with their halves in order."""
        body = struct.pack(f"{self.order}III", interface, units >> 32, units & 0xFFFFFFFF)
        for code, value in options.items():
            halves = struct.pack(f"{self.order}II", value >> 32, value & 0xFFFFFFFF)
            body += _option(self.order, code, halves if code in (2, 3) else struct.pack(f"{self.order}Q", value))
        return _block(self.order, 5, body)

    def other(self, kind: int, body: bytes = b"") -> bytes:
        """A block of any kind."""
        return _block(self.order, kind, body)


@pytest.fixture(scope="session")
def pcap() -> Callable[..., bytes]:
    """A writer of pcap files."""
    return _pcap


@pytest.fixture(scope="session")
def erf() -> Callable[..., bytes]:
    """A writer of ERF records."""
    return _erf


@pytest.fixture(scope="session")
def pcapng() -> type[Pcapng]:
    """A writer of pcapng blocks."""
    return Pcapng


@pytest.fixture(scope="session")
def records() -> list[Record]:
    """Three hundred frames of different lengths with their times in microseconds."""
    rng = np.random.default_rng(7)
    return [(1_225_371_600_000_000 + i * 1_000_003, rng.bytes(14 + i % 90)) for i in range(300)]


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., tuple[list[Row], Tally]]:
    """Read a file with the given content: a row (time, link, position, original, bytes) per frame, and the tally."""

    def _read(content: bytes, format: str | None = None) -> tuple[list[Row], Tally]:
        path = tmp_path / "capture"
        path.write_bytes(content)
        rows: list[Row] = []
        with open_capture(path, format=format) as capture:
            for frames in capture.frames():
                for i in range(len(frames)):
                    at = int(frames.offsets[i])
                    data = frames.buffer[at : at + int(frames.captured[i])].tobytes()
                    head = (frames.times_us[i], frames.links[i], frames.positions[i], frames.original[i])
                    rows.append((*(int(value) for value in head), data))  # type: ignore[arg-type]
            return rows, capture.tally

    return _read
