"""Evidence and its unit, the distinct source-hour."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from isdas.detect.evidence import Evidence, distinct

Make = Callable[..., Evidence]


def test_a_source_counts_once_an_hour_however_many_sensors_saw_it(evidence_of: Make) -> None:
    """Three sensors that see one source in one hour are one cell; the next hour is another."""
    evidence = evidence_of(np.array([3, 1]), np.zeros(2, np.int64))
    same = replace(evidence, source=np.full(4, 77))
    assert len(distinct(same, np.ones(4, np.bool_))) == 2
    assert len(distinct(evidence, np.ones(4, np.bool_))) == 4


def test_kinds_and_hours_select_sightings(evidence_of: Make) -> None:
    """Sightings are chosen by the names of their kinds and by half-open stretches of hours."""
    evidence = evidence_of(np.array([2, 2]), np.array([0, 3]), added={"kind": 1})
    assert evidence.of_kind("backscatter").sum() == 3
    assert evidence.of_kind("scan").sum() == 4
    assert evidence.between(evidence.begin, evidence.begin + 1).sum() == 2


def test_observed_hours_come_from_the_exposure(evidence_of: Make) -> None:
    """A sensor that was up for half of the hours observed half; outside the evidence nothing was observed."""
    exposure = np.ones((12, 4))
    exposure[3, 2:] = 0.0
    evidence = evidence_of(np.ones(4, np.int64), np.zeros(4, np.int64), exposure=exposure)
    observed = evidence.observed(evidence.begin - 10, evidence.end + 10)
    assert observed[3] == 2.0
    assert observed[0] == 4.0


def test_what_could_show_a_tool(evidence_of: Make) -> None:
    """A sighting could show a tool if its input shows what the tool needs and something was seen, or if it bears it."""
    mask = np.array([8191, 8 | 4, 8 | 4, 8191, 0])
    tool = np.array([0, 0, 1, -1, 1], np.int32)
    evidence = evidence_of(np.full(5, 1), np.zeros(5, np.int64), capabilities=mask, tool=tool, tools=("", "masscan"))
    assert evidence.could_show("masscan", 6).tolist() == [True, False, True, False, True]
    assert evidence.could_show("zmap", 6).tolist() == [True, True, True, False, False]
    assert evidence.could_show("masscan", 17).tolist() == [False, False, True, False, True]
    assert not evidence.could_show("netcat", 6).any()


def test_what_was_known_until_an_hour(evidence_of: Make) -> None:
    """Sightings of later hours are left out, with all their columns, and so are the hours in which sensors watched."""
    evidence = evidence_of(np.array([2, 1, 4]), np.zeros(3, np.int64))
    evidence = replace(evidence, breadth=np.arange(7), bogon=np.arange(7) == 1)
    known = evidence.until(evidence.begin + 2)
    assert len(known.hour) == 3
    assert known.end == evidence.begin + 2
    assert known.breadth is not None
    assert known.breadth.tolist() == [0, 1, 2]
    assert known.bogon is not None
    assert known.bogon.sum() == 1
    assert evidence.until(evidence.end).hour.tolist() == evidence.hour.tolist()
    assert replace(evidence, bogon=None).until(evidence.begin).bogon is None


def test_columns_of_different_lengths_are_refused(evidence_of: Make) -> None:
    """A column too short or a sensor without exposure is a mistake."""
    evidence = evidence_of(np.ones(4, np.int64), np.zeros(4, np.int64))
    with pytest.raises(ValueError, match="differ in length"):
        replace(evidence, packets=np.ones(3, np.int64))
    with pytest.raises(ValueError, match="expected 12"):
        replace(evidence, exposure=np.ones((3, 4)))
