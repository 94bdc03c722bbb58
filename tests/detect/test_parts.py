"""Parts that rise by themselves."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from isdas.detect.case import Case
from isdas.detect.config import Config
from isdas.detect.evidence import Evidence
from isdas.detect.parts import parts
from isdas.detect.rise import Rise

COLUMNS = ("hour", "sensor", "source", "network", "region", "asn", "kind", "tool", "scanner", "packets", "capabilities")
Plain = Callable[..., tuple[Rise, Evidence]]


def _named(found: tuple[Rise, Evidence], dimension: str) -> list[str]:
    return [part.name for part in parts(Case.of(*found), Config()) if part.dimension == dimension]


def test_the_regions_that_rose_are_named_and_no_others(plain: Plain) -> None:
    """An excess from two of five regions names these two, with their shares."""
    found = plain(added={"region": [0, 1]})
    assert sorted(_named(found, "region")) == ["CN", "JP"]
    share = {p.name: p.excess_share for p in parts(Case.of(*found), Config()) if p.dimension == "region"}
    assert 0.85 < sum(share.values()) <= 1.0


def test_an_excess_spread_like_the_usual_names_all_or_none(plain: Plain) -> None:
    """Where everything rose alike, every sensor did."""
    assert len(_named(plain(), "sensor")) >= 10


def test_one_sensor_alone_is_named(plain: Plain) -> None:
    """An excess at one sensor names that sensor."""
    assert _named(plain(added={"sensor": 3}), "sensor") == ["s3"]


def test_an_as_of_its_own_is_named(plain: Plain) -> None:
    """An excess from one AS names it; sources of unknown AS are not called an AS."""
    assert _named(plain(added={"asn": 64500}), "as") == ["AS64500"]
    assert "" not in _named(plain(added={"asn": 0}), "as")


def test_nothing_risen_names_nothing(evidence_of: Callable[..., Evidence], rise_of: Callable[..., Rise]) -> None:
    """Of fifty ports in which nothing happened, hardly any part of any is named."""
    named = 0
    for seed in range(50):
        usual = np.random.default_rng(seed).poisson(4.0, 28 * 24)
        evidence = evidence_of(usual, np.zeros(28 * 24, np.int64), seed=seed)
        named += len(parts(Case.of(rise_of(usual, 28 * 24 - 1, 12, 4.0), evidence), Config()))
    assert named <= 3


GROUPS = (("domestic", (0, 1, 2)), ("abroad", (3, 4, 5, 6)), ("all", tuple(range(12))))


def test_a_group_of_sensors_alone_is_named(plain: Plain) -> None:
    """An excess at the sensors of a group names the group; neither the others, nor those in none, nor the fleet."""
    found = plain(added={"sensor": [0, 1, 2]}, groups=GROUPS)
    assert _named(found, "group") == ["domestic"]
    (part,) = (p for p in parts(Case.of(*found), Config()) if p.dimension == "group")
    assert part.observed > 100
    assert part.excess_share > 0.9
    assert _named(plain(added={"sensor": 9}, groups=GROUPS), "group") == []


def test_a_source_counts_once_in_a_group(plain: Plain) -> None:
    """One host that two sensors of a group saw in an hour is one source-hour of it."""
    rise, evidence = plain(groups=GROUPS[:1])
    names, seen, _ = Case.of(rise, evidence).by_group(Case.of(rise, evidence).window)
    twice = {name: np.tile(getattr(evidence, name), 2) for name in COLUMNS}
    twice["sensor"] = np.concatenate([evidence.sensor, np.where(evidence.sensor == 0, 1, evidence.sensor)])
    again = Case.of(rise, replace(evidence, **twice)).by_group(Case.of(rise, evidence).window)
    assert names == ["domestic", ""]
    assert (again[0], again[1].tolist()) == (names, seen.tolist())


def test_a_fleet_without_groups_has_none(plain: Plain) -> None:
    """No group, or only one of all sensors, is no dimension."""
    assert _named(plain(), "group") == []
    assert _named(plain(groups=GROUPS[2:]), "group") == []
