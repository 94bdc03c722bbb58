"""Words on pictures."""

from dataclasses import fields
from string import Formatter

import pytest

from isdas.graphs.words import ENGLISH, JAPANESE, words
from isdas.model.errors import IsdasError
from isdas.model.series import MEASURES


def placeholders(text: str) -> set[str]:
    """The names of the places that a form leaves open."""
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_both_languages_say_the_same_things() -> None:
    """Every sentence form has the same places to fill in English and in Japanese."""
    for f in fields(ENGLISH):
        english, japanese = getattr(ENGLISH, f.name), getattr(JAPANESE, f.name)
        if isinstance(english, str):
            assert placeholders(english) == placeholders(japanese), f.name
        elif f.name != "zones":
            assert english.keys() == japanese.keys()
            assert all(placeholders(english[key]) - {"what"} == placeholders(japanese[key]) for key in english)


def test_every_measure_has_a_unit() -> None:
    """Every measure of a series has words for every published bin width and for any other."""
    assert ENGLISH.measures.keys() == {(measure, width) for measure in MEASURES for width in (0, 1, 6, 24)}


def test_an_unknown_language_is_refused() -> None:
    """Asking for a language without words is an error that names those there are."""
    with pytest.raises(IsdasError, match="en, ja"):
        words("fr")
