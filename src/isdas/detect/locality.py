"""
Locality: whether sources scan the sensors of their own network more than chance lets them, as many worms do.

Does not know which sensors there are; it is given the addresses that were hit.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from isdas.model.address import is_ipv4

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

CHANCE = 1.0 / 56_000
"""Chance that two addresses share a /16: about so many /16 of unicast space there are (RFC 6890)."""

LEAST = 20
"""Fewer sources tell nothing."""


@dataclass(frozen=True, slots=True)
class Hits:
    """
    Who hit which sensor address: distinct pairs or packets, which makes no difference.

    Attributes:
        source_high, source_low, target_high, target_low: int64[n], halves of the addresses (`isdas.model.address`).
    """

    source_high: Ints
    source_low: Ints
    target_high: Ints
    target_low: Ints


def near(hits: Hits) -> Bools:
    """Which hits come from the /16 (IPv4) or /32 (IPv6) of what they hit, bool[n]."""
    four = is_ipv4(hits.source_high, hits.source_low)
    both = four & is_ipv4(hits.target_high, hits.target_low)
    low = hits.source_low >> 16 == hits.target_low >> 16
    # 100::/64 holds tokens of addresses that nobody knows (isdas.model.address); no sensor lives there.
    high = (hits.source_high != 0) & (hits.source_high >> 32 == hits.target_high >> 32)
    return np.asarray(np.where(four, both & low, high))


def locality(before: Hits, since: Hits) -> tuple[float, float] | None:
    """
    Share of the new sources that hit a sensor of their own network, and the share that lets expect; None if too few.

    What is expected is the share among the sources of *before*, who may prefer their own network as well, and at least
    CHANCE. New are the sources of *since* that were not there *before*; of a port that is hardly scanned otherwise
    they are the excess, of a busy port the usual newcomers are among them, so that the share is rather too low.
    Worms with local preference are overrepresented where sensors share networks with many hosts.
    """
    usual, usual_near = _by_source(before)
    seen, seen_near = _by_source(since)
    new = ~np.isin(seen, usual)
    if new.sum() < LEAST:
        return None
    expected = float(usual_near.mean()) if len(usual) >= LEAST else 0.0
    return float(seen_near[new].mean()), max(expected, CHANCE)


def _by_source(hits: Hits) -> tuple[npt.NDArray[np.void], Bools]:
    """The distinct sources, and whether any hit of each was near."""
    pairs = np.stack([hits.source_high, hits.source_low], axis=1)
    keys = np.ascontiguousarray(pairs, np.int64).view([("high", np.int64), ("low", np.int64)]).reshape(-1)
    sources, index = np.unique(keys, return_inverse=True)
    return sources, np.bincount(index, weights=near(hits), minlength=len(sources)) > 0
