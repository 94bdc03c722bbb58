"""
Writes alerts to the folder of the public site.

Does not decide what is published: it writes the alert that it is given, whatever its state.
"""

from pathlib import Path

from isdas.model.alert import Alert
from isdas.model.durable import put_whole
from isdas.model.errors import IsdasError
from isdas.model.number import text_path


def publish(alert: Alert, out: Path) -> list[Path]:
    """
    Write each language of *alert* below *out* as UTF-8 text, and give the paths.

    A reader sees the old file or the new one, never a part: each is written beside its place, brought to the disk and
    moved there.

    Raises:
        IsdasError: the alert's number gives no path, or a file cannot be written.
    """
    return [write_text(text.body, out / text_path(alert.number, text.language)) for text in alert.texts]


def write_text(text: str, path: Path) -> Path:
    """
    Write *text* to *path* as UTF-8 so that no reader ever sees a part of it.

    Raises:
        IsdasError: it cannot be written; what was there before is still there.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        put_whole(path, text.encode())
    except OSError as error:
        raise IsdasError(f"{path} cannot be written: {error.strerror or error}") from error
    return path
