"""The search over the tables, gone on with from where it was."""

from collections.abc import Iterable
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from isdas.detect.config import Config
from isdas.detect.rise import Rise
from isdas.enrich.config import Config as EnrichConfig
from isdas.hub.intake import ingest
from isdas.hub.looking import look, replay
from isdas.hub.searching import rises
from isdas.lake.lake import Lake
from isdas.model.time import Period

CONFIG = Config(baseline_days=14, history_days=10)
UTC = ZoneInfo("UTC")
HEAD = "#separator \\x09\n#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tconn_state\n"
FIRST = 1_370_044_800  # 2013-06-01
DAYS = 40


def _log(path: Path, probes: Iterable[tuple[int, int, int]]) -> Path:
    """A Zeek log of (time, source, port)."""
    lines = (
        f"{t}.0\tC{i}\t198.{18 + s // 65536}.{s // 256 % 256}.{s % 256}\t4000\t192.0.2.1\t{port}\ttcp\tS0\n"
        for i, (t, s, port) in enumerate(sorted(probes))
    )
    path.write_text(HEAD + "".join(lines))
    return path


def _probes(seed: int, days: range) -> list[tuple[int, int, int]]:
    """Twenty sources a day on each of three ports, and 40 an hour on 445/tcp for a day from the 33rd day's noon."""
    rng = np.random.default_rng(seed)
    # A packet at both ends of every hour, so that it counts as observed from end to end.
    found = [(FIRST + hour * 3600 + at, 7, 9) for hour in range(days.start * 24, days.stop * 24) for at in (0, 3599)]
    for day in days:
        for port in (22, 80, 445):
            for t, s in zip(rng.integers(0, 86_400, 20), rng.integers(0, 100_000, 20), strict=True):
                found.append((FIRST + day * 86_400 + int(t), int(s), port))
        if day in (33, 34):
            hours = range(12, 24) if day == 33 else range(12)
            found += [
                (FIRST + day * 86_400 + hour * 3600 + int(t), int(s), 445)
                for hour in hours
                for t, s in zip(rng.integers(0, 3600, 40), rng.integers(0, 100_000, 40), strict=True)
            ]
    return found


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """Forty days of two sensors."""
    lake = Lake(tmp_path / "data")
    ingest([_log(tmp_path / f"{n}.log", _probes(n, range(DAYS))) for n in (1, 2)], lake, EnrichConfig())
    return lake


def _until(day: int, hour: int = 0) -> Period:
    end = np.datetime64("2013-06-01T00", "h") + day * 24 + hour
    return Period.parse("2013-06-25T00:00+00:00", f"{end}:00+00:00", UTC)


def _facts(found: list[Rise]) -> list[object]:
    return [(r.port, r.hour, r.score, r.ended, r.counts.tolist(), r.means.tolist()) for r in found]


def _anew(lake: Lake, period: Period) -> list[Rise]:
    lake.checkpoints.forget()
    found = rises(lake, period, CONFIG)
    lake.checkpoints.forget()
    return found


def test_going_on_hour_by_hour_finds_what_one_look_finds(lake: Lake) -> None:
    """Through the day of the rise, every hour's search agrees with one that remembers nothing."""
    for day, hour in ((33, 0), (33, 13), (33, 14), (33, 20), (34, 3), (36, 5), (40, 0)):
        gone_on = rises(lake, _until(day, hour), CONFIG)
        assert lake.checkpoints.upto(10**9, since=10**9)
        kept = list(lake.checkpoints._folder.glob("*.search"))
        assert 1 <= len(kept) <= 17
        other = Lake(lake.path)
        assert _facts(rises(other, _until(day, hour), CONFIG)) == _facts(gone_on)
    assert [str(r.port) for r in gone_on] == ["445/tcp"]
    assert _facts(_anew(lake, _until(40))) == _facts(gone_on)


def test_late_packets_make_the_search_begin_before_them(lake: Lake, tmp_path: Path) -> None:
    """Packets of past days that come late change what is found as if they had been there."""
    before = rises(lake, _until(40), CONFIG)
    late = [(FIRST + 36 * 86_400 + h * 3600 + n, 500 * h + n, 22) for h in range(20) for n in range(60)]
    ingest([_log(tmp_path / "late.log", late)], lake, EnrichConfig(), sensor="1")
    after = rises(lake, _until(40), CONFIG)
    assert {str(r.port) for r in after} == {"22/tcp", "445/tcp"}
    assert _facts(after) != _facts(before)
    assert _facts(after) == _facts(_anew(lake, _until(40)))


def test_a_search_that_read_before_a_fold_is_not_remembered_after_it(lake: Lake, tmp_path: Path) -> None:
    """What was remembered of old rows while another process folded new ones is never gone on with."""
    rises(lake, _until(38), CONFIG)
    late = [(FIRST + 20 * 86_400 + n, n, 80) for n in range(300)]
    other = Lake(lake.path)
    ingest([_log(tmp_path / "late.log", late)], other, EnrichConfig(), sensor="1")
    rises(lake, _until(40), CONFIG)
    assert _facts(rises(other, _until(40), CONFIG)) == _facts(_anew(other, _until(40)))


def _new_port(seed: int, days: range, source: int) -> list[tuple[int, int, int]]:
    """What one of four sensors sees: the usual, and from the 33rd day on three new sources a day on 8291/tcp."""
    rng = np.random.default_rng(seed)
    new = [
        (FIRST + day * 86_400 + int(t), source + day * 8 + n, 8291)
        for day in range(max(days.start, 33), days.stop)
        for n, t in enumerate(rng.integers(0, 86_400, 3))
    ]
    # It was busy until the 18th day, and is a silent one in the end.
    gone = [(FIRST + day * 86_400 + 9 * n, 50 + n, 9000) for day in range(18) for n in range(5 * (day in days))]
    return _probes(seed, days) + new + gone


@pytest.fixture
def four(tmp_path: Path) -> Lake:
    """Forty days of four sensors with a new port."""
    lake = Lake(tmp_path / "four")
    logs = [_log(tmp_path / f"s{n}.log", _new_port(n, range(DAYS), 200_000 + n * 1000)) for n in (1, 2, 3, 4)]
    ingest(logs, lake, EnrichConfig())
    return lake


def test_what_came_elsewhere_is_the_same_gone_on_with_and_late(four: Lake, tmp_path: Path) -> None:
    """A new port is called against it, whether the search goes on hour by hour or looks once; and so if packets that
    change the loudest sensor of past days come late."""
    for day, hour in ((33, 5), (34, 3), (35, 17), (36, 5), (40, 0)):
        gone_on = rises(four, _until(day, hour), CONFIG)
    assert ("8291/tcp", "elsewhere") in {(str(r.port), r.reference) for r in gone_on}
    assert _facts(_anew(four, _until(40))) == _facts(gone_on)
    rises(four, _until(40), CONFIG)
    late = [(FIRST + 33 * 86_400 + h * 1800, 300_000 + h, 8291) for h in range(60)]
    ingest([_log(tmp_path / "late.log", late)], four, EnrichConfig(), sensor="s1")
    after = rises(four, _until(40), CONFIG)
    assert _facts(after) != _facts(gone_on)
    assert _facts(after) == _facts(_anew(four, _until(40)))


def test_what_is_remembered_does_not_depend_on_what_was_read_at_once(four: Lake) -> None:
    """Day by day, of which the busy ports are not asked where they came, or all at once: the same to the last byte."""

    def remembered() -> dict[int, bytes]:
        kept = four.checkpoints.upto(10**9, since=10**9)
        found = {}
        for one in kept:
            with one.open() as stream:
                found[one.hour] = stream.read()
        return found

    for day in range(25, DAYS + 1):
        rises(four, _until(day), CONFIG)
    day_by_day = remembered()
    four.checkpoints.forget()
    rises(four, _until(DAYS), CONFIG)
    at_once = remembered()
    both = day_by_day.keys() & at_once.keys()
    assert len(both) >= 7
    assert all(day_by_day[hour] == at_once[hour] for hour in both)


def test_a_damaged_checkpoint_is_as_good_as_none(lake: Lake) -> None:
    """The search begins at an older one, or anew."""
    expected = _facts(rises(lake, _until(40), CONFIG))
    for path in lake.checkpoints._folder.glob("*.search"):
        path.write_bytes(path.read_bytes()[:-100])
    assert _facts(rises(lake, _until(40), CONFIG)) == expected


def test_other_settings_begin_anew(lake: Lake) -> None:
    """A search with other thresholds does not go on with this one."""
    rises(lake, _until(40), CONFIG)
    bold = Config(baseline_days=14, history_days=10, false_per_week=100.0)
    found = _facts(rises(lake, _until(40), bold))
    lake.checkpoints.forget()
    assert _facts(rises(lake, _until(40), bold)) == found


def test_an_old_period_is_not_answered_from_what_has_forgotten_it(lake: Lake) -> None:
    """Rises of long ago are told, although the latest checkpoints no longer know of them."""
    whole = Period.parse("2013-06-01", "2013-07-10", UTC)
    rises(lake, _until(40), CONFIG)
    early = Period.parse("2013-07-03T00:00+00:00", "2013-07-05T00:00+00:00", UTC)
    assert [str(r.port) for r in rises(lake, whole, CONFIG)] == ["445/tcp"]
    assert [str(r.port) for r in rises(lake, early, CONFIG)] == ["445/tcp"]


def test_nothing_is_remembered_of_some_sensors(lake: Lake) -> None:
    """A question about a group leaves no checkpoint."""
    rises(lake, _until(40), CONFIG, ("1",))
    assert not lake.checkpoints.upto(10**9, since=10**9)


def test_a_replay_tells_what_was_known_then(lake: Lake, tmp_path: Path) -> None:
    """Each surge is the same whether the data end with the hour of its detection or go on for days, and is kept by
    nobody; a look from today is wiser."""
    whole = _until(40)
    told = replay(lake, whole, CONFIG)
    assert [surge.port for surge in told] == ["445/tcp"]
    assert told == replay(lake, whole, CONFIG)
    assert lake.records.surges() == []
    called = told[0].detected_at
    short = Lake(tmp_path / "short")
    for n in (1, 2):
        known = [one for one in _probes(n, range(DAYS)) if one[0] < called.timestamp()]
        ingest([_log(tmp_path / f"{n}.log", known)], short, EnrichConfig())
    assert replay(short, whole, CONFIG) == told
    later = look(lake, whole, CONFIG)
    assert later[0].identifier == told[0].identifier
    assert later[0].ended_at is not None
    assert told[0].ended_at is None
    assert later[0].packets > told[0].packets
