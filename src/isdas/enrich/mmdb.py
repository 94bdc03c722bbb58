"""
Files in MaxMind's format (https://maxmind.github.io/MaxMind-DB/): the country and AS number of addresses.

The tree is walked here, compiled and on the file itself; what lies at its leaves is decoded once for each leaf, by
`maxminddb`.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import maxminddb
import numpy as np
import numpy.typing as npt
from numba import njit

from isdas.enrich.country import country_code
from isdas.model.address import texts
from isdas.model.errors import ConfigError

_Ints = npt.NDArray[np.int64]
_MOST = 1 << 20


@dataclass(frozen=True, slots=True, eq=False)
class Mmdb:
    """
    An opened file.

    Attributes:
        path: where it is.
        name, edition: what it calls itself, and when it was built, in seconds since 1970.
        tree: its bytes.
        nodes, record_bits: how many nodes the tree has, and how long half a node is.
        four: the node at which IPv4 begins.
        six: whether it knows IPv6.
        said: country and AS number by leaf, as far as they were asked for.
    """

    path: str
    name: str
    edition: str
    reader: maxminddb.Reader
    tree: npt.NDArray[np.uint8]
    nodes: int
    record_bits: int
    four: int
    six: bool
    said: dict[int, tuple[str, int]] = field(default_factory=dict)

    def of(self, high: _Ints, low: _Ints) -> tuple[npt.NDArray[np.str_], _Ints]:
        """
        Country and AS number of each address, given by its halves; empty and 0 where the file says nothing.

        Raises:
            ConfigError: the file is broken there.
        """
        leaves = np.empty(len(low), np.int64)
        _walk(high.astype(np.uint64), low.astype(np.uint64), self.tree, self.nodes, self.record_bits, self.four,
              self.six, leaves)  # fmt: skip
        leaf, row, which = np.unique(leaves, return_index=True, return_inverse=True)
        found = [
            self._at(at, high[i : i + 1], low[i : i + 1]) for at, i in zip(leaf.tolist(), row.tolist(), strict=True)
        ]
        countries = np.array([country for country, _ in found], "U2")
        numbers = np.array([number for _, number in found], np.int64)
        return countries[which], numbers[which]

    def _at(self, leaf: int, high: _Ints, low: _Ints) -> tuple[str, int]:
        """What the leaf of an address says."""
        if leaf == self.nodes:
            return "", 0
        # Another thread may forget everything at any time, so that what is known is asked for once.
        said = self.said.get(leaf)
        if said is None:
            try:
                record = self.reader.get(texts(high, low)[0])
            except (maxminddb.InvalidDatabaseError, ValueError) as error:
                raise ConfigError(f"enrich: {self.path} is broken: {error}") from error
            said = country(record), number(record)
            if len(self.said) >= _MOST:
                self.said.clear()
            self.said[leaf] = said
        return said


def open_mmdb(path: str) -> Mmdb:
    """
    Open a file, which stays mapped and is never read as a whole.

    Raises:
        ConfigError: it is missing or not in MaxMind's format.
    """
    try:
        reader = maxminddb.open_database(path)
        about = reader.metadata()
        tree = np.memmap(path, np.uint8, "r")
    except (OSError, ValueError, TypeError, maxminddb.InvalidDatabaseError) as error:
        raise ConfigError(f"enrich: {path} is not a readable MaxMind-format file: {error}") from error
    if about.record_size not in (24, 28, 32) or about.node_count * about.record_size // 4 > len(tree):
        raise ConfigError(f"enrich: {path} is not a readable MaxMind-format file: its tree is longer than it")
    six = about.ip_version == 6
    nodes, bits = int(about.node_count), int(about.record_size)
    four = _first_zeros(tree, nodes, bits, 96) if six else 0
    name = about.database_type or Path(path).stem
    return Mmdb(path, name, str(about.build_epoch), reader, tree, nodes, bits, four, six)


def country(record: Any) -> str:
    """The ISO 3166 code of a record as its makers write it: within `country`, there itself, or as `country_code`."""
    if not isinstance(record, dict):
        return ""
    within = record.get("country") or record.get("registered_country")
    said = within.get("iso_code") if isinstance(within, dict) else within
    # Some makers write the country's name there, and the code beside it.
    for code in (said, record.get("country_code")):
        if isinstance(code, str) and (known := country_code(code)):
            return known
    return ""


def number(record: Any) -> int:
    """The AS number of a record, with or without the letters AS; 0 if it has none."""
    if not isinstance(record, dict):
        return 0
    text = str(record.get("autonomous_system_number") or record.get("asn") or 0).upper().removeprefix("AS")
    asn = int(text) if text.isascii() and text.isdigit() and len(text) <= 10 else 0
    return asn if asn >> 32 == 0 else 0


@njit(cache=True, nogil=True)
def _next(tree: Any, node: Any, bits: Any, side: Any) -> Any:
    """Where one side of a node leads to; of 28 bits the uppermost four lie between the halves."""
    at = node * bits // 4
    if bits == 28:
        between = np.int64(tree[at + 3])
        top = between >> 4 if side == 0 else between & 15
        at += 4 * side
        return top << 24 | np.int64(tree[at]) << 16 | np.int64(tree[at + 1]) << 8 | np.int64(tree[at + 2])
    at += side * (bits // 8)
    value = np.int64(0)
    for i in range(bits // 8):
        value = value << 8 | np.int64(tree[at + i])
    return value


@njit(cache=True, nogil=True)
def _first_zeros(tree: Any, nodes: Any, bits: Any, n: Any) -> Any:
    node = 0
    for _ in range(n):
        if node >= nodes:
            break
        node = _next(tree, node, bits, 0)
    return node


@njit(cache=True, nogil=True)
def _walk(high: Any, low: Any, tree: Any, nodes: Any, bits: Any, start: Any, six: Any, leaves: Any) -> None:
    """Write the leaf of each address: the number of nodes where the tree says nothing."""
    one, top = np.uint64(1), np.uint64(63)
    for i in range(len(low)):
        four = high[i] == 0 and low[i] >> np.uint64(32) == np.uint64(0xFFFF)
        if not (four or six):
            leaves[i] = nodes
            continue
        node, depth = (start, 96) if four else (0, 0)
        while node < nodes and depth < 128:
            half = high[i] if depth < 64 else low[i]
            node = _next(tree, node, bits, np.int64(half >> (top - np.uint64(depth & 63)) & one))
            depth += 1
        leaves[i] = node if node > nodes else nodes
