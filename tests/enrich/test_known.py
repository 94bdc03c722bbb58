"""Tests of isdas.enrich.known."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isdas.enrich import known
from isdas.enrich.known import NOBODY, NOWHERE, Known, Places
from isdas.model.address import MAPPED, TOKEN_HIGH

Ints = npt.NDArray[np.int64]


def by_low(high: Ints, low: Ints) -> Places:
    """Places that follow from the lower half: a region of two letters, an AS, a range and a scanner."""
    names = [chr(65 + n) * 2 for n in range(7)]
    return Places(
        tuple(names),
        (low % 7).astype(np.int32),
        (low % 1000) * 4_000_000,
        (low % 3).astype(np.int32),
        (low % 5 - 1).astype(np.int32),
    )


def rows(found: npt.NDArray[np.int32], places: Places) -> list[tuple[str, int, int, int]]:
    """What each address's place says."""
    return [
        (places.regions[places.codes[i]], int(places.asn[i]), int(places.special[i]), int(places.scanner[i]))
        for i in found.tolist()
    ]


def expected(high: Ints, low: Ints) -> list[tuple[str, int, int, int]]:
    """What the lookup says of each, but for tokens."""
    said = by_low(high, low)
    return [
        ("ZZ", 0, 0, NOBODY) if h == TOKEN_HIGH else row
        for h, row in zip(high.tolist(), rows(np.arange(len(low), dtype=np.int32), said), strict=True)
    ]


def addresses(rng: np.random.Generator, n: int, spread: int) -> tuple[Ints, Ints]:
    """Some IPv4 and IPv6 addresses and tokens, from a few or from many."""
    low = MAPPED | rng.integers(0, spread, n)
    return rng.choice(np.array([0, 0, 0, 1 << 61, TOKEN_HIGH]), n), low


@given(seed=st.integers(0, 2**32), sizes=st.lists(st.integers(0, 50), max_size=6))
def test_what_is_remembered_is_what_was_said(seed: int, sizes: list[int]) -> None:
    """However the addresses come in batches, each gets the place that the lookup gives it alone."""
    rng, one = np.random.default_rng(seed), Known(by_low)
    for n in sizes:
        high, low = addresses(rng, n, 40)
        assert rows(*one.of(high, low)) == expected(high, low)


def test_many_sources_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """The table grows with the sources, forgets them when they are too many, and is right all the time."""
    monkeypatch.setattr(known, "MOST", 300_000)
    rng, one = np.random.default_rng(5), Known(by_low)
    for _ in range(8):
        high, low = addresses(rng, 100_000, 1 << 32)
        assert rows(*one.of(high, low)) == expected(high, low)


def test_ipv4_is_asked_for_once() -> None:
    """A source that is known is not looked up again, and a token never."""
    asked: list[int] = []

    def look_up(high: Ints, low: Ints) -> Places:
        asked.extend(low.tolist())
        return by_low(high, low)

    one = Known(look_up)
    low = MAPPED | np.array([1, 2, 1, 3])
    for high in (np.zeros(4, np.int64), np.zeros(4, np.int64), np.full(4, TOKEN_HIGH)):
        one.of(high, low)
    assert sorted(asked) == [MAPPED | n for n in (1, 2, 3)]


def test_threads_may_ask_at_once() -> None:
    """Two threads that ask for overlapping sources at the same time get the right places, as do those after them."""
    one, rng = Known(by_low), np.random.default_rng(6)
    batches = [addresses(rng, 20_000, 1 << 17) for _ in range(40)]
    with ThreadPoolExecutor(4) as threads:
        for told, batch in zip(threads.map(lambda batch: one.of(*batch), batches), batches, strict=True):
            assert rows(*told) == expected(*batch)


def test_nothing_is_known_of_nothing() -> None:
    """No addresses are no trouble, and places begin with that of tokens."""
    found, places = Known(by_low).of(np.empty(0, np.int64), np.empty(0, np.int64))
    assert len(found) == 0
    assert places is NOWHERE
