"""Alerts as files."""

from datetime import date
from pathlib import Path

import pytest

from isdas.delivery.files import publish, write_text
from isdas.model.alert import Alert, AlertText
from isdas.model.errors import IsdasError

ALERT = Alert(
    number="ISDAS-AT-2008-0001",
    surge="s",
    state="published",
    first_issued=date(2008, 11, 4),
    updated=date(2008, 11, 4),
    texts=(AlertText("en", "A title", "A text\n"), AlertText("ja", "題名", "本文。\n")),
)


def test_texts_stand_at_their_paths(tmp_path: Path) -> None:
    """Each language is written in UTF-8 where its address says, and can be read by the web server."""
    paths = publish(ALERT, tmp_path)
    assert [p.relative_to(tmp_path).as_posix() for p in paths] == [
        "english/at/2008/at080001.txt",
        "at/2008/at080001.txt",
    ]
    assert paths[1].read_bytes() == "本文。\n".encode()
    assert paths[0].stat().st_mode & 0o777 == 0o644


def test_publishing_again_replaces(tmp_path: Path) -> None:
    """Publishing twice leaves the newer text and nothing beside it."""
    publish(ALERT, tmp_path)
    write_text("改訂。\n", tmp_path / "at/2008/at080001.txt")
    assert (tmp_path / "at/2008/at080001.txt").read_text(encoding="utf-8") == "改訂。\n"
    assert [p.name for p in (tmp_path / "at/2008").iterdir()] == ["at080001.txt"]


def test_what_cannot_be_written_is_said(tmp_path: Path) -> None:
    """A file in the place of the folder is reported with the path, and nothing is left behind."""
    (tmp_path / "at").write_text("in the way", encoding="utf-8")
    with pytest.raises(IsdasError, match="at080001"):
        publish(Alert("ISDAS-AT-2008-0001", "s", "draft", ALERT.updated, ALERT.updated, ALERT.texts[1:]), tmp_path)
    assert (tmp_path / "at").read_text(encoding="utf-8") == "in the way"


def test_a_failed_write_leaves_the_old_text(tmp_path: Path) -> None:
    """A text that cannot be moved to its place leaves what was there, and no part of itself."""
    place = tmp_path / "at080001.txt"
    place.mkdir()
    (place / "old").write_text("old", encoding="utf-8")
    with pytest.raises(IsdasError, match="cannot be written"):
        write_text("new", place)
    assert [p.name for p in tmp_path.iterdir()] == ["at080001.txt"]
    assert (place / "old").read_text(encoding="utf-8") == "old"
