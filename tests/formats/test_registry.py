"""The formats that are read."""

import pytest

from isdas.formats.registry import FORMATS, Format, format_of, recognise


def test_names_are_unique() -> None:
    """A name on the command line means one format."""
    assert len({each.name for each in FORMATS}) == len(FORMATS)


@pytest.mark.parametrize("each", FORMATS, ids=lambda each: each.name)
def test_every_format_is_found_by_its_name(each: Format) -> None:
    """What is listed can be asked for."""
    assert format_of(each.name) is each


@pytest.mark.parametrize("head", [b"", b"\0" * 100, b"neither this nor that\n" * 10])
def test_what_is_no_format_is_not_recognised(head: bytes) -> None:
    """Nothing claims an empty file, zeros or prose."""
    assert recognise(head) is None
