"""
Address space by region: where the sources of a simulation are drawn from.

Holds no list of addresses. The blocks of a region are found by asking the same country lookup that enrichment
uses, so that a simulated source is counted in the region it was meant for; a drawn address names nobody.
"""

from functools import cache
from typing import Any

import iptocc
import numpy as np
import numpy.typing as npt

from isdas.simulate import region as regions

SAMPLES = 4
"""Addresses of a /16 that must all lie in one region for the block to be used."""

_SURVEY_SEED = 2008
_ATTEMPTS = 40


def codes(addresses: npt.NDArray[Any]) -> npt.NDArray[np.str_]:
    """The region code of each IPv4 address, empty where unknown."""
    texts = [f"{a >> 24}.{a >> 16 & 255}.{a >> 8 & 255}.{a & 255}" for a in addresses.tolist()]
    return np.array([code or "" for code in iptocc.country_code(texts)], dtype="U2")


@cache
def blocks() -> dict[str, npt.NDArray[np.int64]]:
    """
    Addresses known to lie in each region, one per /16 that is wholly its own as far as samples show.

    Surveyed once per process, always with the same samples, whatever the scenario's seed.
    """
    rng = np.random.default_rng(_SURVEY_SEED)
    networks = np.arange(1 << 24, 224 << 24, 1 << 16, dtype=np.int64)
    samples = networks[:, None] + _hosts(rng, (len(networks), SAMPLES))
    found = codes(samples[:, 0])
    wanted = np.isin(found, regions.CODES)
    samples, found = samples[wanted], found[wanted]
    others = codes(samples[:, 1:].ravel()).reshape(-1, SAMPLES - 1)
    pure = (others == found[:, None]).all(axis=1)
    return {code: samples[pure & (found == code), 0] for code in regions.CODES}


def draw(rng: np.random.Generator, region: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """
    One address for each source, somewhere in its region.

    Args:
        rng: the generator of this simulation.
        region: int[n], positions in REGIONS.

    Returns:
        int64[n], IPv4 addresses as numbers; never ending in .0 or .255; each checked against the lookup.
    """
    result = np.zeros(len(region), dtype=np.int64)
    for code in np.unique(region):
        rows = np.flatnonzero(region == code)
        result[rows] = _draw_in(rng, regions.CODES[code], len(rows))
    return result


def draw_network(rng: np.random.Generator, region: int, n_sources: int) -> npt.NDArray[np.int64]:
    """Different addresses of one /24 in a region; at most 254."""
    network = _draw_in(rng, regions.CODES[region], 1) & ~np.int64(255)
    return np.asarray(network + 1 + rng.permutation(254)[:n_sources])


def _draw_in(rng: np.random.Generator, code: str, count: int) -> npt.NDArray[np.int64]:
    known = blocks()[code]
    # Access networks differ in size and health, so sources crowd in some blocks.
    weights = rng.gamma(0.6, size=len(known))
    weights /= weights.sum()
    picked = rng.choice(known, count, p=weights)
    result = (picked & ~np.int64(0xFFFF)) + _hosts(rng, count)
    wrong = np.flatnonzero(codes(result) != code)
    for _ in range(_ATTEMPTS):
        if not len(wrong):
            return result
        result[wrong] = (rng.choice(known, len(wrong), p=weights) & ~np.int64(0xFFFF)) + _hosts(rng, len(wrong))
        wrong = wrong[codes(result[wrong]) != code]
    result[wrong] = picked[wrong]
    return result


def _hosts(rng: np.random.Generator, shape: int | tuple[int, ...]) -> npt.NDArray[np.int64]:
    return np.asarray(rng.integers(0, 256, shape) << 8 | rng.integers(1, 255, shape))
