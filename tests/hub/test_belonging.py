"""Groups and surges that are linked, from the tables."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from isdas.alerts.config import Config as AlertsConfig
from isdas.detect.config import Config
from isdas.enrich.config import Config as EnrichConfig
from isdas.hub.belonging import days_of, groups_of, link
from isdas.hub.explaining import complete
from isdas.hub.intake import ingest
from isdas.hub.sources import group_upto
from isdas.lake.lake import Lake
from isdas.lake.source_groups import on
from isdas.model.source_group import by_group
from isdas.model.surge import Surge
from isdas.model.time import Period

HEAD = "#separator \\x09\n#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tconn_state\n"
FIRST = 1_370_044_800  # 2013-06-01
LAST = date(2013, 6, 4)


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four days: 60 sources on 22/tcp each day; from the third 120 others on 22/tcp and forty others."""
    probes = []
    for day in range(4):
        at = FIRST + day * 86_400
        probes += [(at + 60 * i, f"198.18.{day}.{i}", 22) for i in range(60)]
        for port in (22, *range(9000, 9040)):
            probes += [(at + 43_200 + 60 * i + port % 60, f"198.19.1.{i}", port) for i in range(120 * (day > 1))]
    folder = tmp_path_factory.mktemp("days")
    lines = (f"{t}.0\tC{i}\t{s}\t4000\t192.0.2.1\t{p}\ttcp\tS0\n" for i, (t, s, p) in enumerate(sorted(probes)))
    (folder / "conn.log").write_text(HEAD + "".join(lines))
    ingest([folder / "conn.log"], Lake(folder / "data"), EnrichConfig())
    return folder / "data"


@pytest.fixture
def surge(make_surge: Callable[..., Surge]) -> Surge:
    """What 22/tcp does from noon of the third day."""
    at = datetime(2013, 6, 3, 12, tzinfo=UTC)
    return make_surge(
        identifier="20130603T14-22-tcp",
        port="22/tcp",
        ports=("22/tcp",),
        onset_at=at,
        onset_low_at=at,
        onset_high_at=at,
        detected_at=at + timedelta(hours=2),
    )


def test_a_surge_tells_its_group_and_the_group_its_surge(days: Path, surge: Surge) -> None:
    """When the days are grouped, the group that came with the surge makes all of its excess, and says so."""
    lake = Lake(days)
    lake.records.put_surges([surge])
    group_upto(lake, LAST, Config(), at_most=14)
    told = lake.records.surge(surge.identifier).explanation
    assert told is not None
    (group,) = told.source_groups
    assert (group.size, group.sources, group.usual, group.excess_share) == (120, 120.0, 0.0, 1.0)
    assert (group.standing, group.since) == ("new", "2013-06-03")
    assert group.name in {one.name for one in on(lake.records.database, LAST)}
    (part,) = by_group(lake.records.surges())[group.name]
    assert (part.surge, part.excess_share, part.on(LAST), part.on(date(2013, 6, 2))) == (
        surge.identifier,
        1.0,
        True,
        False,
    )
    assert link(lake, [LAST]) == []
    done = complete(lake, [surge], Period.parse("2013-06-01", "2013-06-04", ZoneInfo("UTC")), AlertsConfig())
    assert done[0].explanation is not None
    assert done[0].explanation.source_groups == told.source_groups


def test_what_is_not_grouped_is_not_told(days: Path, surge: Surge) -> None:
    """Of a surge whose days nobody grouped, and of days after the end of what was looked at, nothing is said."""
    lake = Lake(days)
    group_upto(lake, LAST, Config(), at_most=14)
    later = replace(surge, onset_at=surge.onset_at + timedelta(days=30), detected_at=surge.detected_at + timedelta(30))
    assert groups_of(lake, later, later.detected_at + timedelta(days=1)) == ()
    assert days_of(surge, surge.detected_at) == (date(2013, 6, 3), date(2013, 6, 3))
    over = replace(surge, ended_at=datetime(2013, 6, 4, tzinfo=UTC))
    assert days_of(over, datetime(2013, 7, 1, tzinfo=UTC)) == (date(2013, 6, 3), date(2013, 6, 3))


def test_what_fell_takes_no_part(days: Path, surge: Surge) -> None:
    """Sources that vanished are in no group of the day."""
    lake = Lake(days)
    fall = replace(surge, identifier="fall", change="fall")
    lake.records.put_surges([fall])
    assert "fall" not in {one.identifier for one in link(lake, [LAST])}
