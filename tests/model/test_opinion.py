"""What analysts say of surges."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isdas.model.alert import Alert
from isdas.model.explanation import Explanation, Similar
from isdas.model.opinion import Opinion, feedback, known_as, mark, precision, successor
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
    from made_surge import a_surge

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


def test_a_false_alarm_stays_one_when_a_guard_sees_through_it() -> None:
    """Precision counts what was told as broad, not what is left after the guards have learnt from it."""
    surge = replace(_surge(), verdict="single-network")
    told = replace(_said(surge.identifier, "wrong"), verdict="broad")
    assert precision([surge], {surge.identifier: told}).wrong == 1
    # And a guard's finding that an analyst confirmed never was an alarm.
    passed_over = replace(told, opinion="right", verdict="single-network")
    assert precision([replace(surge, verdict="broad")], {surge.identifier: passed_over}).right == 0


def test_what_is_kept_under_two_names_counts_once() -> None:
    """An alert may keep the first name of a rise that is found under another now."""
    surge = _surge()
    again = replace(surge, identifier="20081007T14-445-tcp")
    opinions = {
        surge.identifier: _said(surge.identifier, "right"),
        again.identifier: replace(_said(again.identifier, "right"), of=surge.identifier),
    }
    assert precision([surge, again], opinions).right == 1


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    """Over all outcomes of 30 judgements, for true precisions of 0.5 to 0.95, the 90 % interval holds in 82-97 %."""
    base, n = _surge(), 30
    surges = [replace(base, identifier=str(i)) for i in range(n)]
    found = [
        precision(surges, {str(i): _said(str(i), "right" if i < k else "wrong") for i in range(n)})
        for k in range(n + 1)
    ]
    held = [
        sum(comb(n, k) * truth**k * (1 - truth) ** (n - k) for k, f in enumerate(found) if f.low <= truth <= f.high)
        for truth in np.linspace(0.5, 0.95, 91)
    ]
    assert min(held) > 0.82
    assert max(held) < 0.97
    assert np.mean(held) == pytest.approx(0.9, abs=0.02)


def test_a_successor_shares_a_port_and_time() -> None:
    """The same rise called at another hour is its successor; another port, or the port a month later, is not."""
    surge = _surge()
    month = timedelta(days=30)
    later = replace(
        surge,
        identifier="later",
        onset_at=surge.onset_at + month,
        onset_low_at=surge.onset_low_at + month,
        onset_high_at=surge.onset_high_at + month,
        detected_at=surge.detected_at + month,
    )
    elsewhere = replace(surge, identifier="elsewhere", port="23/tcp", ports=("23/tcp",))
    same = replace(surge, identifier="same", port="139/tcp", ports=("139/tcp", "445/tcp"))
    assert successor(surge, [later, elsewhere, same]) == same
    assert successor(surge, [later, elsewhere]) is None


def test_marks_and_keys_say_what_was_said() -> None:
    """The mark of a list, and the keys of the JSON; what was said of another name's alert is found too."""
    surge = _surge()
    assert mark(surge, {}) == ""
    assert mark(surge, {surge.identifier: _said(surge.identifier, "wrong")}) == "wrong"
    opinion = replace(_said(surge.identifier, "right"), of="before")
    alert = Alert("ISDAS-AT-2008-0001", "before", "draft", date(2008, 11, 4), date(2008, 11, 4), ())
    told = feedback(surge, {surge.identifier: opinion}, [alert])
    assert told["followed"] == [{"alert": alert.number, "state": alert.state}]
    assert told["said"]["of"] == "before"
    assert feedback(surge, {}, [alert]) == {"said": None, "known_as": None, "followed": []}
