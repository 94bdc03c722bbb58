"""
Files that are on the disk when it is said so, whole or not at all, whatever happens to the power.

What was written is there only after it was synced, and a name only after its folder was (fsync(2)).
"""

import os
from pathlib import Path
from tempfile import NamedTemporaryFile


def synced(path: Path) -> None:
    """
    Have what a file holds, or the names in a folder, on the disk.

    Raises:
        OSError: as the calls below.
    """
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def put_whole(path: Path, data: bytes, mode: int = 0o644) -> None:
    """
    Put *data* in place of what a file holds: no reader ever sees a part of it, and no power cut leaves one.

    Args:
        mode: who may read it; nobody else ever could.

    Raises:
        OSError: it cannot be written; what was there before is still there.
    """
    with NamedTemporaryFile("wb", dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
        draft = Path(file.name)
        try:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
            draft.chmod(mode)
            draft.replace(path)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
    synced(path.parent)
