"""Tests of isdas.enrich.country."""

import pytest

from isdas.enrich.country import country_code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("JP", "JP"),
        ("jp", "JP"),
        ("xK", "XK"),
        ("", ""),
        *((none, "") for none in ("XX", "xx", "ZZ", "XD", "A1", "a2", "A3", "O1", "T1")),
        *(
            (wrong, None)
            for wrong in ("J", "JPN", "Japan", "B1", "1A", "12", "J ", "--", "\u00df", "\uff2a\uff30", "JP\n")
        ),
    ],
)
def test_codes(text: str, code: str | None) -> None:
    """Two letters are a country in whatever case, some stand for none, and all else is no code."""
    assert country_code(text) == code
