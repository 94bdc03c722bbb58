"""
Histories of Zeek connections.
"""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isdas.formats.zeek_history import OPENED, STATES, UNKNOWN, histories


@pytest.mark.parametrize(
    ("text", "originator", "responder"),
    [
        ("S", 2, UNKNOWN),
        ("Sr", 2, 4),
        ("ShADadfF", OPENED, 19),
        ("ShR", OPENED, 18),
        ("SQ", OPENED, UNKNOWN),
        ("SC", 2, UNKNOWN),
        ("^h", UNKNOWN, 18),
        ("^hr", UNKNOWN, 22),
        ("^r", UNKNOWN, 4),
        ("Aa", 16, 16),
        ("DTaT", 16, 16),
        ("F", 1, UNKNOWN),
        ("I", UNKNOWN, UNKNOWN),
        ("?", UNKNOWN, UNKNOWN),
        ("", UNKNOWN, UNKNOWN),
    ],
)
def test_flags_of_either_side(text: str, originator: int, responder: int) -> None:
    """Flags are those of all packets of a side, unless it opened and went on, or a letter leaves them open."""
    assert histories(pa.array([text])).flags.tolist() == [[originator], [responder]]


def test_who_sent_and_who_began() -> None:
    """Capitals are the originator's; a mark in front or small letters alone mean that the responder began."""
    found = histories(pa.array(["S", "Sr", "^hR", "dd", "D^", ""]))
    assert found.sent.tolist() == [[True, True, True, False, True, False], [False, True, True, True, False, False]]
    assert found.answered.tolist() == [False, False, True, True, False, False]
    assert found.told.tolist() == [True] * 5 + [False]


def test_states_have_histories() -> None:
    """What is assumed for a log without histories says the same as a history of that state."""
    found = histories(pa.array(list(STATES.values())))
    opened = dict(zip(STATES, found.flags[0].tolist(), strict=True))
    assert opened["S0"] == opened["REJ"] == 2
    assert opened["SF"] == opened["RSTO"] == OPENED
    assert [state for state, answered in zip(STATES, found.answered, strict=True) if answered] == ["RSTRH", "SHR"]


@given(st.lists(st.text(max_size=6)))
def test_any_text_is_a_history(texts: list[str]) -> None:
    """Whatever stands there gives flags or says that there are none."""
    found = histories(pa.array(texts, pa.string()))
    assert found.flags.shape == (2, len(texts))
    assert all(OPENED <= flags < 32 for flags in found.flags.ravel().tolist())
