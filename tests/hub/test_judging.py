"""What is judged again, what is not, and what incidents are called that outlive a look."""

import shutil
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from isdas.detect.config import Config
from isdas.enrich.config import Config as EnrichConfig
from isdas.hub.intake import ingest
from isdas.hub.judging import judge_period
from isdas.hub.looking import look
from isdas.lake.groups import join
from isdas.lake.lake import Lake
from isdas.model.surge import Surge
from isdas.model.time import Period

CONFIG = Config(baseline_days=14, history_days=10)
HEAD = "#separator \\x09\n#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tconn_state\n"
BEGIN = datetime(2013, 6, 1, tzinfo=UTC)
DAYS = 52
WALK = [(20 + 5 * n, 9000 + n) for n in range(6)]
"""The days on which one host goes on to another port."""


def _log(path: Path, packets: Iterable[tuple[int, int, int]]) -> Path:
    """A Zeek log of (seconds since the beginning, source, port)."""
    first = int(BEGIN.timestamp())
    lines = (
        f"{first + t}.0\tC{i}\t198.18.{s // 256}.{s % 256}\t4000\t192.0.2.1\t{port}\ttcp\tS0\n"
        for i, (t, s, port) in enumerate(sorted(packets))
    )
    path.write_text(HEAD + "".join(lines))
    return path


def _packets(seed: int) -> list[tuple[int, int, int]]:
    """Twenty sources a day on two ports; from the 20th day on a host that walks; 40 sources an hour on the 24th."""
    rng = np.random.default_rng(seed)
    found = [(hour * 3600 + at, 7, 9) for hour in range(DAYS * 24) for at in (0, 3599)]
    for day in range(DAYS):
        for port in (22, 80):
            when, who = rng.integers(0, 86_400, 20), rng.integers(1000, 60_000, 20)
            found += [(day * 86_400 + int(t), int(s), port) for t, s in zip(when, who, strict=True)]
    for day, port in WALK:
        found += [((day * 24 + hour) * 3600 + 60 * n, 99, port) for hour in range(40) for n in range(3)]
    for hour in range(24):
        when, who = rng.integers(0, 3600, 40), rng.integers(1000, 60_000, 40)
        found += [((24 * 24 + hour) * 3600 + int(t), int(s), 80) for t, s in zip(when, who, strict=True)]
    return found


@pytest.fixture(scope="module")
def filled_days(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The days as two sensors saw them."""
    folder = tmp_path_factory.mktemp("days")
    ingest([_log(folder / f"{n}.log", _packets(n)) for n in (1, 2)], Lake(folder / "data"), EnrichConfig())
    return folder / "data"


@pytest.fixture
def lake(filled_days: Path, tmp_path: Path) -> Lake:
    """A copy of them."""
    shutil.copytree(filled_days, tmp_path / "data")
    return Lake(tmp_path / "data")


def _until(day: float, days: int = 14) -> Period:
    end = BEGIN + timedelta(days=day)
    return Period(end - timedelta(days=days), end, ZoneInfo("UTC"))


def _plain(surges: Iterable[Surge]) -> list[Surge]:
    """Without what is explained, of which no part depends on how often somebody looked."""
    return [replace(surge, explanation=None) for surge in surges]


def test_looks_of_two_weeks_keep_the_name_of_what_lasts_longer(lake: Lake) -> None:
    """The host that walks for a month is one surge under one name, as one look at everything finds it."""
    for day in range(20, DAYS):
        look(lake, _until(day + 0.5), CONFIG)
    kept = lake.records.surges()
    walk = [surge for surge in kept if "9000/tcp" in surge.ports]
    assert [surge.ports for surge in walk] == [tuple(f"{port}/tcp" for _, port in WALK)]
    assert [surge.ports for surge in kept] == [walk[0].ports, ("80/tcp",)]
    assert sum("was seen to rise" in what for _, what in walk[0].history) == len(WALK)
    lake.judged.put([], 0, gone=list(lake.judged.within(0, 10**9)))
    assert _plain(look(lake, _until(DAYS - 0.5, DAYS), CONFIG)) == _plain(kept)


def test_what_is_open_is_followed_beyond_the_look(lake: Lake) -> None:
    """A rise that ends when it is no longer called in the days that are looked at is told to be over all the same."""
    (open_one,) = (surge for surge in look(lake, _until(25, 2), CONFIG) if surge.port == "80/tcp")
    assert open_one.ended_at is None
    told = {surge.identifier: surge for surge in look(lake, _until(29, 2), CONFIG)}
    assert told[open_one.identifier].ended_at is not None
    assert lake.records.surge(open_one.identifier) == told[open_one.identifier]
    assert open_one.identifier not in {surge.identifier for surge in look(lake, _until(30, 2), CONFIG)}


def test_what_nothing_has_changed_is_not_judged_again(lake: Lake) -> None:
    """A second look judges nothing that is over, and tells the same; a late packet has it judged again."""
    first = judge_period(lake, _until(30), CONFIG)
    assert first.unchanged == frozenset()
    over = {surge.identifier for surge in first.surges if surge.ended_at is not None}
    assert [surge.port for surge in first.surges if surge.identifier in over] == ["9000/tcp", "80/tcp"]
    second = judge_period(lake, _until(30), CONFIG)
    assert second.surges == first.surges
    assert second.unchanged >= over
    later = {surge.identifier: surge for surge in judge_period(lake, _until(31), CONFIG).surges}
    assert [later[surge.identifier] for surge in first.surges if surge.port == "80/tcp"] == [
        surge for surge in first.surges if surge.port == "80/tcp"
    ]
    kept = {key: one.stale for key, one in lake.judged.within(0, 10**9).items()}
    assert not any(kept.values())


def test_a_fold_of_its_hours_has_a_rise_judged_again(lake: Lake, tmp_path: Path) -> None:
    """Packets that come late to the day of a rise are counted in its surge, and nothing is told from memory."""
    before = look(lake, _until(40, 20), CONFIG)
    late = [((24 * 24 + 5) * 3600 + n, 70 + n, 80) for n in range(25)]
    ingest([_log(tmp_path / "late.log", late)], lake, EnrichConfig(), sensor="1")
    assert any(one.stale for one in lake.judged.within(0, 10**9).values())
    after = look(lake, _until(40, 20), CONFIG)
    packets = {s.port: s.packets for s in before}, {s.port: s.packets for s in after}
    assert packets[1]["80/tcp"] == packets[0]["80/tcp"] + 25
    lake.judged.put([], 0, gone=list(lake.judged.within(0, 10**9)))
    assert _plain(look(lake, _until(40, 20), CONFIG)) == _plain(after)


def test_a_fold_of_old_hours_has_what_was_told_of_them_judged_again(lake: Lake, tmp_path: Path) -> None:
    """
    Packets that come three weeks late are counted in the surge of their day, which no look at two weeks would reach.

    It is kept as one look at everything finds it, and not told among the surges of the two weeks.
    """
    look(lake, _until(31), CONFIG)
    told = look(lake, _until(45), CONFIG)
    (before,) = (surge for surge in lake.records.surges() if surge.port == "80/tcp")
    late = [((24 * 24 + 5) * 3600 + n, 70 + n, 80) for n in range(25)]
    ingest([_log(tmp_path / "late.log", late)], lake, EnrichConfig(), sensor="1")
    again = look(lake, _until(45), CONFIG)
    assert [surge.identifier for surge in again] == [surge.identifier for surge in told]
    kept = lake.records.surges()
    (after,) = (surge for surge in kept if surge.port == "80/tcp")
    assert (after.identifier, after.packets) == (before.identifier, before.packets + 25)
    assert not any(one.stale for one in lake.judged.within(0, 10**9).values())
    lake.judged.put([], 0, gone=list(lake.judged.within(0, 10**9)))
    assert _plain(look(lake, _until(45, 45), CONFIG)) == _plain(kept)


def test_other_settings_judge_anew(lake: Lake) -> None:
    """A guard that asks for more is asked again, and parts are named anew where sensors come into a group."""
    judge_period(lake, _until(30), CONFIG)
    bold = replace(CONFIG, survive_score=3.0)
    assert judge_period(lake, _until(30), bold).unchanged == frozenset()
    assert judge_period(lake, _until(30), bold).unchanged
    join(lake, "domestic", ["1"], "hana")
    assert judge_period(lake, _until(30), bold).unchanged == frozenset()


def test_a_look_back_knows_nothing_of_later_judgements(lake: Lake) -> None:
    """A look that ends before what was judged since is what it would have been then, and takes no name away."""
    then = look(lake, _until(31), CONFIG)
    for day in range(32, DAYS):
        look(lake, _until(day), CONFIG)
    judged = lake.judged.within(0, 10**9)
    assert _plain(look(lake, _until(31), CONFIG)) == _plain(then)
    assert [s.ports for s in look(lake, _until(42, 4), CONFIG)] == [tuple(f"{port}/tcp" for _, port in WALK[:5])]
    assert lake.judged.within(0, 10**9) == judged
    assert {s.ports[0] for s in look(lake, _until(DAYS - 0.5), CONFIG)} == {"9000/tcp"}


def test_two_surges_that_turn_out_to_be_one_are_told_as_one(tmp_path: Path) -> None:
    """
    Two hosts scan a port each, and days later the next one together: one surge, under the name of the first.

    The second name is forgotten, although it was told before the days that are looked at.
    """
    scans = [(20, 9000, 98), (22, 9100, 600), (26, 9200, 98), (26, 9200, 600)]
    packets = [(day * 86_400 + hour * 3600, host, port) for day, port, host in scans for hour in range(40)]
    usual = [(hour * 3600, 7, 9) for hour in range(30 * 24)]
    ingest([_log(tmp_path / f"{n}.log", usual + packets) for n in (1, 2)], Lake(tmp_path / "data"), EnrichConfig())
    lake = Lake(tmp_path / "data")
    for day in range(20, 26):
        look(lake, _until(day, 2), CONFIG)
    assert [surge.ports for surge in lake.records.surges()] == [("9000/tcp",), ("9100/tcp",)]
    for day in range(26, 30):
        look(lake, _until(day, 2), CONFIG)
    kept = lake.records.surges()
    assert [surge.ports for surge in kept] == [("9000/tcp", "9100/tcp", "9200/tcp")]
    assert _plain(look(lake, _until(29, 29), CONFIG)) == _plain(kept)
