"""The object that a line of JSON is."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isdas.formats.jsonobject import json_object


@given(st.dictionaries(st.text(max_size=4), st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=4)))
def test_an_object_is_what_it_says(value: dict[str, object]) -> None:
    """With blanks around it or without."""
    assert json_object(b" " + json.dumps(value).encode() + b"\r\n") == value


@pytest.mark.parametrize("line", [b"", b"{", b'{"a":1}{}', b"[{}]", b'"a"', b"1", b"null", b"\xff"])
def test_anything_else_is_none(line: bytes) -> None:
    """Other values, and what is no JSON."""
    assert json_object(line) is None
