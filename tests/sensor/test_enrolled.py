"""
A sensor knows its hub from a file, which is whole or not there.
"""

import pytest

from isdas.model.errors import ConfigError
from isdas.sensor.enrolled import Enrolled, replace
from isdas.sensor.place import Place


def test_it_comes_back(place: Place) -> None:
    """As it was saved, and with a client for the hub."""
    place.make()
    said = Enrolled("https://hub.example:8446", "ab" * 32, "tokyo-1")
    said.save(place)
    assert Enrolled.load(place) == said
    assert Enrolled.load(place).public == b"\xab" * 32
    with said.client(place) as client:
        assert str(client.base_url) == "https://hub.example:8446"


@pytest.mark.parametrize("text", ["", "{}", '{"url": "x", "hub": "zz"}', '{"url": "x", "hub": "ab"}', "[1]"])
def test_a_file_that_is_none_is_told(text: str, place: Place) -> None:
    """And so is that there is none."""
    place.make()
    with pytest.raises(ConfigError, match="is not enrolled"):
        Enrolled.load(place)
    place.hub.write_text(text)
    with pytest.raises(ConfigError, match="cannot be read"):
        Enrolled.load(place)


def test_a_file_is_replaced_or_left(place: Place) -> None:
    """Where it cannot be written, that is told."""
    with pytest.raises(ConfigError, match="cannot be written"):
        replace(place.hub, b"x")
    place.make()
    replace(place.hub, b"x")
    replace(place.hub, b"yy")
    assert place.hub.read_bytes() == b"yy"
    assert [file.name for file in place.folder.iterdir()] == ["hub.json"]
