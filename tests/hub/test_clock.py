"""Tests of isdas.hub.clock."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isdas.hub.clock import Timing, timing

S = 1_000_000
HOUR = 3600 * S
DAY = 24 * HOUR
NOW = 20_000 * DAY


def judged(end_us: int, measured_s: float | None = None, guessed_s: float | None = None) -> Timing:
    """What is made of a segment that ends then, at a fixed time, when what is older than 400 days is refused."""
    return timing(end_us, measured_s=measured_s, guessed_s=guessed_s, now_us=NOW, oldest_us=NOW - 400 * DAY)


CASES: dict[str, tuple[tuple[Any, ...], Timing]] = {
    "a clock that is right": ((NOW - S, 0.01), Timing(0, 0.01)),
    "a clock that was never measured": ((NOW - S,), Timing()),
    "two seconds are left alone": ((NOW - S, -2.0), Timing(0, -2.0)),
    "more are put right": ((NOW + 3 * S, -2.5), Timing(-2_500_000, -2.5)),
    "an hour ahead, and known": ((NOW + HOUR, -3600.0), Timing(-HOUR, -3600.0)),
    "a day behind, and known": ((NOW - DAY, 86400.0), Timing(DAY, 86400.0)),
    "an hour ahead, and not known": ((NOW + HOUR,), Timing(0, None, "future-dated", later=True)),
    "five minutes ahead are borne": ((NOW + 300 * S,), Timing()),
    "five minutes and a little are not": ((NOW + 300 * S + 1,), Timing(0, None, "future-dated", later=True)),
    "in 1970, and known": ((30 * S, NOW / S - 60), Timing(NOW - 60 * S, NOW / S - 60)),
    "in 1970, and only the request tells": ((30 * S, None, NOW / S - 60), Timing(NOW - 60 * S, NOW / S - 60)),
    "in 1970, and not known": ((30 * S,), Timing(0, None, "too-old")),
    "what was measured comes first": ((NOW - S, 1.0, 99.0), Timing(0, 1.0)),
    "a slow network is no wrong clock": ((NOW - S, None, 9.0), Timing()),
    "measured, and still in the future": ((NOW + DAY, -3600.0), Timing(-HOUR, -3600.0, "future-dated", later=True)),
    "months late": ((NOW - 200 * DAY, 0.0), Timing(0, 0.0)),
    "longer ago than anything is kept": ((NOW - 401 * DAY, 0.0), Timing(0, 0.0, "too-old")),
}


@pytest.mark.parametrize("case", CASES)
def test_when_a_segment_was(case: str) -> None:
    """What a segment's times are taken for, and what is refused or put off."""
    given_, expected = CASES[case]
    assert judged(*given_) == expected


@given(st.integers(0, 2 * NOW), st.floats(-1e9, 1e9), st.none() | st.floats(-1e9, 1e9))
def test_what_is_taken_in_is_neither_old_nor_to_come(end_us: int, measured_s: float, guessed_s: float | None) -> None:
    """Whatever the clocks say, what is let in lies between the oldest that is kept and five minutes from now."""
    found = judged(end_us, measured_s, guessed_s)
    within = NOW - 400 * DAY <= end_us + found.shift_us <= NOW + 300 * S
    assert within == (not found.reason)
    assert found.later == (found.reason == "future-dated")
