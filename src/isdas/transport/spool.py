"""
The spool: segments on the sensor's disk until the hub has them.

A segment is there when `Spool.put` returns, and stays until it is acknowledged, refused for good, or the spool is full:
then the oldest go, and the next segment tells of it. What number comes next follows from the files alone, because the
newest stays when it has gone, under another name, until another is newer. So nothing that a crash or a power cut
leaves is ambiguous. There is a folder for each hour, so that none has more than a few hundred names.
"""

import errno
import fcntl
import os
import secrets
import threading
from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from blake3 import blake3

from isdas.model.errors import ConfigError
from isdas.model.time import HOUR_US
from isdas.transport.disk import PART, Disk
from isdas.transport.evictions import Evictions, Lost, merged
from isdas.transport.keys import SIGNATURE_BYTES
from isdas.transport.notebook import Notebook
from isdas.transport.segment import Header, SegmentRefused, read_header

MOST_REFUSED = 100
"""How many refused segments are kept to be looked at."""

_REFUSED_SHARE = 8
"""They take at most this part of the spool's limit."""

_EPOCHS_TOLD = 32
_SEGMENT, _SENT = ".seg", ".sent"
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class SpoolFailed(Exception):
    """A segment could not be kept; nothing of it is left on the disk."""


class SpoolFull(SpoolFailed):
    """There is no room for it on the disk."""


class Spool:
    """
    The spool in one folder, for one process.

    Attributes:
        identity: 16 random hexadecimal digits, made with the folder.
        next: the number of the segment that is put next.
        bytes: what all segments that wait take.
        torn: segments found damaged since the spool was opened; they count as lost.
    """

    def __init__(self, path: Path, limit_bytes: int, disk: Disk | None = None) -> None:
        """
        Open the spool, which is made if it is not there.

        Raises:
            ConfigError: another process has it, or the folder cannot be used.
        """
        self.path = path
        self.limit_bytes = limit_bytes
        self.bytes = 0
        self.torn = 0
        self.next = 0
        self._disk = disk or Disk()
        self._mutex = threading.RLock()
        self._hours: dict[int, list[int]] = {}
        self._sizes: dict[int, tuple[int, int]] = {}
        self._newest_sent: Path | None = None
        self._unsynced: set[Path] = set()
        try:
            self._make()
            self._lock = self._locked()
        except OSError as error:
            raise ConfigError(f"the spool at {path} cannot be used: {error.strerror}") from error
        try:
            self.identity = self._identified()
            self._evictions = Evictions(Notebook(path / "evicted", self._disk))
            self._jumps = Notebook(path / "jumps", self._disk)
            self._find()
        except OSError as error:
            self.close()
            raise ConfigError(f"the spool at {path} cannot be used: {error.strerror}") from error

    @property
    def _folder(self) -> Path:
        return self.path / "segments"

    @property
    def _aside(self) -> Path:
        return self.path / "refused"

    def close(self) -> None:
        """Let another process have it."""
        os.close(self._lock)

    def _make(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        for folder in (self.path, self._folder, self._aside):
            self._disk.make_folder(folder)
            # Synced even if it was there: who made it may have died before.
            self._disk.sync_folder(folder.parent)

    def _locked(self) -> int:
        lock = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(lock)
            raise ConfigError(f"another process uses the spool at {self.path}") from None
        return lock

    def _identified(self) -> str:
        file = self.path / "identity"
        if file.exists():
            return file.read_text(encoding="ascii").strip()
        if any(self._folder.iterdir()):
            self.close()
            raise ConfigError(f"the spool at {self.path} has segments and has lost its identity")
        made = secrets.token_hex(8)
        self._disk.put(file, made.encode() + b"\n")
        return made

    def _find(self) -> None:
        """See which segments are there, and finish what was begun when the process or the power went."""
        sent: dict[int, Path] = {}
        for hour in [each for each in self._folder.iterdir() if each.name.isdigit()]:
            for file in list(hour.iterdir()):
                if file.suffix == PART:
                    self._disk.remove(file)
                elif file.suffix == _SENT and file.stem.isdigit():
                    sent[int(file.stem)] = file
                elif file.suffix == _SEGMENT and file.stem.isdigit():
                    self._note(int(file.stem), int(hour.name), file.stat().st_size)
        newest = max((*sent, *self._sizes), default=-1)
        self.next = max(newest + 1, self._evictions.next)
        self._newest_sent = sent.pop(newest, None)
        header = self._newest_header(newest)
        self._find_jumps(header)
        self._evict_again()
        self._evictions.settle(header, newest)
        for file in sent.values():
            self._disk.remove(file)
            self._unsynced.add(file.parent)
        self._tidy()

    def _newest_header(self, newest: int) -> Header | None:
        file = self._newest_sent or (self._file(newest) if newest in self._sizes else None)
        if file is None:
            return None
        self._disk.sync_folder(file.parent)
        try:
            return read_header(file.read_bytes())
        except SegmentRefused:
            return None

    def _find_jumps(self, newest: Header | None) -> None:
        self._jumps_us: list[int | None] = [note["us"] for note in self._jumps]
        # Jumps that a full disk had no room for are known to have been, but not how far they went.
        missing = 0 if newest is None else newest.clock_epoch - len(self._jumps_us)
        self._jumps_us += [None] * missing
        self._jumps_unwritten = max(missing, 0)

    def _evict_again(self) -> None:
        there = sorted(self._sizes)
        for first, last in self._evictions.gone():
            for sequence in there[bisect_left(there, first) : bisect_right(there, last)]:
                self._forget(sequence)

    def _tidy(self) -> None:
        """Remove empty folders, and notes of what is gone for good."""
        for hour in [each for each in self._folder.iterdir() if each.is_dir()]:
            if any(hour.iterdir()):
                # Whoever died here may have removed files, which come back if nobody syncs that.
                self._unsynced.add(hour)
            else:
                self._disk.remove_folder(hour)
        if self._evictions.gone():
            self._shorten()

    def _shorten(self) -> None:
        for folder in self._unsynced:
            if folder.exists():
                self._disk.sync_folder(folder)
        self._disk.sync_folder(self._folder)
        self._unsynced.clear()
        self._evictions.shorten()

    def _note(self, sequence: int, hour: int, size: int) -> None:
        insort(self._hours.setdefault(hour, []), sequence)
        self._sizes[sequence] = (hour, size)
        self.bytes += size

    def __len__(self) -> int:
        return len(self._sizes)

    @property
    def epoch(self) -> int:
        """How many jumps of the clock there were, and times that it may have been set with nobody looking."""
        return len(self._jumps_us)

    def jumped(self, by_us: int | None) -> None:
        """
        Write down that the clock was set forward, or backward, by some microseconds.

        None is for a sensor that starts: what happened to the clock while it did not run is not known.
        """
        with self._mutex:
            self._jumps_us.append(by_us)
            self._jumps_unwritten += 1
            # On a full disk it is written with the next one; segments say in which epoch they are.
            with suppress(OSError):
                self._jumps.add(*({"us": us} for us in self._jumps_us[-self._jumps_unwritten :]))
                self._jumps_unwritten = 0

    def offsets_us(self, now_us: int) -> dict[int, int]:
        """Hub minus sensor for each epoch whose clock is known by that of the present one."""
        found = {self.epoch: now_us}
        for epoch in reversed(range(max(self.epoch - _EPOCHS_TOLD, 0), self.epoch)):
            jump_us = self._jumps_us[epoch]
            if jump_us is None:
                break
            # A clock that was set forward had been behind by so much more.
            found[epoch] = found[epoch + 1] + jump_us
        return found

    def lost(self) -> list[list[int]]:
        """What was evicted and no segment has told yet, as `Header.lost`."""
        with self._mutex:
            return self._evictions.untold()

    def make_room(self, size: int) -> bool:
        """Evict the oldest segments until *size* more bytes are within the limit; False if that is not enough."""
        with self._mutex:
            while self.bytes + size > self.limit_bytes and self._sizes:
                self._evict(max(self.bytes + size - self.limit_bytes, 1))
            return self.bytes + size <= self.limit_bytes

    def evict(self, size: int) -> bool:
        """Evict the oldest segments that take *size* bytes, or all; False if there is none left to evict."""
        with self._mutex:
            if not self._sizes:
                return False
            self._evict(size)
            return True

    def _evict(self, size: int) -> None:
        """Evict neighbours in number, from the oldest on, until they make up *size*."""
        sequence = min(self._sizes)
        going, found = [], 0
        while sequence in self._sizes and found < size:
            going.append(sequence)
            found += self._sizes[sequence][1]
            sequence += 1
        self._give_up(going)

    def _give_up(self, going: list[int]) -> None:
        """Write down that segments are lost, with what they would have told, and remove them."""
        lost: list[Lost] = []
        for each in going:
            header = self._header(each)
            if header is None:
                lost.append([each, each, 1, 0, 0, 0])
            else:
                lost += [[each, each, 1, header.packets, header.start_us, header.end_us], *header.lost]
        self._evictions.add(self.next, (going[0], going[-1]), merged(lost))
        # Those that could not be written down go too: on a full disk there is no room for a note before.
        for each in going:
            self._forget(each)

    def put(self, data: bytes) -> None:
        """
        Keep a sealed segment, whose number must be `next`.

        What was `lost` and is not in its header is told by the one after it.

        Raises:
            SpoolFull: there is no room on the disk.
            SpoolFailed: the disk does not work.
            ValueError: the number is another.
        """
        header = read_header(data)
        with self._mutex:
            if (header.spool, header.sequence) != (self.identity, self.next):
                raise ValueError(f"segment {header.sequence} is not number {self.next} of spool {self.identity}")
            hour = header.start_us // HOUR_US
            folder = self._folder / str(hour)
            file = folder / f"{self.next:012d}{_SEGMENT}"
            try:
                self._store(folder, file, data)
            except OSError as error:
                with suppress(OSError):
                    self._disk.remove(file.with_suffix(PART))
                    self._disk.remove(file)
                raise (SpoolFull if error.errno in _FULL else SpoolFailed)(str(error)) from error
            self._note(self.next, hour, len(data))
            self.next += 1
            self._evictions.told(header)
            with suppress(OSError):
                self._leave_behind()

    def _leave_behind(self) -> None:
        """What is not needed any more, now that another segment is the newest."""
        if self._newest_sent is not None:
            self._removed(self._newest_sent)
            self._newest_sent = None
        if self._evictions.many:
            self._shorten()

    def _store(self, folder: Path, file: Path, data: bytes) -> None:
        if not folder.exists():
            self._disk.make_folder(folder)
            self._disk.sync_folder(self._folder)
        self._disk.put(file, data)

    def waiting(self) -> Iterator[int]:
        """The segments that wait to be sent: those of the newest hour first, in each hour by number."""
        with self._mutex:
            hours = sorted(self._hours, reverse=True)
        for hour in hours:
            with self._mutex:
                there = list(self._hours.get(hour, ()))
            yield from there

    def read(self, sequence: int) -> bytes | None:
        """A segment's bytes; None if it is gone, or damaged: then it is lost, and the next segment tells so."""
        with self._mutex:
            if sequence not in self._sizes:
                return None
            data = self._bytes_of(sequence)
            if data is None:
                self.torn += 1
                self._give_up([sequence])
            return data

    def _header(self, sequence: int) -> Header | None:
        data = self._bytes_of(sequence)
        return None if data is None else read_header(data)

    def _bytes_of(self, sequence: int) -> bytes | None:
        try:
            data = self._file(sequence).read_bytes()
            header = read_header(data)
        except (OSError, SegmentRefused):
            return None
        body = data[-SIGNATURE_BYTES - header.body_bytes : -SIGNATURE_BYTES]
        whole = header.sequence == sequence and blake3(body).hexdigest() == header.body_blake3
        return data if whole else None

    def acknowledge(self, sequence: int) -> None:
        """The hub has it: let it go."""
        with self._mutex:
            if sequence in self._sizes:
                self._forget(sequence)

    def refuse(self, sequence: int, reason: str) -> None:
        """The hub will never take it: keep it aside with the reason, for somebody to look at."""
        with self._mutex:
            data = self._bytes_of(sequence) if sequence in self._sizes else None
            if data is None:
                return
            # It is kept to be looked at, not to be sent: without room it is not.
            with suppress(OSError):
                self._disk.write(self._aside / f"{sequence:012d}.{reason}", data)
            self._forget(sequence)
            self._thin_out()

    def _thin_out(self) -> None:
        kept = 0
        files = sorted(self._aside.iterdir(), reverse=True)
        for i, file in enumerate(files):
            kept += file.stat().st_size
            if i >= MOST_REFUSED or kept > self.limit_bytes // _REFUSED_SHARE:
                self._disk.remove(file)

    def refused(self) -> list[tuple[int, str]]:
        """The refused segments that are kept, as (sequence, reason)."""
        parts = [file.name.partition(".") for file in sorted(self._aside.iterdir())]
        return [(int(number), reason) for number, _, reason in parts if number.isdigit()]

    def _file(self, sequence: int) -> Path:
        return self._folder / str(self._sizes[sequence][0]) / f"{sequence:012d}{_SEGMENT}"

    def _forget(self, sequence: int) -> None:
        file = self._file(sequence)
        hour, size = self._sizes.pop(sequence)
        self.bytes -= size
        self._hours[hour].remove(sequence)
        if not self._hours[hour]:
            del self._hours[hour]
        if sequence == self.next - 1:
            # Without it nobody would know after a restart which number comes next.
            self._newest_sent = file.with_suffix(_SENT)
            self._disk.rename(file, self._newest_sent)
        else:
            self._removed(file)

    def _removed(self, file: Path) -> None:
        self._disk.remove(file)
        self._unsynced.add(file.parent)
        with os.scandir(file.parent) as left:
            empty = next(left, None) is None
        if empty:
            self._disk.remove_folder(file.parent)
