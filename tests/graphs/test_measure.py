"""Widths of texts."""

from hypothesis import given
from hypothesis import strategies as st

from isdas.graphs.measure import width, wrap

LETTERS = st.text(alphabet="abc 445/tcp、。センサー（地域）", max_size=80)


def test_a_japanese_letter_is_as_wide_as_the_font_is_high() -> None:
    """Five Japanese letters at 12 pixels are 60 pixels wide."""
    assert width("アクセス先", 12) == 60


@given(text=LETTERS, room=st.floats(30, 300))
def test_nothing_is_lost_in_wrapping(text: str, room: float) -> None:
    """The lines together have the letters of the text in their order, spaces aside."""
    assert "".join("".join(wrap(text, 12, room)).split()) == "".join(text.split())


@given(text=LETTERS)
def test_lines_fit_where_words_do(text: str) -> None:
    """No line is wider than the room when every single word is narrower."""
    assert all(width(line, 12) <= 300 for line in wrap(text[:40], 12, 300))


def test_no_line_begins_with_a_closing_mark() -> None:
    """A Japanese full stop, comma or bracket stays on the line of what it closes."""
    lines = wrap("観測率、観測率。" * 10, 12, 61)
    assert not any(line[0] in "、。" for line in lines)
