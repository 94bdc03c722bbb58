"""
A sensor's files lie in one folder that is its owner's alone.
"""

from pathlib import Path

import pytest

from isdas.model.errors import ConfigError
from isdas.sensor.place import Place
from isdas.transport.keys import Key


def test_the_folder_is_private(tmp_path: Path) -> None:
    """Nobody else can look into it; making it again changes nothing."""
    place = Place.of(tmp_path / "data")
    place.make()
    place.make()
    assert place.folder == tmp_path / "data" / "sensor"
    assert place.folder.stat().st_mode & 0o777 == 0o700
    files = [place.key, place.next_key, place.hub, place.authority, place.spool, place.receipts, place.status]
    assert len({place.beacon, *files}) == 8
    assert all(file.parent == place.folder for file in files)


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    """With the reason."""
    (tmp_path / "data").write_text("a file")
    with pytest.raises(ConfigError, match="cannot be made"):
        Place.of(tmp_path / "data").make()


def test_the_key_is_the_one_on_the_disk(place: Place) -> None:
    """Another process may have changed it."""
    place.make()
    with pytest.raises(ConfigError, match="there is no key"):
        place.current_key()
    for _ in range(2):
        key = Key.make()
        key.save(place.key)
        assert place.current_key().fingerprint == key.fingerprint
    assert place.key.stat().st_mode & 0o777 == 0o600
