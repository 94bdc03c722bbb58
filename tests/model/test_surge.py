"""
Tests of isdas.model.surge.
"""

import dataclasses
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isdas.model.surge import VERDICTS, Guard, RegionShare, Surge

SECONDS = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)).map(
    lambda when: when.replace(microsecond=0)
)
# Rounded as the report rounds, so that what comes back is exactly what went in.
SHARE = st.floats(0, 1).map(lambda x: round(x, 4))
FIGURE = st.floats(0, 9999).map(lambda x: round(x, 3))
NAME = st.text(min_size=1, max_size=12)
COUNT = st.integers(0, 10**9)

SURGES = st.builds(
    Surge,
    identifier=NAME,
    port=st.just("445/tcp"),
    ports=st.lists(st.sampled_from(["445/tcp", "139/tcp"]), min_size=1).map(tuple),
    verdict=st.sampled_from(VERDICTS),
    detected_at=SECONDS,
    onset_at=SECONDS,
    onset_low_at=SECONDS,
    onset_high_at=SECONDS,
    ended_at=st.none() | SECONDS,
    window_hours=st.integers(1, 72),
    regions=st.lists(st.builds(RegionShare, NAME, SHARE), max_size=3).map(tuple),
    mainly=st.lists(NAME, max_size=3).map(tuple),
    sources=COUNT,
    packets=COUNT,
    baseline=FIGURE,
    observed=COUNT,
    factor=FIGURE,
    score=FIGURE,
    sensors_rising=COUNT,
    sensors_live=COUNT,
    tools=st.lists(st.tuples(NAME, SHARE), max_size=3).map(tuple),
    guards=st.lists(st.builds(Guard, NAME, st.booleans(), SHARE, NAME), max_size=3).map(tuple),
    shape=st.sampled_from(["step", "ramp", "exponential"]),
    basis=st.just({"versions": {"counts": 3}}),
)


@given(SURGES)
def test_report_and_surge_are_inverse(surge: Surge) -> None:
    """A surge survives its report as JSON."""
    report = json.loads(json.dumps(surge.as_dict(), allow_nan=False))
    assert Surge.from_dict(report) == surge


@given(SURGES)
def test_fields_survive_by_themselves(surge: Surge) -> None:
    """The report has every field of a surge under its own name."""
    assert list(surge.as_dict()) == [field.name for field in dataclasses.fields(Surge)]


def test_report_has_the_promised_fields() -> None:
    """The fields of the command contract are there under their promised names."""
    promised = "identifier port ports verdict detected_at onset_at onset_low_at onset_high_at regions sources packets"
    promised += " baseline factor score sensors_rising sensors_live tools"
    assert set(promised.split()) <= {field.name for field in dataclasses.fields(Surge)}


def test_report_rounds() -> None:
    """Shares are told to four places, and times to the second in UTC."""
    at = datetime(2008, 10, 30, 13, 0, 0, 999, tzinfo=UTC)
    surge = Surge(
        "x", "445/tcp", ("445/tcp",), "broad", at, at, at, at, None, 6, (RegionShare("JP", 2 / 3),), ("JP",),
        10, 20, 1 / 3, 10, 30.00049, 9.0, 8, 12,
    )  # fmt: skip
    report = surge.as_dict()
    assert report["regions"] == [{"region": "JP", "excess_share": 0.6667}]
    assert report["onset_at"] == "2008-10-30T13:00:00Z"
    assert report["ended_at"] is None
    assert report["factor"] == 30.0


def test_only_one_verdict_asks_for_an_alert() -> None:
    """Broad comes first among the verdicts, and no verdict is listed twice."""
    assert VERDICTS[0] == "broad"
    assert len(set(VERDICTS)) == len(VERDICTS)


def test_report_that_lacks_a_field_is_refused() -> None:
    """A report without one of its fields is not a surge."""
    with pytest.raises(KeyError):
        Surge.from_dict({"identifier": "x"})
