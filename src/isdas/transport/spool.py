"""
The spool: segments on the sensor's disk until the hub has them.

A segment is there when `Spool.put` returns, and stays until it is acknowledged, refused for good, or the spool is full:
then the oldest go, and the next segment tells of it. What number comes next follows from the files alone, because the
newest stays when it has been sent, until another is newer. So nothing that a crash or a power cut leaves is ambiguous.
"""

import errno
import fcntl
import os
import secrets
import threading
from bisect import insort
from collections.abc import Iterator
from pathlib import Path

from blake3 import blake3

from isdas.model.errors import ConfigError
from isdas.model.time import HOUR_US
from isdas.transport.disk import Disk
from isdas.transport.notebook import Notebook
from isdas.transport.segment import SegmentRefused, read_header

MOST_REFUSED = 100
"""How many refused segments are kept to be looked at."""

_EPOCHS_TOLD = 32
_MOST_TOLD = 1000
"""How many notes of evictions are kept that segments have told."""

_SEGMENT, _SENT, _PART = ".seg", ".sent", ".part"
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class SpoolFull(Exception):
    """There is no room on the disk; nothing of the segment is left on it."""


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
        self._disk = disk or Disk()
        self._mutex = threading.RLock()
        self._hours: dict[int, list[int]] = {}
        self._sizes: dict[int, tuple[int, int]] = {}
        self._newest_sent: Path | None = None
        self._told = 0
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            (path / "refused").mkdir(exist_ok=True)
            self._lock = self._locked()
            self.identity = self._identified()
        except OSError as error:
            raise ConfigError(f"the spool at {path} cannot be used: {error.strerror}") from error
        self._evicted = Notebook(path / "evicted", self._disk)
        self._jumps = Notebook(path / "jumps", self._disk)
        self.next = 0
        self._find()
        self._lost = [note for note in self._evicted if note["in"] >= self.next]
        self._finish_evictions()
        self._jumps_us = [note["us"] for note in self._jumps]

    @property
    def _folder(self) -> Path:
        return self.path / "segments"

    def close(self) -> None:
        """Let another process have it."""
        os.close(self._lock)

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
            raise ConfigError(f"the spool at {self.path} has segments and has lost its identity")
        made = secrets.token_hex(8)
        draft = file.with_suffix(_PART)
        self._disk.write(draft, made.encode() + b"\n")
        self._disk.sync(draft)
        self._disk.rename(draft, file)
        self._disk.sync_folder(self.path)
        return made

    def _find(self) -> None:
        """See which segments are there."""
        newest = -1
        for hour in sorted(self._folder.iterdir()):
            for file in sorted(hour.iterdir()):
                if file.suffix == _PART:
                    self._disk.remove(file)
                    continue
                sequence = int(file.stem)
                if sequence > newest:
                    newest, sent = sequence, self._newest_sent
                    self._newest_sent = file if file.suffix == _SENT else None
                    if sent is not None:
                        self._disk.remove(sent)
                if file.suffix == _SEGMENT:
                    self._note(sequence, int(hour.name), file.stat().st_size)
        self.next = newest + 1

    def _note(self, sequence: int, hour: int, size: int) -> None:
        insort(self._hours.setdefault(hour, []), sequence)
        self._sizes[sequence] = (hour, size)
        self.bytes += size

    def _finish_evictions(self) -> None:
        """Remove what was written down as evicted when the power went."""
        gone = [(note["lost"][0], note["lost"][1]) for note in self._evicted]
        for first, last in gone:
            for sequence in [s for s in self._sizes if first <= s <= last]:
                self._forget(sequence, remove=True)
        # Notes that were told are needed only as long as their files may be there.
        if len(gone) > len(self._lost):
            self._evicted.rewrite(self._lost)

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
            self._jumps.add({"us": by_us})
            self._jumps_us.append(by_us)

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
            return [list(note["lost"]) for note in self._lost]

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
        packets, start_us, end_us = 0, 0, 0
        for each in going:
            data = self._bytes_of(each)
            if data is not None:
                header = read_header(data)
                packets += header.packets
                start_us = min(start_us or header.start_us, header.start_us)
                end_us = max(end_us, header.end_us)
        self._give_up(going, packets, start_us, end_us)

    def _give_up(self, going: list[int], packets: int, start_us: int, end_us: int) -> None:
        """Write down that segments are lost, and remove them."""
        note = {"in": self.next, "lost": [going[0], going[-1], len(going), packets, start_us, end_us]}
        self._evicted.add(note)
        self._lost.append(note)
        self._told += 1
        for each in going:
            self._forget(each, remove=True)
        self._disk.sync_folder(self._folder)

    def put(self, data: bytes) -> None:
        """
        Keep a sealed segment, whose number must be `next` and whose header tells of all that was `lost`.

        Raises:
            SpoolFull: there is no room on the disk.
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
                file.with_suffix(_PART).unlink(missing_ok=True)
                if error.errno in _FULL:
                    raise SpoolFull(str(error)) from error
                raise
            self._note(self.next, hour, len(data))
            self.next += 1
            self._lost = [note for note in self._lost if note["in"] >= self.next]
            if self._told > _MOST_TOLD:
                self._evicted.rewrite(self._lost)
                self._told = 0
            if self._newest_sent is not None:
                self._removed(self._newest_sent)
                self._newest_sent = None

    def _store(self, folder: Path, file: Path, data: bytes) -> None:
        if not folder.exists():
            self._disk.make_folder(folder)
            self._disk.sync_folder(self._folder)
        draft = file.with_suffix(_PART)
        self._disk.write(draft, data)
        self._disk.sync(draft)
        self._disk.rename(draft, file)
        self._disk.sync_folder(folder)

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
                self._give_up([sequence], 0, 0, 0)
            return data

    def _bytes_of(self, sequence: int) -> bytes | None:
        try:
            data = self._file(sequence).read_bytes()
            header = read_header(data)
        except (OSError, SegmentRefused):
            return None
        at = len(data) - 64 - header.body_bytes
        whole = header.sequence == sequence and blake3(data[at:-64]).hexdigest() == header.body_blake3
        return data if whole else None

    def acknowledge(self, sequence: int) -> None:
        """The hub has it: let it go."""
        with self._mutex:
            if sequence not in self._sizes:
                return
            file = self._file(sequence)
            if sequence == self.next - 1:
                # Without it nobody would know after a restart which number comes next.
                self._newest_sent = file.with_suffix(_SENT)
                self._disk.rename(file, self._newest_sent)
                self._forget(sequence, remove=False)
            else:
                self._forget(sequence, remove=True)

    def refuse(self, sequence: int, reason: str) -> None:
        """The hub will never take it: keep it aside with the reason, for somebody to look at."""
        with self._mutex:
            if sequence not in self._sizes:
                return
            aside = self.path / "refused"
            data = self._file(sequence).read_bytes()
            self._disk.write(aside / f"{sequence:012d}.{reason}", data)
            self.acknowledge(sequence)
            for old in sorted(aside.iterdir())[:-MOST_REFUSED]:
                self._disk.remove(old)

    def refused(self) -> list[tuple[int, str]]:
        """The refused segments that are kept, as (sequence, reason)."""
        found = sorted((self.path / "refused").iterdir())
        return [(int(file.name.partition(".")[0]), file.name.partition(".")[2]) for file in found]

    def _file(self, sequence: int) -> Path:
        return self._folder / str(self._sizes[sequence][0]) / f"{sequence:012d}{_SEGMENT}"

    def _forget(self, sequence: int, *, remove: bool) -> None:
        file = self._file(sequence)
        hour, size = self._sizes.pop(sequence)
        self.bytes -= size
        self._hours[hour].remove(sequence)
        if not self._hours[hour]:
            del self._hours[hour]
        if remove:
            if sequence == self.next - 1:
                # An empty file keeps the number, as a sent one does.
                self._newest_sent = file.with_suffix(_SENT)
                self._disk.write(self._newest_sent, b"")
                self._disk.sync_folder(file.parent)
            self._removed(file)

    def _removed(self, file: Path) -> None:
        self._disk.remove(file)
        with os.scandir(file.parent) as left:
            empty = next(left, None) is None
        if empty:
            self._disk.remove_folder(file.parent)
