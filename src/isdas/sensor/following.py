"""
A folder of captures as a sensor's input: what somebody else captures becomes segments, each packet once.

How far each file has been read is written down before a segment is put, for the case that it is put and for the case
that it is not; which case it is, the spool knows after any crash.
"""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from isdas.capture.growing import Growing
from isdas.model.frames import Frames
from isdas.model.monitored import Monitored
from isdas.model.packets import Packets
from isdas.model.time import HOUR_US
from isdas.sensor.handover import Cut
from isdas.sensor.sealing import Sealing
from isdas.transport.clock import Clock
from isdas.transport.disk import Disk

MOST_PACKETS = 50_000
"""A segment with no more packets is never too large, so that it is put as a whole."""

_LOOK_S = 1.0


@dataclass(slots=True)
class Following:
    """
    A folder on its way to be sealed.

    Attributes:
        folder: where somebody else captures.
        networks: what is monitored.
        sealing: seals.
        note: the file in which is written how far each capture has been read.
        clock: tells the time.
        seconds: how long packets wait to be sealed.
        quiet_us: longest silence that counts as observed.
    """

    folder: Path
    networks: tuple[str, ...]
    sealing: Sealing
    note: Path
    clock: Clock
    seconds: int = 60
    quiet_us: int = 600_000_000
    disk: Disk = field(default_factory=Disk)
    stop: threading.Event = field(default_factory=threading.Event)
    growing: Growing = field(init=False)
    read: int = 0
    _monitored: Monitored = field(init=False)
    _done: dict[str, int] = field(default_factory=dict)
    _sealed: dict[str, int] = field(default_factory=dict)
    _start_us: int | None = None
    _end_us: int | None = None
    _taken: int = 0
    _since_us: int = 0
    _began_us: int = 0

    def __post_init__(self) -> None:
        self._monitored = Monitored.parse(self.networks)
        self._done, self._end_us = self._read_note()
        self._sealed = dict(self._done)
        self.growing = Growing(self.folder, dict(self._done))
        self._began_us = self._since_us = self.clock.running_us()

    @property
    def last_us(self) -> int:
        """Time of the last packet that was read; 0 before the first."""
        return self._end_us or 0

    def run(self) -> None:
        """Follow until `stop` is set; what has been read is sealed then."""
        try:
            while not self.stop.is_set():
                self.step()
                self.stop.wait(_LOOK_S)
            self.cut()
        finally:
            self.growing.close()

    def step(self) -> None:
        """Read what is new, and seal what is due."""
        try:
            for name, frames in self.growing.news():
                for part in _parts(frames, MOST_PACKETS):
                    self._take(name, part)
                    if self.stop.is_set():
                        return
        except OSError as error:
            self.sealing.sealed.trouble = f"{self.folder} cannot be read: {error.strerror}"
        if self.clock.running_us() - self._since_us >= self.seconds * 1_000_000:
            self.cut()

    def _take(self, name: str, frames: Frames) -> None:
        times = frames.times_us[frames.times_us >= 0]
        if len(times):
            first_us, last_us = int(times.min()), int(times.max())
            start_us, end_us = self._start_us, self._end_us
            if (
                self._taken
                and start_us is not None
                and (
                    self._taken + len(frames) > MOST_PACKETS
                    or max(last_us, end_us or last_us) - min(first_us, start_us) > HOUR_US
                    or not self._follows(first_us)
                )
            ):
                self.cut()
            if self._start_us is None:
                # A silence may have been one of the network or one of the capture; a long one is not believed.
                self._start_us = (
                    min(end_us, first_us) if end_us is not None and self._near(first_us, last_us) else first_us
                )
                self._start_us = min(self._start_us, first_us)
            self._end_us = max(self._end_us or last_us, last_us) if self._follows(first_us) else last_us
        self._hear(frames)
        self.read += len(frames)
        self._taken += len(frames)
        self._done[name] = int(frames.positions[-1]) + 1

    def _near(self, first_us: int, last_us: int) -> bool:
        """Whether packets of these times go on where the segment before ended, all within an hour."""
        return self._follows(first_us) and last_us - (self._end_us or 0) <= HOUR_US

    def _follows(self, first_us: int) -> bool:
        return self._end_us is not None and abs(first_us - self._end_us) <= self.quiet_us

    def _hear(self, frames: Frames) -> None:
        """Take frames in; the capture has both directions, which addresses tell apart."""
        packets, tally = self.sealing.decoded(frames, self._monitored)
        to_us = self._monitored.holds(packets.numpy("destination_high"), packets.numpy("destination_low"))
        from_us = self._monitored.holds(packets.numpy("source_high"), packets.numpy("source_low"))
        out = from_us & ~to_us
        if out.any():
            self.sealing.own.went_out(_opening(Packets(packets.table.filter(pa.array(out)))))
        self.sealing.take(packets, tally, self._monitored)

    def cut(self) -> None:
        """Seal what has been read since the last cut."""
        self._since_us = self.clock.running_us()
        now_us = self.clock.realtime_us()
        start_us = self._start_us if self._start_us is not None else self._end_us or now_us
        end_us = max(self._end_us or start_us, start_us)
        self._write_note()
        uptime_s = (self.clock.running_us() - self._began_us) // 1_000_000
        self.sealing.cut(Cut(start_us if self._taken else end_us, end_us, self.networks, uptime_s=uptime_s))
        self._sealed = dict(self._done)
        # What is gone from the folder needs no number any more.
        self._done = {name: n for name, n in self._done.items() if name in self.growing.done}
        self._start_us, self._taken = None, 0

    def _write_note(self) -> None:
        note = {
            "number": self.sealing.spool.next,
            "before": self._sealed,
            "after": self._done,
            "end_us": self._end_us,
        }
        self.disk.put(self.note, orjson.dumps(note))

    def _read_note(self) -> tuple[dict[str, int], int | None]:
        if not self.note.exists():
            return {}, None
        said = orjson.loads(self.note.read_bytes())
        put = self.sealing.spool.next > said["number"]
        return dict(said["after" if put else "before"]), said["end_us"] if put else None


def _parts(frames: Frames, most: int) -> Iterator[Frames]:
    """Frames in parts that fit into a segment each: not too many, and not from more than an hour."""
    first = 0
    while first < len(frames):
        times = frames.times_us[first : first + most]
        far = np.flatnonzero(np.abs(times - times[0]) > HOUR_US // 2)
        last = first + (int(far[0]) if len(far) else len(times))
        yield Frames(
            frames.buffer,
            frames.offsets[first:last],
            frames.captured[first:last],
            frames.original[first:last],
            frames.times_us[first:last],
            frames.links[first:last],
            frames.positions[first:last],
        )
        first = last


def _opening(packets: Packets) -> Packets:
    """Of packets that went out those that may open a connection."""
    table = packets.table
    plain = pc.equal(pc.bit_wise_and(pc.fill_null(table.column("tcp_flags"), 0), 0x12), 2)
    return Packets(table.filter(pc.or_(plain, pc.not_equal(table.column("protocol"), 6))))
