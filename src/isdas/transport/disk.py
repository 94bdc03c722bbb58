"""
What the spool does to a disk, and nothing else: so that it is plain what is on the disk after a power cut.

What was written is there only after `sync`, and a name only after `sync_folder` of its folder (fsync(2)).
"""

import os
from pathlib import Path

from isdas.model.durable import synced

PART = ".part"
"""What the name of a file ends with that has not been put in its place yet."""


class Disk:
    """The disk that files lie on. Every method raises OSError as the call below it does."""

    def write(self, path: Path, data: bytes) -> None:
        """Put *data* into a file that is made, or emptied, for it."""
        with path.open("wb", buffering=0) as file:
            _all(file.fileno(), data)

    def append(self, path: Path, data: bytes) -> None:
        """Put *data* behind what a file holds; what could not be put there whole is taken off again."""
        with path.open("ab", buffering=0) as file:
            size = os.fstat(file.fileno()).st_size
            try:
                _all(file.fileno(), data)
            except OSError:
                os.ftruncate(file.fileno(), size)
                raise

    def sync(self, path: Path) -> None:
        """Have what a file holds on the disk."""
        synced(path)

    def sync_folder(self, path: Path) -> None:
        """Have the names in a folder on the disk."""
        synced(path)

    def rename(self, path: Path, to: Path) -> None:
        """Give a file another name, in place of what had it."""
        path.replace(to)

    def put(self, path: Path, data: bytes) -> None:
        """Put *data* in place of what a file holds; it is there, whole, when this returns, and before not at all."""
        draft = path.with_suffix(PART)
        self.write(draft, data)
        self.sync(draft)
        self.rename(draft, path)
        self.sync_folder(path.parent)

    def remove(self, path: Path) -> None:
        """Take a file away, if it is there."""
        path.unlink(missing_ok=True)

    def make_folder(self, path: Path) -> None:
        """Make a folder in one that is there, if it is not there itself."""
        path.mkdir(exist_ok=True)

    def remove_folder(self, path: Path) -> None:
        """Take an empty folder away."""
        path.rmdir()


def _all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
