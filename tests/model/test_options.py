"""The layout of TCP options as a number."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isdas.model.options import MOST, NAMES, layout, text


@given(st.lists(st.sampled_from(NAMES[1:]), max_size=MOST))
def test_a_layout_is_read_as_it_was_written(names: list[str]) -> None:
    """Every layout of known options survives being a number."""
    written = ",".join(names)
    assert text(layout(written)) == written


def test_the_first_option_is_the_highest_digit() -> None:
    """Layouts read from left to right in hexadecimal."""
    assert layout("mss,nop,ws,nop,nop,sok") == 0x324225


@pytest.mark.parametrize("written", ["mss,unheard-of", ",".join(["nop"] * 16)])
def test_what_has_no_number_is_refused(written: str) -> None:
    """An unknown option and a layout too long for a number raise."""
    with pytest.raises(ValueError):
        layout(written)
