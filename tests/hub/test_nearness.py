"""Tests of isdas.hub.nearness."""

from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest

from isdas.detect.locality import CHANCE
from isdas.hub.fingerprints import NAMES
from isdas.hub.nearness import nearness
from isdas.lake.headers import Sample, headers
from isdas.lake.lake import Lake
from isdas.model.address import from_ipv4
from isdas.model.columns import Capability
from isdas.model.packets import Packets
from isdas.model.port import Port
from isdas.model.time import Period

SMB = Port.parse("445/tcp")
FIRST, SECOND = (Period.parse(day, day, ZoneInfo("Asia/Tokyo")) for day in ("2008-10-06", "2008-10-07"))
SENSOR = 0xC6120001


def _sample(lake: Lake, period: Period) -> Sample:
    return headers(lake, SMB, period, NAMES)


def test_simulated_sources_have_no_preference(filled: Path) -> None:
    """The simulated sensors stand in networks that no simulated source lives in."""
    lake = Lake(filled)
    assert nearness(_sample(lake, SECOND), _sample(lake, FIRST)) == (0.0, CHANCE)


def test_packets_that_were_let_go_tell_nothing(tmp_path: Path) -> None:
    """An empty lake has no answer, and no error."""
    lake = Lake(tmp_path)
    assert nearness(_sample(lake, SECOND), _sample(lake, FIRST)) is None


@pytest.mark.parametrize(
    ("able", "expected"),
    [(int(Capability.CAPTURE), 0.25), (int(Capability.DESTINATION_NETWORK | Capability.DESTINATION), None), (0, None)],
)
def test_a_planted_preference_if_the_sensors_are_known(able: int, expected: float | None) -> None:
    """A quarter of 12,000 sources next to the sensor; where only networks are known, or nothing, no answer.

    The two periods were cut differently, to one source in two and in three; those in both cuts are compared.
    """

    def cut(every: int, top: int, planted: int) -> Sample:
        rng = np.random.default_rng(every)
        numbers = rng.choice(1 << 24, 12000, replace=False) + top
        numbers[:planted] = (SENSOR & ~0xFFFF) + rng.choice(1 << 16, planted, replace=False)
        low = from_ipv4(numbers)
        low = low[low % every == 0]
        n = len(low)
        columns = {
            "capabilities": pa.array(np.full(n, able), pa.int32()),
            "source_high": pa.array(np.zeros(n, np.int64)),
            "source_low": pa.array(low),
            "destination_high": pa.array(np.zeros(n, np.int64)),
            "destination_low": pa.array(from_ipv4(np.full(n, SENSOR))),
        }
        return Sample(Packets.of(columns, n), every)

    found = nearness(cut(2, 0x01000000, 3000), cut(3, 0x02000000, 0))
    if expected is None:
        assert found is None
    else:
        assert found is not None
        assert found[0] == pytest.approx(expected, abs=0.03)
        assert found[1] == CHANCE
