"""Lines that keep their width and begin and end as they should."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isdas.alerts.wrap import NOT_AT_END, NOT_AT_START, centre, columns, right, wrap

JAPANESE = st.text("日本語の文、。「」(あっー)Wid2年番", max_size=200)


def test_full_width_takes_two_columns() -> None:
    """A full-width character takes two columns, a half-width one takes one."""
    assert columns("TCP 445番ポート") == 7 + 8


def test_english_is_broken_at_spaces() -> None:
    """English lines break at spaces, with the first line indented and the others flush."""
    assert wrap("one two three four", 11, first="  ") == "  one two\nthree four"


def test_full_stop_does_not_begin_a_line() -> None:
    """A full stop that would begin a line takes the character before it along."""
    assert wrap("あいうえおかきくけこ。", 20) == "あいうえおかきくけ\nこ。"


def test_opening_bracket_does_not_end_a_line() -> None:
    """An opening bracket goes to the next line with what it encloses."""
    assert wrap("あいうえおかきくけ「こ」", 20) == "あいうえおかきくけ\n「こ」"


def test_small_kana_and_long_vowels_do_not_begin_a_line() -> None:
    """Small kana and the long vowel mark stay with the character before them."""
    assert wrap("あいうえおかきくサーバー", 20) == "あいうえおかきくサー\nバー"
    assert wrap("あいうえおかきくけちょっと", 20) == "あいうえおかきくけ\nちょっと"


def test_words_and_dates_are_not_torn() -> None:
    """A word in Latin letters, a number with its counter and a protocol with its port stay whole."""
    assert wrap("これはあいう Microsoft です", 20) == "これはあいう\nMicrosoft です"
    assert wrap("これはあいうえおか2008年です", 20) == "これはあいうえおか\n2008年です"
    assert wrap("これはあいうえおかき5月12日です", 20) == "これはあいうえおかき\n5月12日です"
    assert wrap("これはあいうえ TCP 445番ポート", 20) == "これはあいうえ\nTCP 445番ポート"


def test_an_address_gets_its_own_line() -> None:
    """What may not be broken and is wider than a line stands alone."""
    assert wrap("see http://example.org/a/long/address for more", 12) == (
        "see\nhttp://example.org/a/long/address\nfor more"
    )


def test_nothing_gives_an_empty_line() -> None:
    """No text gives one line with its lead."""
    assert wrap("", 10, first="  ") == "  "


def test_header_lines_are_set_right_and_centre() -> None:
    """The header is set at the right edge and in the middle, by columns and not by characters."""
    assert right("初版", 10) == "      初版"
    assert centre("注意", 10) == "   注意"


@given(JAPANESE, st.integers(20, 70))
def test_lines_keep_kinsoku(text: str, width: int) -> None:
    """No line begins or ends with a character that may not, and nothing is lost between the lines."""
    lines = wrap(text, width).split("\n")
    assert not any(line[0] in NOT_AT_START for line in lines[1:])
    assert not any(line[-1] in NOT_AT_END for line in lines[:-1])
    assert "".join(lines) == text


@given(st.text("あいうえお漢字カナ", max_size=200), st.integers(2, 40))
def test_plain_japanese_never_overflows(text: str, width: int) -> None:
    """Text without forbidden characters fills lines up to the width and never over it."""
    assert all(columns(line) <= max(width, 2) for line in wrap(text, width).split("\n"))


@pytest.mark.parametrize("width", [35, 70])
def test_wrapping_loses_nothing(width: int) -> None:
    """All characters but the spaces at line ends are still there."""
    text = "インターネット定点観測システム (ISDAS) では、2008年10月30日夜遅くから、スキャンが増加しています。"
    assert wrap(text, width).replace("\n", "").replace(" ", "") == text.replace(" ", "")
