"""Tests of isdas.lake.shown."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isdas.lake.config import Config
from isdas.lake.lake import Lake
from isdas.lake.query import series
from isdas.lake.records import Statement
from isdas.lake.shown import NO_TOOL
from isdas.model.columns import Capability
from isdas.model.packets import Packets
from isdas.model.time import from_micros
from isdas.model.tool import TOOLS, shows

Make = Callable[..., Packets]
Do = Callable[..., Any]
START = from_micros(475_200 * 3_600_000_000)

CAPTURE = int(Capability.CAPTURE)
LOG = CAPTURE & ~int(Capability.SEQUENCE | Capability.OPTIONS)
"""What a netfilter log shows that was told to write no sequence numbers."""


@pytest.fixture
def mixed(lake: Lake, packets_of: Make, admit: Do) -> Lake:
    """A capture with 2 of masscan, 1 of zmap and 1 of none; a log with 1 of zmap and 3 of none; flows with 5."""
    stated = (Statement("alpha", START, START + timedelta(hours=1)),)
    tools = ["masscan", "masscan", "zmap", ""]
    admit(lake, "1", packets_of([0.1] * 4, source=[1, 1, 2, 3], tool=tools, capabilities=CAPTURE), statements=stated)
    admit(lake, "2", packets_of([0.2] * 4, source=[2, 3, 4, 5], tool=["zmap", "", "", ""], capabilities=LOG))
    admit(
        lake,
        "3",
        packets_of(
            [0.3] * 5, source=9, tool=pa.nulls(5, pa.string()).dictionary_encode(), capabilities=int(Capability.TCP)
        ),
    )
    lake.fold()
    return lake


def test_a_tool_is_a_share_of_what_could_show_it(mixed: Lake, period_of: Do) -> None:
    """Masscan's packets are a share of the capture's, zmap's of the capture's and the log's, of one sensor and hour."""
    found = series(mixed, period_of("2024-03-18", "2024-03-18"), by="tool", measure="packets", top=9)
    assert found.of is not None
    told = {key: (values[0], of[0]) for key, values, of in zip(found.keys, found.values, found.of, strict=True)}
    assert told["masscan"] == (2, 4)
    assert told["zmap"] == (2, 8)
    assert told[NO_TOOL] == (4, 8)
    assert told["unknown"][0] == 5
    assert np.isnan(told["unknown"][1])


def test_sources_are_a_share_of_sources(mixed: Lake, period_of: Do) -> None:
    """Sources are counted once, however many inputs saw them."""
    found = series(mixed, period_of("2024-03-18", "2024-03-18"), by="tool", measure="sources", top=9)
    assert found.of is not None
    told = {key: (values[0], of[0]) for key, values, of in zip(found.keys, found.values, found.of, strict=True)}
    assert told["masscan"] == (1, 3)
    assert told["zmap"] == (1, 5)


def test_both_are_per_sensor(mixed: Lake, period_of: Do) -> None:
    """What a share is of has the measure of the values, so that the quotient is the share."""
    found = series(mixed, period_of("2024-03-18", "2024-03-18"), by="tool", keys=("masscan",), bin_hours=1)
    assert found.of is not None
    assert found.values[0, 0] / found.of[0, 0] == pytest.approx(0.5)
    assert np.isnan(found.of[0, 1:]).all()


def test_the_rest_is_a_share_of_nothing(mixed: Lake, period_of: Do) -> None:
    """Of other, which is several tools, and of a name that nobody knows it cannot be said what could show it."""
    day = period_of("2024-03-18", "2024-03-18")
    found = series(mixed, day, by="tool", measure="packets", top=1)
    assert found.keys[-1] == "other"
    assert found.of is not None
    assert np.isnan(found.of[-1]).all()
    unheard = series(mixed, day, by="tool", measure="packets", keys=("netcat", "hajime-like"))
    assert unheard.of is not None
    assert np.isnan(unheard.of[0]).all()
    assert unheard.of[1].tolist() == [4]
    assert series(mixed, day, by="region").of is None


def test_the_report_has_both(mixed: Lake, period_of: Do) -> None:
    """The report by tool has `of` beside the values, null where it is not known; other reports do not."""
    day = period_of("2024-03-18", "2024-03-18")
    told: Any = series(mixed, day, by="tool", measure="packets", keys=("masscan", "unknown")).as_dict()["series"]
    assert told == [
        {"key": "masscan", "values": [2.0], "of": [4.0]},
        {"key": "unknown", "values": [5.0], "of": [None]},
    ]
    plain: Any = series(mixed, day, measure="packets").as_dict()["series"]
    assert plain == [{"key": "total", "values": [13.0]}]


ROWS = st.lists(
    st.tuples(st.sampled_from([1, 6, 17, 47]), st.integers(0, 8191), st.sampled_from(TOOLS)), min_size=1, max_size=30
)


@settings(max_examples=15)
@given(ROWS)
def test_tables_and_packets_agree(packets_of: Make, admit: Do, period_of: Do, rows: list[tuple[int, int, str]]) -> None:
    """Whatever inputs show and packets are, the packets that could show a tool are those of `model.tool.shows`."""
    # Only what could bear a label has one.
    tools = [tool if tool and shows(mask, protocol)[tool] else "" for protocol, mask, tool in rows]
    protocol, mask = np.array([row[0] for row in rows]), np.array([row[1] for row in rows])
    with TemporaryDirectory() as folder:
        lake = Lake(Path(folder), Config(threads=1))
        admit(lake, "1", packets_of([0.1] * len(rows), tool=tools, protocol=protocol, capabilities=mask))
        lake.fold()
        found = series(lake, period_of("2024-03-18", "2024-03-18"), by="tool", measure="packets", keys=TOOLS[1:])
    assert found.of is not None
    able = [sum(shows(row[1], row[0])[tool] for row in rows) for tool in TOOLS[1:]]
    assert found.of[:, 0].tolist() == able
