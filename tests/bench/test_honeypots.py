"""When a planted rise is found."""

import numpy as np
from bench.surges.honeypots import first_broad

from isdas.detect.rise import Rise
from isdas.model.port import Port

CALLED = np.datetime64("2013-04-01T12", "h")


def _rise(called: np.datetime64) -> Rise:
    """A rise that goes on for two days after its call."""
    return Rise(
        port=Port(6, 80), hour=called, window_hours=3, reference="usual", score=6.0, threshold=5.0, observed=30,
        baseline=3.0, expected=3.0, variance=0.2, support=500.0, ended=None, settled=False, begin=called - 9,
        counts=np.full(58, 10, np.int32), means=np.ones(58), hourly_variance=0.2, slow_sd=0.3,
    )  # fmt: skip


def _sensors(known_hours: int) -> str:
    """A verdict that some hours of the rise must be known for, and that a day later takes back."""
    return "few-sensors" if known_hours < 14 else "broad" if known_hours < 34 else "brief"


def test_what_becomes_broad_within_the_day_is_found_then() -> None:
    """Few sensors at the call and broad four hours later: found then, unless it is judged at the call for good."""
    at = {later: first_broad([_rise(CALLED)], lambda rise: _sensors(len(rise.counts)), later) for later in (0, 12)}
    assert at == {0: None, 12: CALLED + 5}


def test_what_is_brief_in_the_end_is_not_found() -> None:
    """Broad for a while and brief a day later is not found by this rise; a later one of the port may be."""
    first, second = _rise(CALLED), _rise(CALLED + 72)
    found = first_broad(
        [first, second], lambda rise: "broad" if rise.hour == second.hour else _sensors(len(rise.counts)), 24
    )
    assert found == second.hour + 1
    assert first_broad([first], lambda rise: _sensors(len(rise.counts)), 24) is None
