"""
Coverage-guided fuzzing of everything that reads bytes from outside, and of the labels of what they give.

    make fuzz [SECONDS=1800] [ARGS="--readers capture,netfilter"]

The first byte of an input chooses the reader. Compiled code is run as Python (`interpreted`), so that the fuzzer sees
its branches and no index outside an array is silent. What it finds is written to .fuzz/found with the name of the
reader, and the search goes on; a file with the fault belongs in tests/fuzz/regressions.
"""

import argparse
import os
import sys
import tempfile
import time
import traceback
from pathlib import Path

import atheris

HERE = Path(__file__).parent
ROOT = HERE.parent
sys.path.insert(0, str(HERE))

with atheris.instrument_imports(include=["isdas"]):
    import interpreted  # noqa: F401 - before anything that is compiled
    import readers
    import samples

    # Formats are loaded when they are asked for, which would be too late to see their branches.
    readers.load_all()

_FOLDER = Path(tempfile.mkdtemp(prefix="isdas-fuzz-", dir="/dev/shm" if Path("/dev/shm").is_dir() else None))


def seeds(folder: Path, names: list[str], real: Path | None) -> int:
    """Write inputs to begin with: the samples, and small files of a folder of real ones; gives how many."""
    folder.mkdir(parents=True, exist_ok=True)
    count = 0
    for name, files in samples.samples().items():
        for reader in (name, "sniffed"):
            for data in files if reader in names else ():
                (folder / f"{reader}-{count}").write_bytes(bytes([names.index(reader)]) + data)
                count += 1
    for path in sorted(real.rglob("*")) if real and "capture" in names else ():
        if path.is_file() and path.stat().st_size < 3000:
            (folder / f"real-{count}").write_bytes(bytes([names.index("capture")]) + path.read_bytes())
            count += 1
    return count


class Found:
    """What was found so far: one input for each place that raises, the smallest, so that fuzzing goes on."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.sizes: dict[str, int] = {}

    def note(self, reader: str, data: bytes, error: BaseException) -> None:
        """Write an input down if its fault is new, or if it is smaller than the last with the same fault."""
        frames = [f for f in traceback.extract_tb(error.__traceback__) if "/isdas/" in f.filename] or (
            traceback.extract_tb(error.__traceback__)
        )
        last = frames[-1]
        key = f"{reader}--{type(error).__name__}-{Path(last.filename).stem}-{last.lineno}"
        if len(data) >= self.sizes.get(key, 1 << 30):
            return
        if key not in self.sizes:
            sys.stderr.write(f"found {key}: {error}\n")
        self.sizes[key] = len(data)
        (self.folder / f"{key}.bin").write_bytes(data)
        (self.folder / f"{key}.txt").write_text("".join(traceback.format_exception(error)), encoding="utf-8")


def main() -> None:
    """Fuzz until the time is over."""
    parser = argparse.ArgumentParser(description="Fuzz the readers.")
    parser.add_argument("--seconds", type=int, default=1800)
    parser.add_argument("--readers", default="", help="names with commas between; all without")
    parser.add_argument("--work", type=Path, default=ROOT / ".fuzz", help="where inputs and findings are kept")
    parser.add_argument("--real", type=Path, default=ROOT.parent / "shared" / "corpus", help="real captures")
    given = parser.parse_args()
    names = [n for n in readers.readers() if not given.readers or n in given.readers.split(",")]
    corpus = given.work / "-".join(["corpus", *(names if given.readers else ["all"])])
    sys.stderr.write(f"{seeds(corpus, names, given.real if given.real.is_dir() else None)} inputs to begin with\n")
    found = Found(given.work / "found")
    path = _FOLDER / "input"
    slowest = [1.0]

    def one(data: bytes) -> None:
        if not data:
            return
        name = names[data[0] % len(names)]
        path.write_bytes(data[1:])
        begun = time.process_time()
        try:
            readers.hold(name, path)
        except Exception as error:
            found.note(name, data[1:], error)
        taken = time.process_time() - begun
        if taken > 2 * slowest[0]:
            slowest[0] = taken
            (found.folder / f"{name}--slow-{taken:.1f}s.bin").write_bytes(data[1:])

    options = [f"-max_total_time={given.seconds}", "-max_len=4096", "-timeout=120", "-rss_limit_mb=4000"]
    options += ["-print_final_stats=1", "-reload=0", f"-artifact_prefix={found.folder}{os.sep}"]
    atheris.Setup([sys.argv[0], str(corpus), *options], one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
