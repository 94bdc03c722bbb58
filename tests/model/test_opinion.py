"""What analysts say of surges."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isdas.model.explanation import Explanation, Similar
from isdas.model.opinion import Opinion, known_as, precision
from isdas.model.surge import Surge

Make = Callable[..., Surge]


def _said(identifier: str, opinion: str) -> Opinion:
    return Opinion("2008-11-04T00:00:00Z", identifier, opinion, "duty")


@given(right=st.integers(0, 40), wrong=st.integers(0, 40), known=st.integers(0, 5), silent=st.integers(0, 9))
def test_precision_counts_broad_surges_that_were_judged(right: int, wrong: int, known: int, silent: int) -> None:
    """Its interval holds the share, narrows with more opinions, and says nothing of those unjudged."""
    base = _surge()
    words = ["right"] * right + ["wrong"] * wrong + ["known"] * known + [""] * silent
    surges = [replace(base, identifier=f"20081030T{n:02}-1-tcp") for n in range(len(words))]
    said = {s.identifier: _said(s.identifier, w) for s, w in zip(surges, words, strict=True) if w}
    artefact = replace(base, identifier="x", verdict="single-source")
    found = precision([*surges, artefact], {**said, "x": _said("x", "wrong")})
    assert (found.right, found.wrong, found.unjudged) == (right + known, wrong, silent)
    if found.share is None:
        assert (found.low, found.high) == (0.0, 1.0)
    else:
        assert found.low <= found.share <= found.high
        assert f"{found.share:.0%}" in found.sentence()


def _surge() -> Surge:
    from conftest import a_surge

    return a_surge()


def test_what_is_like_a_known_surge_is_known() -> None:
    """Only for the same port, only if alike enough, and not if somebody said otherwise of it since."""
    past = "20081001T00-445-tcp"
    surge = replace(_surge(), explanation=Explanation(similar=(Similar(past, 0.9, ""),)))
    assert known_as(surge, {past: _said(past, "known")}) == past
    assert known_as(surge, {past: _said(past, "wrong")}) is None
    assert known_as(surge, {past: _said(past, "known"), surge.identifier: _said(surge.identifier, "right")}) is None
    less = replace(surge, explanation=Explanation(similar=(Similar(past, 0.6, ""),)))
    assert known_as(less, {past: _said(past, "known")}) is None
    other = "20081001T00-23-tcp"
    elsewhere = replace(surge, explanation=Explanation(similar=(Similar(other, 0.9, ""),)))
    assert known_as(elsewhere, {other: _said(other, "known")}) is None


@pytest.mark.parametrize("said", [{}, {"y": _said("y", "known")}])
def test_without_an_explanation_nothing_is_known(said: dict[str, Opinion]) -> None:
    """A surge that nobody looked into is like no other."""
    assert known_as(_surge(), said) is None
