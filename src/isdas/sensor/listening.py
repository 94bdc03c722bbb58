"""
The thread that listens: copies frames out of the kernel's ring and hands them over, minute by minute.

It waits for packets and for nothing else. What the other side has no room for is dropped and counted.
"""

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from isdas.capture.live import Live
from isdas.capture.ring import EDGE, FOREVER, FULL, Gathering
from isdas.model.errors import IsdasError
from isdas.model.frames import Frames
from isdas.sensor.handover import Cut, Handover, Heard
from isdas.sensor.stretch import LAG_US, Stretch
from isdas.transport.clock import Clock, Jumps

BUFFER_BYTES = 4 << 20
"""So many bytes of frames are handed over together, or what there is at the end of a segment."""

_MOST_FRAMES = 1 << 15
_OUTGOING_BYTES = 1 << 18
_LOOK_S = 1.0
_LOOK_AGAIN_US = 10_000_000
"""How long to wait for frames at most, and how often the interface is looked at even if nothing was said to change."""

_ASLEEP_US = 2_000_000
_AT_ONCE = 16
"""How many blocks are read before the clock is looked at again."""

_NEVER = 1 << 62


@dataclass(slots=True)
class Figures:
    """
    What the thread has counted since it began.

    Attributes:
        heard: frames that came in and were read.
        kernel, ring: those that were lost there.
        passed: frames that passed the filter, by the kernel's own count; those that were lost included.
        freezes: how often the ring of the kernel was full.
        segments: how many were cut.
        jumps: how often the clock was set.
        last_us: time of the last frame; 0 before the first.
        up: whether the interface is up; None if it is gone.
    """

    heard: int = 0
    kernel: int = 0
    ring: int = 0
    passed: int = 0
    freezes: int = 0
    segments: int = 0
    jumps: int = 0
    last_us: int = 0
    up: bool | None = True


@dataclass(slots=True)
class Listening:
    """
    A live capture on its way to be sealed.

    Attributes:
        live: the capture.
        handover: where to.
        clock: tells the time.
        seconds, packets: a segment is that long, and has no more packets.
        offset_s: gives hub minus sensor as last measured.
        awake_us: a clock that stands still while the machine sleeps.
    """

    live: Live
    handover: Handover
    clock: Clock
    seconds: int = 60
    packets: int = 100_000
    offset_s: Callable[[], float | None] = lambda: None
    awake_us: Callable[[], int] = lambda: time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
    figures: Figures = field(default_factory=Figures)
    stop: threading.Event = field(default_factory=threading.Event)
    _jumps: Jumps = field(init=False)
    _stretch: Stretch = field(init=False)
    _began_us: int = field(init=False)
    _looked_us: int = field(init=False)
    _slept_us: int = field(init=False)
    _into: Gathering = field(init=False)
    _out: Gathering = field(init=False)
    _in_segment: int = 0
    _ring: int = 0
    _offset_s: float | None = None
    _stepped_us: int = 0
    _networks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self._jumps = Jumps(self.clock)
        self._stretch = Stretch.begin(self.clock.realtime_us(), self.seconds)
        self._began_us = self._looked_us = self.clock.running_us()
        self._slept_us = self._asleep_us()
        self._stepped_us = self._stretch.start_us
        self._into, self._out = Gathering(BUFFER_BYTES), Gathering(_OUTGOING_BYTES)
        self.figures.up = self.live.up()
        self._networks = self.live.networks

    def run(self) -> None:
        """Listen until `stop` is set or the interface is gone; the last segment ends there."""
        try:
            while not self.stop.is_set() and self.figures.up is not None:
                self.live.wait(_LOOK_S)
                self.step()
            self._finish()
        finally:
            self.handover.end()

    def step(self) -> None:
        """Read what there is, and end the segment where it is due."""
        self._look_at_clock()
        edge = self._read()
        now_us, running_us = self.clock.realtime_us(), self.clock.running_us()
        while True:
            end_us = self._stretch.ended_us(now_us, running_us, waiting=self.live.ready, edge=edge)
            if end_us is None:
                break
            self._cut(end_us, self._stretch.next(end_us, now_us, self.seconds))
            edge = self._read()
        self._look_at_interface(now_us, running_us)
        self._offset_s = self.offset_s()
        self._stepped_us = now_us

    def _look_at_clock(self) -> None:
        jump_us = self._jumps.jump_us()
        if jump_us:
            self.figures.jumps += 1
            self._stretch.set(jump_us, self.clock.realtime_us(), self.clock.running_us())
        asleep_us = self._asleep_us()
        if asleep_us - self._slept_us > _ASLEEP_US and not self._stretch.jump_us:
            # While the machine slept nobody listened; what came before that is read first.
            self._read(_NEVER)
            end_us = max(min(self._stepped_us, self._stretch.until_us), self._stretch.start_us)
            self._cut(end_us, Stretch.begin(self.clock.realtime_us(), self.seconds))
        self._slept_us = asleep_us

    def _asleep_us(self) -> int:
        """For how long the machine has slept: what the clock that goes on is ahead of the one that does not."""
        return self.clock.running_us() - self.awake_us()

    def _read(self, blocks: int = _AT_ONCE) -> bool:
        """Read the blocks that are there; whether the next frame belongs to the next stretch."""
        self._hear_outgoing()
        while self.live.ready and blocks:
            # What went out before the last frame of the block came in is there by now.
            self._hear_outgoing()
            before = self._into.n
            stop, time_us = self.live.gather(self._into, self._stretch.between(), self._room())
            found = self._into.n - before
            self.figures.heard += found
            self._in_segment += found
            if found:
                self.figures.last_us = int(self._into.columns.times_us[self._into.n - 1])
            if stop == EDGE and not self._take_stray(time_us):
                return True
            if stop == FULL:
                self._hand_over(time_us)
            if self._in_segment >= self.packets and not self._stretch.jump_us:
                end_us = max(time_us or self.figures.last_us + 1, self._stretch.start_us)
                self._cut(end_us, Stretch.begin(end_us, self.seconds))
            blocks -= stop != FULL
        return False

    def _take_stray(self, time_us: int) -> bool:
        """Take the next frame with the present time, if it bears none that can be; whether that was so."""
        now_us = self.clock.realtime_us()
        if not self._stretch.is_stray(time_us, now_us) or self._into.n >= _MOST_FRAMES:
            return False
        before = self._into.n
        self.live.gather(self._into, FOREVER, before + 1)
        if self._into.n == before:
            return False
        present_us = max(min(now_us, self._stretch.until_us - 1), self._stretch.start_us)
        self._into.columns.times_us[before] = present_us
        self.figures.heard += 1
        self._in_segment += 1
        return True

    def _room(self) -> int:
        """How many frames there may be in the buffer."""
        if self._stretch.jump_us:
            return _MOST_FRAMES
        return min(_MOST_FRAMES, self._into.n + self.packets - self._in_segment)

    def _hear_outgoing(self) -> None:
        while not self.live.gather_outgoing(self._out):
            self._hand_over(self.figures.last_us)
            if self._out.n:
                # There is no room for it: what it would have told is not known.
                self._out.empty()

    def _hand_over(self, until_us: int) -> None:
        """Hand over what was read, if anything was, copied to no more memory than it needs."""
        if not self._into.n and not self._out.n:
            return
        link = self.live.interface.link
        frames = self._into.frames(link)
        if self.handover.offer(Heard(_copy(frames), _copy(self._out.frames(link)), until_us, self._networks)):
            self._out.empty()
        else:
            self._ring += len(frames)
            self.figures.ring += len(frames)
        self._into.empty()

    def _cut(self, end_us: int, following: Stretch) -> None:
        """End the segment here; *following* is the stretch of the next."""
        self._hand_over(end_us)
        losses = self.live.losses()
        self.figures.kernel += losses.dropped
        self.figures.passed += losses.packets
        self.figures.freezes += losses.freezes
        self.figures.segments += 1
        stretch, up = self._stretch, self.figures.up is True
        jump_us = stretch.jump_us
        self.handover.cut(
            Cut(
                stretch.start_us,
                max(end_us, stretch.start_us),
                self._networks,
                {"kernel": losses.dropped, "ring": self._ring},
                # After a jump only what was measured before it is of the clock that ends here.
                self._offset_s if jump_us else self.offset_s(),
                jump_us,
                up,
                (self.clock.running_us() - self._began_us) // 1_000_000,
            )
        )
        self._stretch, self._ring, self._in_segment = following, 0, 0
        self._networks = self.live.networks

    def _look_at_interface(self, now_us: int, running_us: int) -> None:
        """End the segment where the interface goes down or up, or its addresses change: each has one truth."""
        if not self.live.changed() and running_us - self._looked_us < _LOOK_AGAIN_US:
            return
        self._looked_us = running_us
        up = self.live.up()
        if up is not self.figures.up:
            self._end_at(now_us)
            self.figures.up = up
        if up is None:
            return
        # If the interface goes at this very moment, the next look tells.
        with suppress(OSError, IsdasError):
            if self.live.follow():
                self._end_at(now_us)

    def _end_at(self, now_us: int) -> None:
        if self._stretch.jump_us or now_us >= self._stretch.until_us:
            # It ends by itself, in a moment; what comes until then is of both.
            self._networks = self.live.networks
            return
        end_us = max(now_us, self._stretch.start_us)
        self._cut(end_us, Stretch.begin(end_us, self.seconds))

    def _finish(self) -> None:
        """Read what came until now, and end the last segment there."""
        now_us = self.clock.realtime_us()
        if not self._stretch.jump_us:
            self._stretch.until_us = min(self._stretch.until_us, max(now_us, self._stretch.start_us))
        over = time.monotonic() + LAG_US / 1e6
        while not self._read(_NEVER) and time.monotonic() < over:
            self.live.wait(LAG_US / 1e6)
        end_us = self._stretch.start_us if self._stretch.jump_us else self._stretch.until_us
        self._cut(end_us, Stretch.begin(end_us, self.seconds))


def _copy(frames: Frames) -> Frames:
    """The same frames in memory of their own."""
    used = int(frames.offsets[-1]) + int(frames.captured[-1]) if len(frames) else 0
    return Frames(
        frames.buffer[:used].copy(),
        frames.offsets.copy(),
        frames.captured.copy(),
        frames.original.copy(),
        frames.times_us.copy(),
        frames.links.copy(),
        frames.positions.copy(),
    )
