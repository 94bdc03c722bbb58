"""What a search writes down."""

import io
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isdas.detect.activity import Activity
from isdas.detect.config import Config
from isdas.detect.find import by_day
from isdas.detect.remember import Unusable, read, write
from isdas.detect.search import Search

Counts = Callable[..., np.ndarray]
Make = Callable[..., Activity]
CONFIG = Config(baseline_days=21)


@pytest.fixture
def days(counts_of: Counts, activity_of: Make) -> list[Activity]:
    """Sixty days of five ports with rises, one of them new in the sixth week, and a day's gap."""
    counts = counts_of(203, [10.0, 3.0, 1.0, 0.3, 0.1, 2.0], 60, 0.3)
    for row, day in ((1, 27), (2, 40), (3, 52), (0, 57)):
        counts[row, day * 24 : day * 24 + 60] *= 9
    counts[5, : 40 * 24] = 0
    live = np.full(60 * 24, 12.0)
    live[30 * 24 : 31 * 24] = 0.0
    whole = activity_of(counts, live)
    away = np.random.default_rng(204).binomial(counts, 11 / 12).astype(np.int32)
    apart = np.ones(60 * 24, np.bool_)
    # Two sensors were left for a day, which the search must know a week later, when it learns from it.
    apart[44 * 24 : 45 * 24] = False
    return list(by_day(replace(whole, elsewhere=away, apart=apart)))


def _written(search: Search) -> bytes:
    out = io.BytesIO()
    write(search, out)
    return out.getvalue()


def _after(days: list[Activity]) -> Search:
    search = Search.of(days[0].start, CONFIG)
    for day in days:
        search.look(day)
    return search


@pytest.mark.parametrize("cut", [1, 5, 29, 42, 53, 58])
def test_what_was_written_goes_on_as_if_it_had_not_been(days: list[Activity], cut: int) -> None:
    """Written down after any day and read back, a search ends with the same bytes and rises as one that never was."""
    whole = _after(days)
    again = read(io.BytesIO(_written(_after(days[:cut]))), CONFIG)
    for day in days[cut:]:
        again.look(day)
    assert _written(again) == _written(whole)
    assert [(r.port, r.hour, r.score) for r in again.rises()] == [(r.port, r.hour, r.score) for r in whole.rises()]
    assert whole.rises()


def test_other_settings_make_it_unusable(days: list[Activity]) -> None:
    """A search with other thresholds would have gone otherwise."""
    data = _written(_after(days[:20]))
    with pytest.raises(Unusable, match="other settings"):
        read(io.BytesIO(data), Config(baseline_days=22))


def test_the_middle_of_a_day_is_not_written(days: list[Activity]) -> None:
    """It could not be gone on with."""
    search = _after(days[:20])
    some = days[20]
    search.look(Activity(some.start, some.keys, some.counts[:, :5], some.exposure[:5], 12))
    with pytest.raises(ValueError, match="midnight"):
        write(search, io.BytesIO())


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_damage_is_noticed(data: st.DataObject) -> None:
    """Cut short or with any bit turned, it is refused rather than believed."""
    rng = np.random.default_rng(1)
    counts = rng.poisson(2.0, (3, 24 * 20)).astype(np.int32)
    from isdas.model.port import Port

    start = np.datetime64("2021-02-01T00", "h")
    activity = Activity(start, tuple(Port(6, n) for n in range(3)), counts, np.ones(24 * 20), 1)
    whole = _written(_after(list(by_day(activity))))
    if data.draw(st.booleans()):
        broken = whole[: data.draw(st.integers(0, len(whole) - 1))]
    else:
        at = data.draw(st.integers(0, len(whole) * 8 - 1))
        broken = bytearray(whole)
        broken[at // 8] ^= 1 << at % 8
        broken = bytes(broken)
    with pytest.raises(Unusable):
        read(io.BytesIO(broken), CONFIG)
