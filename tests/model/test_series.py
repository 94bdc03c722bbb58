"""
Tests of isdas.model.series.
"""

import json
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from isdas.model.series import MEASURES, Basis, Series
from isdas.model.time import Period

PERIOD = Period.parse("2008-10-30", "2008-10-30", ZoneInfo("Asia/Tokyo"))


def series_of(values: npt.NDArray[np.float64], coverage: npt.NDArray[np.float64]) -> Series:
    """A series by region over the first bins of one day."""
    return Series(
        period=PERIOD,
        bins=PERIOD.bins(1)[: len(coverage)],
        bin_hours=1,
        by="region",
        keys=tuple(f"R{i}" for i in range(len(values))),
        values=values,
        coverage=coverage,
        port="445/tcp",
        n_sensors=3,
        basis=Basis({"counts": 7}, {"iptocc": "3.3"}, 0.25),
    )


VALUES = hnp.arrays(np.float64, (3, 24), elements=st.floats(0, 1e9) | st.just(np.nan))


@given(VALUES)
def test_report_is_json_with_null_for_a_gap(values: npt.NDArray[np.float64]) -> None:
    """The report is valid JSON; a bin without observation is null, and a zero is a zero."""
    report = json.loads(json.dumps(series_of(values, np.ones(24)).as_dict(), allow_nan=False))
    reported = np.array([row["values"] for row in report["series"]], np.float64)
    assert np.array_equal(np.isnan(reported), np.isnan(values))
    assert np.allclose(reported, values, rtol=0, atol=1e-4, equal_nan=True)


def test_report_has_the_promised_form() -> None:
    """Bins are ISO starts in UTC with a Z, and everything that made the figure is named."""
    report = series_of(np.array([[1.0, np.nan]]), np.array([2.5, 0.0])).as_dict()
    assert report == {
        "measure": "packets-per-sensor",
        "by": "region",
        "port": "445/tcp",
        "kind": "all",
        "bin_hours": 1,
        "bins": ["2008-10-29T15:00:00Z", "2008-10-29T16:00:00Z"],
        "series": [{"key": "R0", "values": [1.0, None]}],
        "coverage": [2.5, 0.0],
        "n_sensors": 3,
        "basis": {"versions": {"counts": 7}, "editions": {"iptocc": "3.3"}, "coverage_inferred_share": 0.25},
    }


def test_gap_is_a_bin_that_nobody_observed() -> None:
    """Half a sensor is an observation; none is a gap."""
    assert series_of(np.zeros((1, 3)), np.array([1.0, 0.5, 0.0])).gaps.tolist() == [False, False, True]


@pytest.mark.parametrize(
    ("n_values", "n_coverage"), [(23, 24), (24, 23), (25, 24)], ids=["few-values", "few-coverage", "many-values"]
)
def test_lengths_must_agree(n_values: int, n_coverage: int) -> None:
    """Values and coverage of another length than the bins are refused."""
    with pytest.raises(ValueError, match="expected"):
        Series(PERIOD, PERIOD.bins(1), 1, "total", ("all",), np.zeros((1, n_values)), np.zeros(n_coverage))


def test_every_measure_has_a_unit() -> None:
    """The measure that series have by default is one of the measures, and each has a unit on paper."""
    assert series_of(np.zeros((1, 1)), np.ones(1)).measure in MEASURES
    assert all(MEASURES.values())
