"""Judging one rise."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

from isdas.detect.config import Config
from isdas.detect.evidence import Evidence
from isdas.detect.judge import VERDICT_OF, judge, since_when
from isdas.detect.rise import Rise
from isdas.model.columns import Capability
from isdas.model.surge import VERDICTS, Surge
from isdas.model.tool import masks

Plain = Callable[..., tuple[Rise, Evidence]]


def test_a_broad_rise_is_told_completely(plain: Plain) -> None:
    """Port, hours, counts and sensors of a plain rise are what was planted."""
    rise, evidence = plain()
    surge = judge(rise, evidence, Config())
    assert surge.verdict == "broad"
    assert surge.identifier == "20210301T00-445-tcp"
    assert surge.observed == rise.observed
    assert 120 <= surge.sources <= 140
    assert surge.onset_low_at <= surge.onset_at < surge.onset_high_at <= surge.detected_at
    assert abs((surge.detected_at - surge.onset_at).total_seconds() / 3600 - 12) <= 3
    assert Surge.from_dict(surge.as_dict()).identifier == surge.identifier


@pytest.mark.parametrize(
    ("added", "verdict"),
    [
        ({"source": 5, "network": 5, "asn": 5}, "single-source"),
        ({"network": 5, "asn": 5}, "single-network"),
        ({"asn": 5}, "single-network"),
        ({"sensor": 5}, "single-sensor"),
        ({"scanner": 1, "asn": 5}, "research-scanner"),
    ],
    ids=["source", "network", "AS", "sensor", "research"],
)
def test_decoys_get_the_verdict_that_names_them(plain: Plain, added: dict[str, int], verdict: str) -> None:
    """What one source, network, sensor or research scanner makes is never broad."""
    assert judge(*plain(added=added), Config()).verdict == verdict


def test_the_main_regions_are_those_that_were_planted(plain: Plain) -> None:
    """An excess from JP and CN over a background of five regions is mainly from JP and CN."""
    surge = judge(*plain(added={"region": [0, 1]}), Config())
    assert set(surge.mainly) == {"JP", "CN"}
    assert sum(r.excess_share for r in surge.regions) <= 1 + 1e-9


def test_hours_of_the_rise_do_not_tell_what_is_usual_of_a_region(
    rise_of: Callable[..., Rise], evidence_of: Callable[..., Evidence]
) -> None:
    """Nine sources an hour come from JP for a week before the rise is called: none of them lessens JP's share."""
    usual, extra = np.full(28 * 24, 5), np.zeros(28 * 24, np.int64)
    extra[-7 * 24 :] = 9
    evidence = evidence_of(usual, extra, added={"region": 0})
    surge = judge(rise_of(usual + extra, 28 * 24 - 1, 12, 5.0), evidence, Config())
    assert surge.mainly == ("JP",)
    assert surge.regions[0].excess_share > 0.9


def test_tools_are_shared_out_only_where_they_could_show(plain: Plain) -> None:
    """A tool that made the excess has nearly all of it; an input without tools has none."""
    tools = judge(*plain(added={"tool": 1}), Config()).tools
    assert tools[0][0] == "mirai-like"
    assert tools[0][1] > 0.9
    _, evidence = plain()
    blind = np.full(len(evidence.hour), -1, np.int32)
    assert judge(*plain(tool=blind), Config()).tools == ()


def test_sensors_that_cannot_show_a_tool_divide_nothing(plain: Plain) -> None:
    """Where every second sensor logs no sequence numbers, masscan's share is of the others' excess, zmap's of all."""
    _, bare = plain()
    log = int(Capability.CAPTURE & ~Capability.SEQUENCE)
    blind = bare.sensor % 2 == 1
    late = bare.hour >= bare.begin + 28 * 24 - 12
    seen = np.where(blind, log, int(Capability.CAPTURE))

    def tools(code: int, where: npt.NDArray[np.bool_]) -> dict[str, float]:
        labels = np.where(late & where, code, 0).astype(np.int32)
        columns = {"tool": labels, "tools": ("", "masscan", "zmap"), "capabilities": seen}
        return dict(judge(*plain(**columns), Config()).tools)

    assert tools(1, ~blind) == {"masscan": pytest.approx(1.0, abs=0.05)}
    assert tools(2, ~blind) == {"zmap": pytest.approx(0.5, abs=0.15)}
    assert tools(2, late) == {"zmap": pytest.approx(1.0, abs=0.05)}


def test_shares_of_tools_may_add_up_to_more_than_one(plain: Plain) -> None:
    """Each tool has a share of what could show it: two that no input shows both may each have made all of it."""
    _, bare = plain()
    late = bare.hour >= bare.begin + 28 * 24 - 12
    odd = bare.sensor % 2 == 1
    mask = np.where(odd, int(Capability.TCP_FLAGS | Capability.IP_ID), int(masks("mirai-like")[6]))
    labels = np.where(late, np.where(odd, 2, 1), 0).astype(np.int32)
    surge = judge(*plain(tool=labels, tools=("", "mirai-like", "zmap"), capabilities=mask), Config())
    assert dict(surge.tools) == {name: pytest.approx(1.0, abs=0.05) for name in ("mirai-like", "zmap")}


def test_looking_twice_finds_the_same(plain: Plain) -> None:
    """Judging has no memory and no dice."""
    rise, evidence = plain()
    assert judge(rise, evidence, Config()) == judge(rise, evidence, Config())


def test_the_onset_lies_before_the_detection(plain: Plain) -> None:
    """No rise begins after it was seen."""
    rise, evidence = plain()
    found = since_when(rise, evidence, Config())
    assert found.low <= found.at <= found.high <= int((rise.hour - rise.begin).astype(int))


def test_a_rise_called_a_week_late_is_dated_all_the_same(
    rise_of: Callable[..., Rise], evidence_of: Callable[..., Evidence]
) -> None:
    """A tripled port whose window of twelve hours only calls it seven days later began seven days before."""
    rng = np.random.default_rng(3)
    usual, extra = rng.poisson(5.0, 700), np.zeros(700, np.int64)
    extra[524:] = rng.poisson(10.0, 176)
    rise = rise_of(usual + extra, 691, 12, 5.0)
    found = since_when(rise, evidence_of(usual, extra), Config())
    begun = 524 - int((rise.begin - np.datetime64("2021-02-01T00", "h")).astype(int))
    assert found.low <= begun <= found.high
    assert found.high - found.low < 24


def test_every_verdict_is_known_to_the_model() -> None:
    """A guard can only give verdicts that surges may have."""
    assert set(VERDICT_OF.values()) | {"broad", "vanished"} == set(VERDICTS)


def test_evidence_without_a_single_scan_is_judged_all_the_same(plain: Plain) -> None:
    """If the sightings have expired, the surge is not broad and nothing breaks."""
    rise, evidence = plain()
    nothing = np.ones(len(evidence.hour), np.int32)
    assert judge(rise, plain(kind=nothing)[1], Config()).verdict != "broad"


def test_no_sightings_at_all_are_judged_too(rise_of: Callable[..., Rise], evidence_of: Callable[..., Evidence]) -> None:
    """A rise whose sightings were all deleted has no regions, no tools and is not broad."""
    nothing = np.zeros(700, np.int64)
    surge = judge(rise_of(nothing + 9, 699, 12, 1.0), evidence_of(nothing, nothing), Config())
    assert surge.verdict != "broad"
    assert surge.regions == ()
    assert surge.tools == ()
