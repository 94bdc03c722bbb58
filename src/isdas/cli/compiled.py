"""
Where compiled code is kept between runs, so that only the first run waits for the compiler.

The compiler (numba) keeps it beside the source or in the home of the user, and refuses to work where it can do neither,
as in a service without a home. It loads nothing.
"""

import os
from collections.abc import MutableMapping
from pathlib import Path

VARIABLE = "NUMBA_CACHE_DIR"
FOLDER = "compiled"


def keep_compiled(data: Path, environment: MutableMapping[str, str] = os.environ) -> None:
    """Have compiled code kept in the data directory if the usual places cannot be written and nobody chose another."""
    home = environment.get("XDG_CACHE_HOME") or Path(environment.get("HOME", "/")) / ".cache"
    if VARIABLE in environment or writable(Path(__file__).parent) or writable(Path(home)):
        return
    environment[VARIABLE] = str(data.absolute() / FOLDER)


def writable(folder: Path) -> bool:
    """Whether a folder can be written, or made and then written."""
    present = next((parent for parent in (folder, *folder.parents) if parent.exists()), folder)
    return present.is_dir() and os.access(present, os.W_OK | os.X_OK)
