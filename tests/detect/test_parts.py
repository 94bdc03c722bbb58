"""Parts that rise by themselves."""

from collections.abc import Callable

import numpy as np

from isdas.detect.case import Case
from isdas.detect.config import Config
from isdas.detect.evidence import Evidence
from isdas.detect.parts import parts
from isdas.detect.rise import Rise

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
