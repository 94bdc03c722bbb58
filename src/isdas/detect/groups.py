"""
Groups of a day's sources by what they scan and how.

Sources with the same profile are one point. The most frequent profiles are joined by average linkage on the cosine;
the others go to the group that they are like, and those like none are grouped among themselves, in a few rounds. So
the cost is bounded whatever the day brings, and nothing is drawn at random. After DarkVec (Gioacchini et al. 2021) and
Dark-TRACER (Han et al. 2022), which group the sources of darknets by the ports they visit together.
"""

import numpy as np
from scipy import sparse
from scipy.cluster.hierarchy import fcluster, linkage

from isdas.detect.config import Config
from isdas.detect.day_sources import DaySources, Ints, Profiles, profiles, unit

_AT_ONCE = 5000
"""Profiles that are joined at once: 100 MB of distances, some seconds."""

_ROUNDS = 4
_BLOCK = 20_000

NONE = -1
"""The group of a source that is in none."""


def groups(day: DaySources, config: Config) -> Ints:
    """
    int64[n]: the group of each source, numbered from the largest; NONE for those in none.

    Args:
        day: the sources.
        config: how alike a group's sources are, and how many it has at least.
    """
    if not len(day):
        return np.empty(0, np.int64)
    found = profiles(day)
    of_profile = _joined(found, _grouped(found, config.group_likeness), config.group_likeness)
    of_source = of_profile[found.of]
    return _numbered(of_source, config.group_least)


def _grouped(found: Profiles, likeness: float) -> Ints:
    """int64[p]: the group of each profile, NONE if it came to none within the rounds."""
    of = np.full(len(found.sources), NONE, np.int64)
    taken = 0
    for _ in range(_ROUNDS):
        left = np.flatnonzero(of == NONE)
        if not len(left):
            break
        chosen = left[:_AT_ONCE]
        labels = _linked(found.vectors[chosen], likeness)
        of[chosen] = taken + labels
        rest = left[_AT_ONCE:]
        centres = _centres(found.vectors[chosen], labels, found.sources[chosen])
        of[rest] = _nearest(found.vectors[rest], centres, likeness, taken)
        taken += len(labels) and int(labels.max()) + 1
    return of


def _linked(vectors: sparse.csr_matrix, likeness: float) -> Ints:
    """int64[k]: groups from 0, whose members' mean cosine is at least *likeness*."""
    k = vectors.shape[0]
    if k == 1:
        return np.zeros(1, np.int64)
    cosines = (vectors @ vectors.T).toarray().astype(np.float32)
    distances = np.maximum(1.0 - cosines[np.triu_indices(k, 1)], 0.0)
    del cosines
    return np.asarray(fcluster(linkage(distances, "average"), 1.0 - likeness, "distance") - 1, np.int64)


def _centres(vectors: sparse.csr_matrix, labels: Ints, weights: Ints) -> sparse.csr_matrix:
    """csr[groups, columns], rows of length 1."""
    k = len(labels)
    member = sparse.csr_matrix((weights.astype(float), (labels, np.arange(k))), shape=(int(labels.max()) + 1, k))
    return unit(member @ vectors)


def _nearest(vectors: sparse.csr_matrix, centres: sparse.csr_matrix, likeness: float, taken: int) -> Ints:
    """int64[k]: the group with the most like centre, counted from *taken*; NONE if it is not like enough."""
    of = np.full(vectors.shape[0], NONE, np.int64)
    across = centres.T.tocsr()
    block = max(1, min(_BLOCK, 20_000_000 // max(1, centres.shape[0])))
    for start in range(0, len(of), block):
        cosines = (vectors[start : start + block] @ across).toarray()
        best = cosines.argmax(axis=1)
        alike = cosines[np.arange(len(best)), best] >= likeness
        of[start : start + block] = np.where(alike, best + taken, NONE)
    return of


def _joined(found: Profiles, of: Ints, likeness: float) -> Ints:
    """The groups of all rounds, those of them joined whose centres are as alike as members of one group."""
    inside = np.flatnonzero(of != NONE)
    names, labels = np.unique(of[inside], return_inverse=True)
    sizes = np.bincount(labels, weights=found.sources[inside])
    # Many small ones are no groups anyway; only what may become one is worth comparing.
    large = np.argsort(-sizes, kind="stable")[:_AT_ONCE]
    centres = _centres(found.vectors[inside], labels, found.sources[inside])
    to = np.arange(len(names))
    to[large] = len(names) + _linked(centres[large], likeness + (1 - likeness) / 2)
    out = np.full(len(of), NONE, np.int64)
    out[inside] = to[labels]
    return out


def _numbered(of: Ints, least: int) -> Ints:
    """Groups from 0, the largest first and then by their first source; what is smaller than *least* is none."""
    names, first, labels, sizes = np.unique(of, return_index=True, return_inverse=True, return_counts=True)
    kept = [i for i in np.lexsort((first, -sizes)) if names[i] != NONE and sizes[i] >= least]
    to = np.full(len(names), NONE, np.int64)
    to[kept] = np.arange(len(kept))
    return to[labels.ravel()]
