"""
The power goes at any moment, and what was not synced is lost in part: no segment is lost, doubled or misnumbered.
"""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from isdas.model.packets import Packets
from isdas.model.time import HOUR_US
from isdas.transport.disk import Disk
from isdas.transport.keys import Key
from isdas.transport.segment import Header, read_header, seal
from isdas.transport.spool import Spool, SpoolFull


class PowerCut(BaseException):
    """The power is gone: nothing after this is done."""


@dataclass(eq=False)
class File:
    """A file, as it is seen, and as it is on the disk."""

    seen: bytes = b""
    kept: bytes = b""

    def after(self, rng: np.random.Generator) -> bytes:
        """What may be found in it after the power was gone."""
        if self.seen == self.kept:
            return self.kept
        # What is put behind what a file holds does not harm that.
        held = self.kept if self.seen.startswith(self.kept) else b""
        new = self.seen[len(held) :]
        torn = new[: int(rng.integers(len(new) + 1))]
        # Some file systems give a file its length before its bytes.
        return (self.kept, self.seen, held + torn, held + bytes(len(new)))[int(rng.integers(4))]


@dataclass(eq=False)
class Folder:
    """A folder, with the names that are on the disk."""

    names: "dict[str, File | Folder]" = field(default_factory=dict)


Change = tuple[Folder, dict[str, "File | Folder | None"]]
"""New names in a folder, and those that are gone; all or none of one change is on the disk."""


class LossyDisk(Disk):
    """
    The disk below *root*.

    Attributes:
        calls: how many there were.
        cut_at: the call at which the power goes; never if it is negative.
        full_at: calls that find no room.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.calls = 0
        self.cut_at = -1
        self.full_at: set[int] = set()
        self._at: dict[Path, File | Folder] = {}
        self._changes: list[Change] = []

    def write(self, path: Path, data: bytes) -> None:
        """As it says, and remembered."""
        self._called(writes=True)
        file = self._at.get(path)
        if not isinstance(file, File):
            file = self._file(path)
        super().write(path, data)
        file.seen = data

    def append(self, path: Path, data: bytes) -> None:
        """As it says, and remembered."""
        self._called(writes=True)
        file = self._at.get(path)
        if not isinstance(file, File):
            file = self._file(path)
        super().append(path, data)
        file.seen += data

    def sync(self, path: Path) -> None:
        """As it says, and remembered; not done on the real disk, which this is not about."""
        self._called()
        file = self._at[path]
        assert isinstance(file, File)
        file.kept = file.seen

    def sync_folder(self, path: Path) -> None:
        """As it says, and remembered."""
        self._called()
        folder = self._folder(path)
        for where, names in self._changes:
            if where is folder:
                _apply(folder, names)
        self._changes = [change for change in self._changes if change[0] is not folder]

    def rename(self, path: Path, to: Path) -> None:
        """As it says, and remembered; only within a folder."""
        self._called()
        assert path.parent == to.parent
        super().rename(path, to)
        file = self._at.pop(path)
        self._at[to] = file
        self._changes.append((self._folder(to.parent), {path.name: None, to.name: file}))

    def remove(self, path: Path) -> None:
        """As it says, and remembered."""
        self._called()
        super().remove(path)
        if self._at.pop(path, None) is not None:
            self._changes.append((self._folder(path.parent), {path.name: None}))

    def make_folder(self, path: Path) -> None:
        """As it says, and remembered."""
        self._called(writes=True)
        if not path.exists():
            super().make_folder(path)
            self._at[path] = made = Folder()
            self._changes.append((self._folder(path.parent), {path.name: made}))

    def remove_folder(self, path: Path) -> None:
        """As it says, and remembered."""
        self._called()
        super().remove_folder(path)
        self._at.pop(path)
        self._changes.append((self._folder(path.parent), {path.name: None}))

    def after_power_cut(self, root: Path, rng: np.random.Generator) -> "LossyDisk":
        """A disk with what may be found after the power was gone: of what was not synced anything, or nothing."""
        share = (0.0, 0.5, 1.0)[int(rng.integers(3))]
        for where, names in self._changes:
            if rng.random() < share:
                _apply(where, names)
        found = LossyDisk(root)
        found._lay(root, self._folder(self.root), rng)
        return found

    def _lay(self, path: Path, folder: Folder, rng: np.random.Generator) -> None:
        path.mkdir()
        self._at[path] = mine = Folder()
        for name, each in folder.names.items():
            if isinstance(each, Folder):
                self._lay(path / name, each, rng)
            else:
                data = each.after(rng)
                (path / name).write_bytes(data)
                self._at[path / name] = File(data, data)
            mine.names[name] = self._at[path / name]

    def _called(self, *, writes: bool = False) -> None:
        self.calls += 1
        if self.calls == self.cut_at:
            raise PowerCut
        if writes and self.calls in self.full_at:
            raise OSError(errno.ENOSPC, "no space left on device")

    def _file(self, path: Path) -> File:
        self._at[path] = made = File()
        self._changes.append((self._folder(path.parent), {path.name: made}))
        return made

    def _folder(self, path: Path) -> Folder:
        folder = self._at.get(path)
        if folder is None:
            self._at[path] = folder = Folder()
            if path != self.root:
                # Made past this disk, so nothing is known of its name having been synced.
                self._changes.append((self._folder(path.parent), {path.name: folder}))
        assert isinstance(folder, Folder)
        return folder


def _apply(folder: Folder, names: "dict[str, File | Folder | None]") -> None:
    for name, each in names.items():
        if each is None:
            folder.names.pop(name, None)
        else:
            folder.names[name] = each


KEY = Key(bytes(range(32)))
NOTHING = Packets.of({}, 0)
SIZE = 750
"""About what a segment of no packets takes."""


def sealed(spool: Spool, start_us: int) -> bytes:
    """The next segment of a spool, which tells what was lost."""
    lost = spool.lost()
    said = Header("", spool.identity, spool.next, "0.1", start_us, start_us + 60_000_000, start_us, lost=lost)
    return seal(NOTHING, said, KEY)


@dataclass
class History:
    """What a sensor has done with a spool, beyond all power cuts."""

    rng: np.random.Generator
    limit: int
    kept: dict[int, bytes] = field(default_factory=dict)
    trying: bytes = b""
    acknowledged: set[int] = field(default_factory=set)
    jumps: int = 0
    jumping: bool = False
    minute: int = 0

    def go_on(self, spool: Spool) -> None:
        """Do what sensors do, until the power goes."""
        while True:
            match int(self.rng.integers(8)):
                case 0 | 1 | 2 | 3:
                    self.put(spool)
                case 4 | 5:
                    self.acknowledge(spool)
                case 6:
                    spool.evict(SIZE * int(self.rng.integers(1, 4)))
                case 7:
                    self.jumping = True
                    spool.jumped(3_600_000_000)
                    self.jumping, self.jumps = False, self.jumps + 1

    def put(self, spool: Spool) -> None:
        """Seal a minute, sometimes behind a gap, and sometimes by a clock that was set back."""
        self.minute = max(self.minute + int(self.rng.choice([1, 1, 1, 30, -45])), 0)
        start_us = 1_000 * HOUR_US + self.minute * 60_000_000
        spool.make_room(SIZE)
        self.trying = sealed(spool, start_us)
        spool.put(self.trying)
        self.settle()

    def settle(self) -> None:
        """What was tried is there."""
        self.kept[read_header(self.trying).sequence] = self.trying
        self.trying = b""

    def acknowledge(self, spool: Spool) -> None:
        """Let some of those that wait go."""
        waiting = list(spool.waiting())
        for sequence in waiting[: int(self.rng.integers(1, 5))]:
            assert spool.read(sequence) == self.kept[sequence]
            self.acknowledged.add(sequence)
            spool.acknowledge(sequence)

    def told(self, there: set[int]) -> list[int]:
        """What segments tell to be lost."""
        return [
            s for n in sorted(there) for each in read_header(self.kept[n]).lost for s in range(each[0], each[1] + 1)
        ]

    def check(self, spool: Spool) -> None:
        """Every segment is there, was acknowledged, or is told to be lost, once."""
        tried = read_header(self.trying).sequence if self.trying else -1
        if tried in spool.waiting():
            assert spool.read(tried) == self.trying
            self.settle()
        assert spool.next == max(self.kept, default=-1) + 1
        for sequence in self.acknowledged & set(spool.waiting()):
            # That it was let go had not reached the disk; the hub says again that it has it.
            spool.acknowledge(sequence)
        waiting = set(spool.waiting())
        assert all(spool.read(sequence) == self.kept[sequence] for sequence in waiting)
        assert spool.bytes == sum(len(self.kept[s]) for s in waiting)
        untold = [s for each in spool.lost() for s in range(each[0], each[1] + 1)]
        assert sum(each[2] for each in spool.lost()) == len(untold)
        lost = untold + self.told(self.acknowledged | waiting)
        assert len(lost) == len(set(lost)), "told twice"
        assert not waiting & set(lost), "both lost and there"
        assert set(self.kept) == self.acknowledged | waiting | set(lost)
        assert spool.epoch in {self.jumps, self.jumps + self.jumping}
        self.jumps, self.jumping, self.trying = spool.epoch, False, b""


@contextmanager
def opened(disk: LossyDisk, limit: int) -> Iterator[Spool]:
    """The spool on a disk; the process that had it is gone in the end, whatever happens."""
    lock = disk.root / "spool" / "lock"
    try:
        yield Spool(disk.root / "spool", limit, disk)
    finally:
        for descriptor in Path("/proc/self/fd").iterdir():
            if os.path.realpath(descriptor) == str(lock.resolve()):
                os.close(int(descriptor.name))


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 2**32), limit=st.sampled_from([4 * SIZE, 100 * SIZE]))
def test_nothing_is_lost_when_the_power_goes(seed: int, limit: int) -> None:
    """Whenever that is, again and again, whatever was not synced, and whatever the spool was doing."""
    rng = np.random.default_rng(seed)
    history = History(rng, limit)
    with TemporaryDirectory() as folder:
        disk = LossyDisk(Path(folder) / "0")
        disk.root.mkdir()
        for life in range(1, 6):
            disk.cut_at = disk.calls + int(rng.integers(1, 150))
            with suppress(PowerCut), opened(disk, limit) as spool:
                history.check(spool)
                history.go_on(spool)
            if rng.random() < 0.7:
                disk = disk.after_power_cut(Path(folder) / str(life), rng)
        disk.cut_at = -1
        with opened(disk, limit) as spool:
            history.check(spool)


@settings(max_examples=100, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_nothing_is_lost_when_the_disk_is_full(seed: int) -> None:
    """A call that finds no room is told apart, and leaves everything as it was; afterwards the spool goes on."""
    rng = np.random.default_rng(seed)
    history = History(rng, 100 * SIZE)
    with TemporaryDirectory() as folder:
        disk = LossyDisk(Path(folder) / "0")
        disk.root.mkdir()
        with opened(disk, 100 * SIZE) as spool:
            disk.full_at = {int(call) for call in rng.integers(disk.calls, 400, 40)}
            while disk.calls < 400:
                with suppress(SpoolFull):
                    history.put(spool)
                history.acknowledge(spool)
                spool.evict(SIZE)
            history.check(spool)
        with opened(disk, 100 * SIZE) as spool:
            history.check(spool)
