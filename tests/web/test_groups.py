"""Groups of sources as the site lists them."""

import re
import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from made_group import GROUP
from made_surge import a_surge
from starlette.testclient import TestClient

from isdas.config import Config
from isdas.lake.lake import Lake
from isdas.lake.source_groups import put
from isdas.model.explanation import Explanation, GroupShare
from isdas.web.app import create
from isdas.web.export import export
from isdas.web.groups import latest_groups

DAY = date(2008, 10, 7)
MINE = replace(GROUP, day="2008-10-07", name="mine", standing="goes-on", since="2008-10-01", sources=40)
OTHER = replace(GROUP, day="2008-10-07", name="other", standing="goes-on", sources=900)


@pytest.fixture
def own(desk: Path, tmp_path: Path) -> Lake:
    """A lake of one's own whose surge a group of the last day takes part in."""
    shutil.copytree(desk, tmp_path / "data")
    lake = Lake(tmp_path / "data")
    put(lake.records.database, DAY, [OTHER, MINE], 1000)
    share = GroupShare("mine", "goes-on", "2008-10-01", 40, 30.0, 2.0, 0.7)
    lake.records.put_surges([a_surge(explanation=Explanation(source_groups=(share,)))])
    return lake


def test_the_page_links_groups_and_surges(own: Lake) -> None:
    """The surge names its group, the group its surge; who takes part in one comes first."""
    with TestClient(create(own, Config())) as client:
        text = re.sub(r"<[^>]+>", "", client.get("/").text)
        assert "mine 70% (group of 40 sources, seen since 2008-10-01) of the day's excess" in text
        section = text[text.index("Groups of sources on 2008-10-07") :]
        assert section.index("20081007T15-445-tcp 70% of its excess") < section.index("other") < section.index("2 of 2")


def test_groups_are_data(own: Lake, tmp_path: Path) -> None:
    """The day's groups, one group on all its days, and the same as a file; a name that is none is 404."""
    with TestClient(create(own, Config())) as client:
        told = client.get("/api/groups").json()
        assert told["day"] == "2008-10-07"
        assert [group["name"] for group in told["groups"]] == ["mine", "other"]
        assert told["groups"][0]["surges"][0]["surge"] == "20081007T15-445-tcp"
        assert "sketch" not in told["groups"][0]
        one = client.get("/api/groups/mine").json()
        assert ([day["day"] for day in one["days"]], len(one["surges"])) == (["2008-10-07"], 1)
        assert client.get("/api/groups/nothing").status_code == 404
    export(own, Config(), tmp_path / "site")
    assert '"mine"' in (tmp_path / "site" / "groups.json").read_text()


def test_a_day_grouped_anew_is_shown(own: Lake) -> None:
    """The page follows the groups though no table changed."""
    with TestClient(create(own, Config())) as client:
        assert "third" not in client.get("/").text
        put(own.records.database, date(2008, 10, 8), [replace(MINE, day="2008-10-08", name="third")], 1000)
        assert "third" in client.get("/").text


def test_before_anything_is_grouped_there_are_none(tmp_path: Path) -> None:
    """No day, no groups."""
    assert latest_groups(Lake(tmp_path)).as_dict() == {"day": None, "groups": []}
