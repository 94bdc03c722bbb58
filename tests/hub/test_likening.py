"""Surges by the same sources, from the tables."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from isdas.enrich.config import Config as EnrichConfig
from isdas.hub.intake import ingest
from isdas.hub.likening import liken
from isdas.lake.lake import Lake
from isdas.model.explanation import Explanation
from isdas.model.surge import RegionShare, Surge
from isdas.model.time import Period, from_micros

HEAD = "#separator \\x09\n#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tconn_state\n"
FIRST = 1_370_044_800  # 2013-06-01
DATA = Period.parse("2013-06-01", "2013-06-05", ZoneInfo("UTC"))


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty sources on 22/tcp on the second day, thirty of them on 23/tcp two days later; ten always on both."""
    packets = []
    for day, port, crowd in ((1, 22, range(40)), (3, 23, range(10, 40))):
        packets += [(FIRST + day * 86_400 + 60 * i, f"198.18.{i}.1", port) for i in crowd]
    for day in range(4):
        packets += [(FIRST + day * 86_400 + 90 * i + 5, f"198.19.{i}.1", p) for i in range(10) for p in (22, 23)]
    folder = tmp_path_factory.mktemp("days")
    lines = (f"{t}.0\tC{i}\t{s}\t4000\t192.0.2.1\t{p}\ttcp\tS0\n" for i, (t, s, p) in enumerate(sorted(packets)))
    (folder / "conn.log").write_text(HEAD + "".join(lines))
    ingest([folder / "conn.log"], Lake(folder / "data"), EnrichConfig())
    return folder / "data"


@pytest.fixture
def pair(make_surge: Callable[..., Surge]) -> tuple[Surge, Surge]:
    """The rises of 22/tcp and of 23/tcp, as different as can be but for who scans."""
    made = []
    for day, port, region in ((1, "22/tcp", "JP"), (3, "23/tcp", "BR")):
        at = from_micros((FIRST + day * 86_400) * 1_000_000)
        times = {"onset_at": at, "detected_at": at + timedelta(hours=6), "ended_at": at + timedelta(hours=20)}
        what = {"port": port, "ports": (port,), "regions": (RegionShare(region, 1.0),), "factor": 9.0 ** (day + 1)}
        made.append(make_surge(identifier=f"{day}-{port}", explanation=Explanation(), **times, **what))
    return made[0], replace(made[1], tools=(("zmap", 1.0),), shape="exponential")


def test_the_same_sources_again_are_told(days: Path, pair: tuple[Surge, Surge]) -> None:
    """Thirty of the forty came again on another port; who always scans it is no part of either."""
    found, made = liken(Lake(days), pair, DATA, [])
    assert {name: crowd.sources for name, crowd in made.items()} == {pair[0].identifier: 40, pair[1].identifier: 30}
    (like,) = found[1].explanation.similar  # type: ignore[union-attr]
    assert (like.identifier, like.shared_sources, like.shared_networks) == (pair[0].identifier, 1.0, 1.0)
    assert like.likeness == 1.0
    assert found[0].explanation.similar == ()  # type: ignore[union-attr]


def test_sketches_outlive_the_sightings(days: Path, tmp_path: Path, pair: tuple[Surge, Surge]) -> None:
    """A past surge is compared by its sketch when no table knows its sources any more; what is unchanged is not."""
    lake = Lake(tmp_path / "data")
    lake.records.put_surges(pair)
    lake.records.put_sketches(liken(Lake(days), pair, DATA, [])[1])
    later = replace(DATA, end=DATA.end + timedelta(days=30))
    found, made = liken(lake, pair[1:], later, pair[:1])
    assert made == {}
    assert [one.shared_sources for one in found[0].explanation.similar] == [1.0]  # type: ignore[union-attr]
    assert liken(lake, pair[1:], DATA, pair, {pair[1].identifier}) == ([pair[1]], {})
    again = liken(lake, pair[1:], later, pair[:1], {pair[1].identifier})[0][0]
    assert again.explanation == found[0].explanation


def test_what_fell_is_like_nothing(days: Path, pair: tuple[Surge, Surge]) -> None:
    """Who vanished cannot come again."""
    fall = replace(pair[1], change="fall")
    assert liken(Lake(days), [fall], DATA, pair[:1]) == ([fall], {})
