"""Tests of isdas.detect.locality."""

import numpy as np
import pytest

from isdas.detect.locality import CHANCE, LEAST, Hits, locality, near
from isdas.model.address import halves

SENSORS = ("192.0.2.7", "198.51.100.9")


def hits_of(sources: list[str], targets: list[str]) -> Hits:
    """Hits of addresses in the usual notation."""
    one, two = (np.array([halves(text) for text in texts], np.int64).reshape(-1, 2) for texts in (sources, targets))
    return Hits(one[:, 0], one[:, 1], two[:, 0], two[:, 1])


def drawn(seed: int, n: int, local: float) -> Hits:
    """Sources of anywhere, a share *local* of them in the /16 of the sensor that they hit; some hit it twice."""
    rng = np.random.default_rng(seed)
    targets = [SENSORS[i] for i in rng.integers(0, 2, n)]
    sources = []
    for target in targets:
        a, b, c, d = rng.integers([1, 0, 0, 1], [127, 256, 256, 255])
        network = ".".join(target.split(".")[:2]) if rng.random() < local else f"{a}.{b}"
        sources.append(f"{network}.{c}.{d}")
    return hits_of(sources + sources[: n // 3], targets + targets[: n // 3])


@pytest.mark.parametrize(
    ("source", "target", "expected"),
    [
        ("192.0.99.1", "192.0.2.7", True),
        ("192.1.2.7", "192.0.2.7", False),
        ("2001:db8:5::1", "2001:db8:7::9", True),
        ("2001:db9::1", "2001:db8::1", False),
        ("192.0.2.7", "2001:db8::1", False),
        ("2001:db8::1", "192.0.2.7", False),
        ("100::5", "100::7", True),
    ],
)
def test_near_is_the_same_16_or_32(source: str, target: str, expected: bool) -> None:
    """IPv4 by 16 bits, IPv6 by 32, and never across the two."""
    assert near(hits_of([source], [target])).tolist() == [expected]


def test_a_planted_preference_is_found() -> None:
    """Of 2,000 new sources 30 % prefer their own network, of the usual none."""
    found = locality(drawn(1, 2000, 0.0), drawn(2, 2000, 0.3))
    assert found is not None
    assert found[0] == pytest.approx(0.3, abs=0.04)
    assert found[1] == CHANCE


def test_a_preference_that_was_usual_is_what_is_expected() -> None:
    """Where the usual sources prefer their own network too, that much is expected."""
    found = locality(drawn(3, 2000, 0.2), drawn(4, 2000, 0.2))
    assert found is not None
    assert found[0] == pytest.approx(found[1], abs=0.04)


def test_sources_of_anywhere_are_not_called_local() -> None:
    """Without a preference hardly a source is near."""
    found = locality(drawn(5, 2000, 0.0), drawn(6, 2000, 0.0))
    assert found is not None
    assert found[0] < 0.005


def test_too_few_new_sources_tell_nothing() -> None:
    """Sources that were there before are not new."""
    same = drawn(7, 500, 0.5)
    assert locality(same, same) is None
    assert locality(same, drawn(8, LEAST - 1, 0.5)) is None
    nothing = hits_of([], [])
    assert locality(nothing, nothing) is None
