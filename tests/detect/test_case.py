"""The case of one rise."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from isdas.detect.case import Case, per_cell
from isdas.detect.evidence import Evidence
from isdas.detect.rise import Rise

Plain = Callable[..., tuple[Rise, Evidence]]


def test_nothing_taken_away_leaves_everything(plain: Plain) -> None:
    """With all cells kept, all of the excess and a high score are left."""
    case = Case.of(*plain())
    left, part = case.left(np.ones(len(case.cells), np.bool_))
    assert left > 6
    assert part == pytest.approx(1.0)


def test_everything_taken_away_leaves_nothing(plain: Plain) -> None:
    """Without any cell there is no rise."""
    case = Case.of(*plain())
    assert case.left(np.zeros(len(case.cells), np.bool_)) == (0.0, 0.0)


def test_a_case_among_some_rows_has_only_their_cells(plain: Plain) -> None:
    """A source that two sensors saw in an hour is still a cell by what one of them saw."""
    rise, evidence = plain()
    twice = replace(evidence, source=np.full(len(evidence.hour), 7))
    case = Case.of(rise, twice)
    odd = evidence.sensor % 2 == 1
    among = case.among(odd)
    assert odd[among.cells].all()
    assert set(evidence.hour[among.cells]) == set(evidence.hour[odd])
    assert among.past.tolist() == (evidence.hour[among.cells] < rise.window_begin).tolist()
    assert len(case.among(np.zeros(len(odd), np.bool_)).cells) == 0


def test_half_of_the_sources_are_half_of_the_rise(plain: Plain) -> None:
    """What is kept is compared with its own past, so a random half still stands."""
    case = Case.of(*plain())
    left, part = case.left(np.arange(len(case.cells)) % 2 == 0)
    assert left > 4
    assert part == pytest.approx(0.5, abs=0.1)


def test_the_span_ends_with_the_evidence_or_the_incident(plain: Plain) -> None:
    """Nobody judges by hours that are not known yet; a longer incident is judged by three days more."""
    rise, evidence = plain()
    case = Case.of(rise, evidence)
    assert case.span.end == evidence.end
    assert case.span.begin == rise.window_begin


def test_the_top_is_the_one_with_the_largest_excess(plain: Plain) -> None:
    """A region that sends the whole excess is the top one, though another was larger before."""
    case = Case.of(*plain(added={"region": 3}))
    top, kept = case.top(per_cell(case, case.evidence.region))
    assert top == 3
    assert case.left(kept)[1] < 0.2


def test_sensors_that_rise_by_themselves_are_counted(plain: Plain) -> None:
    """A rise on all sensors shows on most of the twelve; one on a single sensor on that one."""
    rising, live = Case.of(*plain()).sensors_rising()
    assert live == 12
    assert rising >= 8
    alone, _ = Case.of(*plain(added={"sensor": 4})).sensors_rising()
    assert 1 <= alone <= 2


def test_new_hosts_are_told_from_hosts_that_stay(plain: Plain) -> None:
    """Where every source-hour is another host, sources rise as much as source-hours do."""
    seen, usual, spread, grown = Case.of(*plain()).persistence()
    assert 0 < spread < 0.1
    assert seen / usual == pytest.approx(grown, rel=0.05)
    assert grown > 5
