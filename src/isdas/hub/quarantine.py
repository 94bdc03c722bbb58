"""
The quarantine: records that could not be read, kept with the line and the reason for whoever mends the input.
"""

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import IO

from isdas.formats.batch import Refusal
from isdas.model.errors import LakeError

FOLDER = "quarantine"


class Quarantine:
    """
    The refused records of one file, written as they come to ``quarantine/<hash>.tsv``.

    The file gets that name when it is kept; until then it is a part file, which the next try overwrites.
    """

    def __init__(self, data: Path, identity: str, origin: Path) -> None:
        """Ready to take the refused records of *origin*; nothing is written before the first."""
        self._path = data / FOLDER / f"{identity.partition(':')[2][:16]}.tsv"
        self._part = self._path.with_suffix(".part")
        self._origin = origin
        self._file: IO[str] | None = None

    def add(self, refusals: Iterable[Refusal]) -> None:
        """
        Write refused records.

        Raises:
            LakeError: they cannot be written.
        """
        lines = [f"{r.line_number}\t{r.reason}\t{r.text}\n" for r in refusals]
        if not lines:
            return
        try:
            if self._file is None:
                self._part.parent.mkdir(exist_ok=True)
                self._file = self._part.open("w", encoding="utf-8", errors="replace")
                self._file.write(f"# {self._origin}\nline\treason\ttext\n")
            self._file.writelines(lines)
        except OSError as error:
            self.abandon()
            raise self._failed(error) from error

    def keep(self) -> Path | None:
        """
        Give the file its name; None if nothing was refused.

        Raises:
            LakeError: it cannot be written.
        """
        if self._file is None:
            return None
        try:
            self._file.close()
            self._part.replace(self._path)
        except OSError as error:
            self.abandon()
            raise self._failed(error) from error
        self._file = None
        return self._path

    def abandon(self) -> None:
        """Forget what was written."""
        if self._file is not None:
            with suppress(OSError):
                self._file.close()
            self._part.unlink(missing_ok=True)
            self._file = None

    def _failed(self, error: OSError) -> LakeError:
        return LakeError(f"cannot keep the refused records of {self._origin} in {self._path}: {error.strerror}")
