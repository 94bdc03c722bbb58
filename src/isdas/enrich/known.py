"""
What the lookups have said of sources so far, since the same sources come again and again.

Several threads ask at once: what is known is read without a lock, and only new sources are written under one. It knows
nothing of where the answers come from.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from isdas.enrich.intervals import distinct
from isdas.model.address import TOKEN_HIGH
from isdas.model.kernels import compiled, fixed

UNKNOWN_REGION = "ZZ"
"""The user-assigned ISO 3166 code for an unknown territory."""

MOST = 4_000_000
"""How many sources are known at most; then all are forgotten, so that memory is bounded (64 MB)."""

_Ints = npt.NDArray[np.int64]
_Codes = npt.NDArray[np.int32]
_Row = tuple[str, int, int, int]
_LOW = 0xFFFFFFFF
_OPAQUE = np.int64(TOKEN_HIGH)
_FIBONACCI = np.uint64(0x9E3779B97F4A7C15)
_UPPER, _LOWER, _FREE = np.uint64(32), np.uint64(0xFFFFFFFF), np.uint64(0)
_SMALLEST = 1 << 16
_FETCHED = 512
"""How many words of the table are fetched at a time: they fit the nearest cache."""


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """
    Where addresses belong.

    Attributes:
        regions: ISO 3166 codes.
        codes: int32[n], index into *regions*.
        asn: int64[n], AS numbers, 0 where unknown.
        special: int32[n], index into `isdas.enrich.special.NAMES`.
        scanner: int32[n], place among the entries of the register; NOBODY, or DEPENDS if only the time tells.
    """

    regions: tuple[str, ...]
    codes: _Codes
    asn: _Ints
    special: _Codes
    scanner: _Codes

    def __len__(self) -> int:
        return len(self.codes)


NOBODY, DEPENDS = -1, -2

NOWHERE = Places(
    (UNKNOWN_REGION,),
    np.zeros(1, np.int32),
    np.zeros(1, np.int64),
    np.zeros(1, np.int32),
    np.full(1, NOBODY, np.int32),
)
"""The place of opaque tokens, which are no addresses."""


class Known:
    """
    The places of sources, of which there are few, and which IPv4 source belongs to which.

    A source takes one 64-bit word, its address above the number of its place, so that a reader in another thread
    sees all of it or nothing. Places are never forgotten, so that numbers hold.
    """

    def __init__(self, look_up: Callable[[_Ints, _Ints], Places]) -> None:
        """With what finds the places of distinct addresses, given by their halves."""
        self._look_up = look_up
        self._lock = threading.Lock()
        self._n = 0
        self._numbers: dict[_Row, int] = {(UNKNOWN_REGION, 0, 0, NOBODY): 0}
        self._state: tuple[npt.NDArray[np.uint64], Places] = (np.zeros(_SMALLEST, np.uint64), NOWHERE)

    def of(self, high: _Ints, low: _Ints) -> tuple[_Codes, Places]:
        """int32[n], the place of each address, given by its halves; and all places."""
        slots, places = self._state
        found = np.empty(len(low), np.int32)
        if _find(fixed(high), fixed(low), slots, len(places), np.empty(_FETCHED, np.uint64), found):
            rows = np.flatnonzero(found < 0)
            new_high, new_low, which = distinct(high[rows], low[rows])
            numbers, places = self._learn(new_high, new_low, self._look_up(new_high, new_low))
            found[rows] = numbers[which]
        return found, places

    def _learn(self, high: _Ints, low: _Ints, said: Places) -> tuple[_Codes, Places]:
        """The numbers of places that were looked up, and all places; IPv4 addresses are known from now on."""
        four = (high == 0) & (low >> 32 == 0xFFFF)
        with self._lock:
            slots, places = self._state
            numbers, places = self._numbered(said, places)
            if self._n + len(low) > MOST:
                slots, self._n = np.zeros(_SMALLEST, np.uint64), 0
            while 2 * (self._n + np.count_nonzero(four)) > len(slots):
                slots = _grown(slots)
            self._n += _insert(low[four] & 0xFFFFFFFF, numbers[four], slots)
            self._state = (slots, places)
        return numbers, places

    def _numbered(self, said: Places, places: Places) -> tuple[_Codes, Places]:
        upper = said.special.astype(np.int64) << 32 | said.codes
        lower = said.scanner.astype(np.int64) << 32 | said.asn
        pairs = distinct(upper, lower)
        which = pairs[2]
        rows: list[_Row] = [
            (said.regions[above & _LOW], below & _LOW, above >> 32, below >> 32)
            for above, below in zip(pairs[0].tolist(), pairs[1].tolist(), strict=True)
        ]
        new = [row for row in rows if row not in self._numbers]
        self._numbers.update(dict(zip(new, range(len(places), len(places) + len(new)), strict=True)))
        numbers = np.array([self._numbers[row] for row in rows], np.int32)
        return numbers[which], _more(places, new) if new else places


def _more(places: Places, rows: list[_Row]) -> Places:
    regions = tuple(dict.fromkeys((*places.regions, *(row[0] for row in rows))))
    code = {name: i for i, name in enumerate(regions)}
    return Places(
        regions,
        np.append(places.codes, np.array([code[row[0]] for row in rows], np.int32)),
        np.append(places.asn, np.array([row[1] for row in rows], np.int64)),
        np.append(places.special, np.array([row[2] for row in rows], np.int32)),
        np.append(places.scanner, np.array([row[3] for row in rows], np.int32)),
    )


def _grown(slots: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """A table twice as large; readers keep the old one."""
    held = slots[slots != _FREE]
    grown = np.zeros(2 * len(slots), np.uint64)
    _insert((held >> _UPPER).astype(np.int64), (held & _LOWER).astype(np.int32) - 1, grown)
    return grown


@compiled
def _find(high: Any, low: Any, slots: Any, n_places: int, words: Any, found: Any) -> int:
    """
    Write the place of each address, -1 for those that are not known; gives how many are not.

    *words* is room for what is fetched at a time: the table is larger than the caches, and what is fetched before
    anything is asked of it comes all at once.
    """
    mask, missing = np.uint64(len(slots) - 1), 0
    for begin in range(0, len(low), len(words)):
        some_high, some, place_of = high[begin : begin + len(words)], low[begin : begin + len(words)], found[begin:]
        for i in range(len(some)):
            words[i] = slots[(np.uint64(some[i]) & _LOWER) * _FIBONACCI >> _UPPER & mask]
        for i in range(len(some)):
            place = 0 if some_high[i] == _OPAQUE else -1
            if some_high[i] == 0 and some[i] >> 32 == 0xFFFF:
                address, word = np.uint64(some[i]) & _LOWER, words[i]
                at = address * _FIBONACCI >> _UPPER & mask
                while word != _FREE and word >> _UPPER != address:
                    at = at + np.uint64(1) & mask
                    word = slots[at]
                place = int(np.int64(word & _LOWER)) - 1
                # Another thread may have numbered places that this one has not got.
                place = place if place < n_places else -1
            place_of[i] = place
            missing += place < 0
    return missing


@njit(cache=True, nogil=True)
def _insert(addresses: Any, places: Any, slots: Any) -> int:
    """Put IPv4 addresses with their places into the table, unless they are there; gives how many were new."""
    mask, new = np.uint64(len(slots) - 1), 0
    for i in range(len(addresses)):
        address = np.uint64(addresses[i])
        at = address * _FIBONACCI >> _UPPER & mask
        while slots[at] != _FREE and slots[at] >> _UPPER != address:
            at = at + np.uint64(1) & mask
        new += slots[at] == _FREE
        slots[at] = address << _UPPER | np.uint64(places[i] + 1)
    return new


@njit(cache=True, nogil=True)
def spread(found: Any, codes: Any, asn: Any, special: Any, scanner: Any, out_asn: Any, out: Any) -> int:
    """Write what the places say of each packet; gives how many packets' scanner depends on their time."""
    depends = 0
    for i in range(len(found)):
        place = found[i]
        out_asn[i] = asn[place]
        out[0, i], out[1, i], out[2, i] = codes[place], special[place], scanner[place]
        depends += scanner[place] == DEPENDS
    return depends
