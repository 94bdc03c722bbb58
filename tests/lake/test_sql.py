"""Tests of isdas.lake.sql."""

import re
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isdas.lake import sql
from isdas.lake.engine import DuckEngine

STATEMENTS = {
    "rhythm": sql.rhythm(),
    "changed_hours": sql.changed_hours(),
    "coverage_of": sql.coverage_of("changed"),
}
_ENGINE = DuckEngine(Path("unused"), threads=1)
FOREIGN = r"//|::|\bepoch_us\b|make_timestamptz|\bQUALIFY\b|\bEXCLUDE\b|list_|string_agg|\bILIKE\b"
"""What DuckDB understands and Spark does not, as far as it tempts."""


@pytest.mark.parametrize("name", STATEMENTS)
def test_statements_are_plain_selects(name: str) -> None:
    """Every statement is one SELECT in words that both engines know."""
    text = STATEMENTS[name].strip()
    assert text.startswith("SELECT")
    assert ";" not in text.replace("';'", "")
    assert not re.search(FOREIGN, text)


@given(st.integers(-(10**17), 2 * 10**17))
def test_an_hour_begins_on_the_hour(micros: int) -> None:
    """The hour of a time is the last whole one up to it, exactly, from the year -1200 to 8300."""
    given = {"given": pa.table({"t": pa.array([micros], pa.timestamp("us", tz="UTC"))})}
    [hour] = _ENGINE.query(f"SELECT {sql.hour_us('t')} AS h FROM given", {}, given)["h"].to_pylist()
    assert hour % sql.HOUR_US == 0
    assert hour <= micros < hour + sql.HOUR_US
