"""The fleet's groups of sensors in the evidence of a rise."""

import shutil
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from isdas.detect.config import Config
from isdas.detect.rise import Rise
from isdas.hub.evidence import evidence
from isdas.lake.groups import join
from isdas.lake.lake import Lake
from isdas.model.port import Port
from isdas.model.time import Period

DATA = Period.parse("2008-10-06", "2008-10-07", ZoneInfo("Asia/Tokyo"))


def _rise() -> Rise:
    hour, hours = np.datetime64("2008-10-07T06", "h"), 12
    facts = {"observed": 30, "baseline": 10.0, "expected": 10.0, "variance": 0.1, "support": 50.0}
    course = {"begin": hour - 11, "counts": np.zeros(hours, np.int32), "means": np.ones(hours)}
    spread = {"hourly_variance": 0.1, "slow_sd": 0.2}
    return Rise(
        Port(6, 445),
        hour,
        6,
        "usual",
        6.0,
        5.0,
        **facts,
        ended=None,
        settled=False,
        **course,
        **spread,  # type: ignore[arg-type]
    )


def test_groups_are_told_by_their_sensors(filled: Path, tmp_path: Path) -> None:
    """Each group names the places of its sensors; a fleet without groups has none."""
    shutil.copytree(filled, tmp_path / "data")
    lake = Lake(tmp_path / "data")
    assert evidence(lake, _rise(), DATA, Config()).groups == ()
    names = lake.ask("SELECT DISTINCT sensor FROM coverage ORDER BY sensor", "coverage")["sensor"].to_pylist()
    join(lake, "domestic", names[2:4], "hana")
    join(lake, "abroad", names[3:4], "hana")
    found = evidence(lake, _rise(), DATA, Config())
    told = {group: [found.sensors[i] for i in members] for group, members in found.groups}
    assert told == {"domestic": names[2:4], "abroad": names[3:4]}
