"""
Coverage-guided fuzzing of everything that reads bytes from outside.

    make fuzz [SECONDS=1800]

With FUZZ=captures every input is a capture, and compiled code is run as the Python that it is written in, so that the fuzzer
sees its branches. With FUZZ=all the first byte of an input chooses the reader: captures with decoding, or one of the
formats of the registry. Their numbers are those of compiled code only, so that they run compiled, with an index out of
bounds raising; what guides the fuzzer are the branches of the Python around it. A reader may refuse the file; anything
else that is raised is a finding, and so is a record that is not accounted for.
"""

import os
import sys
import tempfile
from pathlib import Path

CAPTURES = os.environ.get("FUZZ", "captures") == "captures"
os.environ["NUMBA_DISABLE_JIT" if CAPTURES else "NUMBA_BOUNDSCHECK"] = "1"

import atheris  # noqa: E402

SOURCE = Path(__file__).parent.parent / "src"
# Modules with compiled code cannot be instrumented while it is compiled.
COMPILED = [
    ".".join(path.relative_to(SOURCE).with_suffix("").parts)
    for path in sorted((SOURCE / "isdas").rglob("*.py"))
    if "njit" in path.read_text(encoding="utf-8")
]

with atheris.instrument_imports(include=["isdas"], exclude=[] if CAPTURES else COMPILED):
    from isdas.capture.file import open_capture
    from isdas.decode import walk
    from isdas.decode.packets import decode
    from isdas.formats import csv
    from isdas.formats.context import Context
    from isdas.formats.profile import shipped_profiles
    from isdas.formats.registry import FORMATS

import numpy as np  # noqa: E402

from isdas.model.errors import InputRefused  # noqa: E402
from isdas.model.tally import Tally  # noqa: E402

# Sixteen-bit sums overflow in Python's numpy with a warning, compiled silently.
np.seterr(all="ignore")
FOLDER = Path(tempfile.mkdtemp(prefix="isdas-fuzz-", dir="/dev/shm" if Path("/dev/shm").is_dir() else None))
_walk = walk.walk


def _walked(*arguments: object) -> int:
    """The walk with a row whose fields are attributes, as compiled code has them."""
    given = list(arguments)
    given[8] = given[8].view(np.recarray)
    return _walk(*given)


if CAPTURES:
    walk.walk = _walked
READERS = (None, None, None, *(known for known in FORMATS if known.name not in {"nfcapd", "tar"}), *shipped_profiles())


def capture(path: Path) -> None:
    """Every frame of a capture is a packet, refused, or not read because the file is damaged before it."""
    tally = Tally()
    with open_capture(path) as opened:
        for frames in opened.frames():
            packets, counted = decode(frames)
            assert len(packets) == counted.stored
            tally.add(counted)
        tally.add(opened.tally)
    assert tally.reconciles, tally


def records(path: Path, reader: object) -> None:
    """Every record of a file is stored or refused."""
    works = csv.read_csv(path, reader) if not hasattr(reader, "sniff") else reader.read(path, Context())
    for work in works:
        batch = work()
        assert batch.tally.reconciles, batch.tally
        assert len(batch.packets) == batch.tally.stored


def one(data: bytes) -> None:
    """One input."""
    if not data:
        return
    path = FOLDER / "input"
    path.write_bytes(data[1:])
    reader = None if CAPTURES else READERS[data[0] % len(READERS)]
    try:
        capture(path) if reader is None else records(path, reader)
    except InputRefused:
        pass


def main() -> None:
    """Fuzz until the time is over or something is found."""
    atheris.Setup(sys.argv, one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
