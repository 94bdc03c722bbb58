"""
The door: segments that sensors send are checked side by side, admitted by the group in one thread, then acknowledged.

A request is answered when the commit that holds its segments is on the disk, so a sensor deletes nothing that could
still be lost. What waits is bounded; a hub whose disk is full takes nothing and asks sensors to keep what they have.
"""

import logging
import os
import queue
import shutil
import threading
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field

from isdas.enrich.region import Lookups
from isdas.hub.checking import Candidate, PutOff, check
from isdas.hub.config import Config
from isdas.hub.group import Groups
from isdas.hub.heard import heard_of
from isdas.hub.room import Full, Room
from isdas.hub.sender import Sender
from isdas.hub.turned_away import Counted
from isdas.lake.lake import Lake
from isdas.model.errors import LakeError
from isdas.model.time import now
from isdas.transport.body import MOST_RAW_BYTES
from isdas.transport.keys import Key
from isdas.transport.protocol import Result
from isdas.transport.segment import SegmentRefused, digest, read_header

_LOG = logging.getLogger("isdas.hub")
_DAY_US = 86_400_000_000
_UNPACKED = 2
"""How many times larger than what is sent that may be which it is unpacked to, all together."""

_IDLE_S = 5.0
"""After so long without segments, what was turned away meanwhile is written down."""


@dataclass(slots=True)
class Parcel:
    """
    The segments of one request.

    Attributes:
        sender: who sent it.
        results: one each; None for those that are to be decided with their group.
        candidates: these, with their places among the results.
        unpacked_bytes: how much room they have.
        done: told when all is decided.
    """

    sender: Sender
    results: list[Result | None]
    candidates: list[tuple[int, Candidate]] = field(default_factory=list)
    unpacked_bytes: int = 0
    done: "Future[list[Result]]" = field(default_factory=Future)

    @property
    def packets(self) -> int:
        """How many packets wait to be decided about."""
        return sum(len(candidate.packets) for _, candidate in self.candidates)

    def answer(self) -> None:
        """Tell that all is decided; who asked may have gone meanwhile."""
        if self.done.set_running_or_notify_cancel():
            self.done.set_result([result for result in self.results if result is not None])

    def fail(self, error: BaseException) -> None:
        """Tell that nothing can be said, if nothing was."""
        if not self.done.done() and self.done.set_running_or_notify_cancel():
            self.done.set_exception(error)


class Door:
    """
    The hub's door for segments. Begins with `start`, ends with `stop`.

    Args:
        lake: the tables; no other part of this process admits to them.
        lookups: what labels packets.
        key: the hub's, which signs receipts.
        config: how much is taken, and how long it waits.

    Attributes:
        counted: what was turned away.
        room: how much may wait.
    """

    def __init__(self, lake: Lake, lookups: Lookups, key: Key, config: Config) -> None:
        self._lake = lake
        self._config = config
        self._groups = Groups(lake, lookups, key)
        self._queue: queue.SimpleQueue[Parcel | None] = queue.SimpleQueue()
        self._checkers = ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="isdas-check")
        self._writer = threading.Thread(target=self._write, name="isdas-door", daemon=True)
        self._stopping = threading.Event()
        self._figures: Counter[str] = Counter()
        self._last: dict[str, float] = {}
        self.counted = Counted(lake.records.database)
        self.room = Room(config.waiting_mb << 20)
        self._unpacked = Room(max(config.waiting_mb << 20, MOST_RAW_BYTES) * _UNPACKED)

    def start(self) -> None:
        """Begin to admit."""
        self._writer.start()

    def stop(self) -> None:
        """Take no more, finish what waits, and end."""
        self._stopping.set()
        self._checkers.shutdown(wait=True)
        self._queue.put(None)
        if self._writer.ident is not None:
            self._writer.join()

    @property
    def alive(self) -> bool:
        """Whether it admits."""
        return self._writer.is_alive()

    def take(self, sender: Sender, segments: Sequence[bytes], received_us: int) -> "Future[list[Result]]":
        """
        Take the segments of a request; what became of them is told when it is on the disk.

        Args:
            received_us: when the request came.

        Raises:
            Full: the door is closing.
        """
        parcel = Parcel(sender, [None] * len(segments))
        try:
            self._checkers.submit(self._check, parcel, segments, received_us)
        except RuntimeError:
            raise Full from None
        return parcel.done

    def figures(self) -> dict[str, float]:
        """What was done since the start, and the last group: for metrics."""
        done = {name: float(n) for name, n in sorted(self._figures.items())}
        turned = {f"turned_away_{reason}": float(n) for reason, n in sorted(self.counted.total.items())}
        return {**done, **turned, **self._last, "waiting_bytes": self.room.taken}

    def roomy(self) -> bool:
        """Whether there is enough room on the disk to take anything."""
        return shutil.disk_usage(self._lake.path).free >= self._config.least_free_mb << 20

    def _check(self, parcel: Parcel, segments: Sequence[bytes], received_us: int) -> None:
        """Look at the segments of a parcel, which then waits for its group."""
        try:
            oldest_us = received_us - self._config.oldest_days * _DAY_US
            roomy = self.roomy()
            for place, data in enumerate(segments):
                found = self._checked(data, parcel, received_us, oldest_us) if roomy else None
                if isinstance(found, Candidate):
                    parcel.candidates.append((place, found))
                else:
                    parcel.results[place] = found or Result(digest(data), "later", "disk-full")
        except BaseException as error:
            # Nobody else would tell whoever waits.
            self._fail([parcel], error)
            raise
        self._queue.put(parcel)

    def _checked(self, data: bytes, parcel: Parcel, received_us: int, oldest_us: int) -> Candidate | Result:
        known_by = digest(data)
        key_of = self._lake.sensors.key
        try:
            # A segment says how much it is unpacked to, and is unpacked to nothing else.
            size = read_header(data).raw_bytes
            self._unpacked.take(size)
            parcel.unpacked_bytes += size
            by = bytes.fromhex(known_by)
            return check(data, by, parcel.sender, key_of, received_us=received_us, oldest_us=oldest_us)
        except SegmentRefused as refusal:
            return Result(known_by, "refused", refusal.reason)
        except PutOff as put_off:
            return Result(known_by, "later", put_off.reason)
        except Full:
            return Result(known_by, "later", "no-room")

    def _write(self) -> None:
        going = True
        while going:
            parcels, going = self._gather()
            try:
                if parcels:
                    self._admit(parcels)
            except Exception as error:
                # Without this thread the hub would take segments and never answer.
                _LOG.exception("%d requests could not be answered", len(parcels))
                self._fail(parcels, error)
            # What cannot be written now is written with the next group.
            with suppress(LakeError):
                self.counted.write()

    def _gather(self) -> tuple[list[Parcel], bool]:
        """The parcels of the next group, and whether there may be more after it."""
        parcels: list[Parcel] = []
        until, packets = 0.0, 0
        while packets < self._config.group_packets:
            try:
                parcel = self._queue.get(timeout=max(0.0, until - time.monotonic()) if parcels else _IDLE_S)
            except queue.Empty:
                break
            if parcel is None:
                return parcels, False
            if not parcel.candidates:
                self._finish(parcel)
                continue
            until = until or time.monotonic() + self._config.group_seconds
            parcels.append(parcel)
            packets += parcel.packets
        return parcels, True

    def _admit(self, parcels: Sequence[Parcel]) -> None:
        candidates = [candidate for parcel in parcels for _, candidate in parcel.candidates]
        began, now_us = time.monotonic(), micros()
        results = iter(self._admitted(candidates, now_us))
        self._last = {
            "last_group_seconds": time.monotonic() - began,
            "last_group_segments": float(len(candidates)),
            "last_group_packets": float(sum(len(candidate.packets) for candidate in candidates)),
            "last_group_at": now_us / 1e6,
        }
        for parcel in parcels:
            for place, _ in parcel.candidates:
                parcel.results[place] = next(results)
            self._finish(parcel)
        with suppress(LakeError):
            self._lake.sensors.heard(heard_of(candidates, now_us))

    def _admitted(self, candidates: Sequence[Candidate], now_us: int) -> list[Result]:
        """What became of some segments; if it is not known for all of them together, halves are tried."""
        try:
            results = self._groups.admit(candidates, now_us)
        except LakeError as error:
            reason = "hub-busy" if self.roomy() else "disk-full"
            _LOG.warning("a group of %d segments was put off: %s", len(candidates), error)
            return [_later(each, reason) for each in candidates]
        except Exception:
            if len(candidates) > 1:
                half = len(candidates) // 2
                return [*self._admitted(candidates[:half], now_us), *self._admitted(candidates[half:], now_us)]
            # It may be a fault of the hub, so it is not refused for ever.
            _LOG.exception("segment %d of %s was put off", candidates[0].header.sequence, candidates[0].name)
            return [_later(candidates[0], "hub-failed")]
        self._figures["groups"] += any(map(_fresh, results))
        return results

    def _finish(self, parcel: Parcel) -> None:
        """Count what became of a parcel's segments, and tell whoever waits."""
        for result in parcel.results:
            if result is not None:
                self._figures[f"segments_{result.state}"] += 1
                if result.reason:
                    self.counted.add(result.reason, parcel.sender.key.name)
        fresh = (candidate for place, candidate in parcel.candidates if _fresh(parcel.results[place]))
        for candidate in fresh:
            self._figures["packets_admitted"] += len(candidate.packets)
            self._figures["clock_corrected"] += candidate.shifted
        self._unpacked.give(parcel.unpacked_bytes)
        parcel.unpacked_bytes = 0
        parcel.answer()

    def _fail(self, parcels: Sequence[Parcel], error: BaseException) -> None:
        for parcel in parcels:
            self._unpacked.give(parcel.unpacked_bytes)
            parcel.unpacked_bytes = 0
            parcel.fail(error)


def _later(one: Candidate, reason: str) -> Result:
    return Result(one.digest.hex(), "later", reason)


def _fresh(result: Result | None) -> bool:
    return result is not None and result.state == "admitted"


def micros() -> int:
    """The hub's clock, microseconds since 1970."""
    return round(now().timestamp() * 1e6)
