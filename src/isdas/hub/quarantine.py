"""
The quarantine: records that could not be read, kept with the line and the reason for whoever mends the input.
"""

from pathlib import Path

from isdas.hub.source import Source
from isdas.model.errors import LakeError

FOLDER = "quarantine"


def keep(data: Path, identity: str, source: Source) -> Path | None:
    """
    Write the refused records of a source to ``quarantine/<hash>.tsv``; None if there are none.

    Raises:
        LakeError: it cannot be written.
    """
    if not source.refusals:
        return None
    path = data / FOLDER / f"{identity.removeprefix('sha256:')[:16]}.tsv"
    lines = [f"# {source.path}", "line\treason\ttext"]
    lines += [f"{r.line_number}\t{r.reason}\t{r.text}" for r in source.refusals]
    try:
        path.parent.mkdir(exist_ok=True)
        path.write_text("\n".join(lines) + "\n", encoding="utf-8", errors="replace")
    except OSError as error:
        raise LakeError(f"cannot keep the refused records of {source.path} in {path}: {error.strerror}") from error
    return path
