"""The groups of days, from the tables and back."""

from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest

from isdas.detect.config import Config
from isdas.enrich.config import Config as EnrichConfig
from isdas.hub.intake import ingest
from isdas.hub.sources import day_sources, group_day, group_upto, yesterday
from isdas.lake.daily_sources import PORTS_EACH, daily_sources
from isdas.lake.lake import Lake
from isdas.lake.source_groups import grouped, on

HEAD = "#separator \\x09\n#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tconn_state\n"
FIRST = 1_370_044_800  # 2013-06-01
DAY = date(2013, 6, 1)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """Three days: 60 sources on 22/tcp each day, 120 on 53413/tcp from the second, and one on 300 ports."""
    probes = []
    for day in range(3):
        at = FIRST + day * 86_400
        probes += [(at + 60 * i, f"198.18.{day}.{i}", 22) for i in range(60)]
        probes += [(at + 60 * i, f"198.19.{day}.{i}", 53413) for i in range(120 if day else 0)]
        probes += [(at + i, "198.51.100.7", 1000 + i) for i in range(300)]
    log = tmp_path / "conn.log"
    lines = (f"{t}.0\tC{i}\t{s}\t4000\t192.0.2.1\t{p}\ttcp\tS0\n" for i, (t, s, p) in enumerate(sorted(probes)))
    log.write_text(HEAD + "".join(lines))
    lake = Lake(tmp_path / "data")
    ingest([log], lake, EnrichConfig())
    return lake


def test_a_source_is_told_with_at_most_so_many_ports(lake: Lake) -> None:
    """How many there are is told even so, and every pair belongs to its source."""
    sources, pairs = daily_sources(lake, DAY)
    day = day_sources(sources, pairs)
    assert len(day) == 61
    counts = np.bincount(day.visitor)
    assert sorted(counts.tolist()) == [1] * 60 + [PORTS_EACH]
    assert day.breadth[counts.argmax()] == 300
    assert "None" not in (*day.tools, *day.regions)
    assert (day.port[day.visitor == 0] == 6 * 65_537 + 23).all()


def test_the_new_group_is_a_finding_once(lake: Lake) -> None:
    """Days are grouped in their order; the second tells of the new group; done again it is the same."""
    config = Config()
    told = group_upto(lake, date(2013, 6, 3), config, at_most=14)
    assert [(g.day, g.sources, g.ports[0][0]) for g in told] == [("2013-06-02", 120, "53413/tcp")]
    database = lake.records.database
    assert grouped(database) == {date(2013, 6, 1): 61, date(2013, 6, 2): 181, date(2013, 6, 3): 181}
    last = on(database, date(2013, 6, 3))
    assert {g.standing for g in last} == {"goes-on"}
    assert {g.name for g in last} == {g.name for g in on(database, date(2013, 6, 2))}
    assert group_day(lake, date(2013, 6, 3), config) == last
    assert group_upto(lake, date(2013, 6, 3), config, at_most=14) == []


def test_yesterday_is_a_whole_day() -> None:
    """At any time of a day the day before it is over."""
    assert yesterday(datetime(2013, 6, 2, 0, 15, tzinfo=UTC)) == DAY
