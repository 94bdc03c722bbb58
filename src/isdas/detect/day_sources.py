"""
What the sources of one day did, as arrays, and as the weighted vectors that are compared.

A source is compared by what it scans (its ports, rare ones counting more, and the ports that are usually scanned
together with them) and how (tool, ports, packets an hour).
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

_TOOL, _RATE, _BREADTH = 0.9, 0.4, 0.4
"""Lengths of the parts of a vector that say how, beside one of length 1 for the ports."""

_WIDE = 32
"""Ports from which it says less which they are, and more that they are many."""

_TOGETHER = 0.15
"""Cosine over sources from which two ports are taken as scanned together."""

_STEPS = 24


@dataclass(frozen=True, slots=True)
class DaySources:
    """
    The n sources of a day and the m ports that they scanned.

    Attributes:
        high, low: int64[n], halves of the addresses, in ascending order of the two.
        packets, hours, breadth: int64[n], packets, hours in which it was seen, distinct ports.
        tool, region: int64[n], places in *tools* and *regions*.
        tools, regions: their names.
        visitor: int64[m], the source of each (source, port) pair, ascending; at most 64 ports of a source.
        port: int64[m], its port as protocol * 65,537 + number + 1.
    """

    high: Ints
    low: Ints
    packets: Ints
    hours: Ints
    breadth: Ints
    tool: Ints
    region: Ints
    tools: tuple[str, ...]
    regions: tuple[str, ...]
    visitor: Ints
    port: Ints

    def __len__(self) -> int:
        return len(self.low)


@dataclass(frozen=True, slots=True)
class Profiles:
    """
    The p different ways of scanning.

    Attributes:
        vectors: csr[p, columns], rows of length 1.
        sources: int64[p], how many sources have each.
        of: int64[n], the profile of each source.
    """

    vectors: sparse.csr_matrix
    sources: Ints
    of: Ints


def mixed(values: Ints) -> npt.NDArray[np.uint64]:
    """A well mixed 64-bit hash of each value (SplitMix64), the same on every machine."""
    x = values.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(x ^ (x >> np.uint64(31)))


def address_hashes(high: Ints, low: Ints) -> npt.NDArray[np.uint64]:
    """uint64[n], a hash of each address."""
    return mixed(low ^ mixed(high).view(np.int64))


def profiles(day: DaySources) -> Profiles:
    """The ways in which the sources of a day scan, the most frequent first."""
    rate = _step(day.packets / np.maximum(day.hours, 1))
    breadth = _step(day.breadth)
    ports = np.zeros(len(day), np.uint64)
    np.add.at(ports, day.visitor, mixed(day.port))
    key = np.stack([ports.view(np.int64), day.tool, rate, breadth], axis=1)
    _, first, of, counts = np.unique(key, axis=0, return_index=True, return_inverse=True, return_counts=True)
    order = np.lexsort((first, -counts))
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    chosen = first[order]
    scanned = _scanned(day)
    marks = [
        scanned[chosen],
        _TOOL * sparse.identity(len(day.tools) or 1, format="csr")[day.tool[chosen]],
        _RATE * _soft(rate[chosen]),
        _BREADTH * _soft(breadth[chosen]),
    ]
    vectors = sparse.hstack(marks, format="csr")
    return Profiles(unit(vectors), counts[order].astype(np.int64), place[of.ravel()])


def _scanned(day: DaySources) -> sparse.csr_matrix:
    """csr[n, ports + 1]: what each source scans, of length 1; the last column is that it scans many."""
    ports, column = np.unique(day.port, return_inverse=True)
    shape = (len(day), len(ports))
    seen = sparse.csr_matrix((np.ones(len(column)), (day.visitor, column)), shape=shape)
    by_port = np.asarray(seen.sum(axis=0)).ravel()
    rarity = np.log1p(len(day) / np.maximum(by_port, 1))
    own = unit(seen @ sparse.diags(rarity))
    own = unit(own + own @ _together(seen, day.breadth, by_port))
    wide = (day.breadth >= _WIDE).astype(float)
    share = np.where(wide > 0, np.sqrt(0.3), 1.0)
    many = sparse.csr_matrix((np.sqrt(0.7) * wide)[:, None])
    return sparse.hstack([sparse.diags(share) @ own, many], format="csr")


def _together(seen: sparse.csr_matrix, breadth: Ints, by_port: Floats) -> sparse.csr_matrix:
    """csr[ports, ports]: how far two ports are scanned by the same sources, 0 where it is little."""
    few = sparse.diags(((breadth > 1) & (breadth < _WIDE)).astype(float)) @ seen
    often = sparse.diags((by_port >= 5).astype(float) / np.sqrt(np.maximum(by_port, 1)))
    few = few @ often
    both = (few.T @ few).tocsr()
    both.setdiag(0)
    both.data[both.data < _TOGETHER] = 0
    both.eliminate_zeros()
    return both


def unit(rows: sparse.spmatrix) -> sparse.csr_matrix:
    """Rows of length 1; those of zeros stay."""
    lengths = np.sqrt(np.asarray(rows.multiply(rows).sum(axis=1)).ravel())
    return (sparse.diags(1 / np.maximum(lengths, 1e-12)) @ rows).tocsr()


def _step(values: npt.NDArray[np.generic]) -> Ints:
    """The step of each value, of which two make a factor of 4."""
    logs: Floats = np.log2(np.maximum(np.asarray(values, np.float64), 1.0))
    return np.asarray(np.minimum(np.round(logs), _STEPS - 1), np.int64)


def _soft(steps: Ints) -> sparse.csr_matrix:
    """csr[k, 26], of length 1: neighbouring steps are alike."""
    rows = np.repeat(np.arange(len(steps)), 3)
    columns = (steps[:, None] + np.arange(3)[None, :]).ravel()
    weights = np.tile(np.array([0.5, np.sqrt(0.5), 0.5]), len(steps))
    return sparse.csr_matrix((weights, (rows, columns)), shape=(len(steps), _STEPS + 2))
