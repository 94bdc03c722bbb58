"""
Every input that a fuzzer kept, once in compiled code and once in the same code as Python: the outcomes are the same.

    fuzz/replay.py FOLDER [--readers capture,netfilter]

It is the other half of `run`, which sees Python only: there numbers do not overflow, and an index outside an array is
noticed. Compiled code is told to check its bounds here. Whatever differs, or is raised, is a finding.
"""

import argparse
import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))


def outcomes(folder: Path, names: list[str]) -> None:
    """Write a line for each input: its file, reader and what came of it."""
    import readers

    known = names or list(readers.readers())
    seen: list[Any] = []
    label = readers.label

    def noted(*arguments: Any) -> Any:
        labelled = label(*arguments)
        seen.append(labelled.table.to_pylist())
        return labelled

    readers.label = noted
    with tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as scratch:
        path = Path(scratch, "input")
        for file in sorted(folder.iterdir()):
            data = file.read_bytes()
            if not data:
                continue
            name = known[data[0] % len(known)]
            path.write_bytes(data[1:])
            seen.clear()
            try:
                what = repr(sorted(readers.hold(name, path).as_dict().items()))
            except Exception as error:
                what = f"{type(error).__name__}: {error}"
            rows = hashlib.blake2b(repr(seen).encode(), digest_size=8).hexdigest()
            sys.stdout.write(f"{file.name} {name} {rows} {' '.join(what.split())}\n")


def main() -> int:
    """Give every input to both and say which differ."""
    parser = argparse.ArgumentParser(description="Read what a fuzzer kept, compiled and interpreted.")
    parser.add_argument("folder", type=Path, help="inputs, of which the first byte chooses the reader")
    parser.add_argument("--readers", default="", help="names with commas between, as the fuzzer was given; all without")
    parser.add_argument("--as", choices=["compiled", "interpreted"], dest="how", help="only write the outcomes of one")
    given = parser.parse_args()
    if given.how == "interpreted":
        import interpreted  # noqa: F401 - before anything that is compiled
    if given.how:
        outcomes(given.folder, given.readers.split(",") if given.readers else [])
        return 0
    with tempfile.TemporaryDirectory() as cache:
        checked = {**os.environ, "NUMBA_BOUNDSCHECK": "1", "NUMBA_CACHE_DIR": os.environ.get("NUMBA_CACHE_DIR", cache)}
        both = [
            subprocess.run(
                [sys.executable, *sys.argv, f"--as={how}"],
                env=environment,
                stdout=subprocess.PIPE,
                text=True,
                check=True,
            ).stdout.splitlines()
            for how, environment in (("compiled", checked), ("interpreted", dict(os.environ)))
        ]
    differing = [(compiled, other) for compiled, other in zip(*both, strict=True) if compiled != other]
    raised = [line for line in both[0] if line.split(" ", 3)[3][:1] != "["]
    for compiled, other in differing:
        sys.stdout.write(f"compiled:    {compiled}\ninterpreted: {other}\n")
    sys.stdout.write("".join(f"raised: {line}\n" for line in raised))
    sys.stdout.write(f"{len(both[0])} inputs, {len(differing)} differ, {len(raised)} raised\n")
    return bool(differing or raised)


if __name__ == "__main__":
    sys.exit(main())
