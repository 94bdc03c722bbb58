"""The way to surges: look. What it remembers and replays is in test_searching."""

import shutil
from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

from isdas.detect.config import Config as DetectConfig
from isdas.hub.looking import look
from isdas.lake.lake import Lake
from isdas.model.surge import Surge
from isdas.model.time import Period

TOKYO = ZoneInfo("Asia/Tokyo")


def test_looking_at_nothing_finds_nothing(tmp_path: Path) -> None:
    """Without data there are no surges."""
    assert look(Lake(tmp_path), Period.parse("2008-10-06", "2008-10-07", TOKYO), DetectConfig()) == []


def test_looking_twice_finds_the_same(filled: Path, make_surge: Callable[..., Surge]) -> None:
    """Looking changes no table, gives the same surges again, and keeps those it finds."""
    lake, period = Lake(filled), Period.parse("2008-10-06", "2008-10-07", TOKYO)
    first = look(lake, period, DetectConfig())
    assert look(lake, period, DetectConfig()) == first
    assert {s.identifier for s in first} <= {s.identifier for s in lake.records.surges()}
    assert make_surge().identifier not in {s.identifier for s in first}


def test_looking_at_a_group_keeps_nothing(filled: Path, make_surge: Callable[..., Surge], tmp_path: Path) -> None:
    """What some sensors saw is a question: the surges that are kept stay as they are."""
    shutil.copytree(filled, tmp_path / "data")
    lake, period = Lake(tmp_path / "data"), Period.parse("2008-10-06", "2008-10-07", TOKYO)
    lake.records.put_surges([make_surge()])
    names = lake.ask("SELECT DISTINCT sensor FROM coverage ORDER BY sensor", "coverage")["sensor"].to_pylist()
    found = look(lake, period, DetectConfig(), sensors=names[:4])
    assert all(surge.sensors_live <= 4 for surge in found)
    assert lake.records.surges() == [make_surge()]
