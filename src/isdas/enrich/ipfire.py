"""
IPFire's location database, version 1: country and AS of networks, as a binary tree with tables beside it.

Written from the published layout of the format; its signatures are not checked, and its flags (anonymous proxies,
satellites, anycast, networks to drop) and names are not read.
"""

import lzma
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from isdas.enrich.country import country_code
from isdas.enrich.intervals import Ends
from isdas.enrich.ranges import Ranges, made
from isdas.model.errors import ConfigError

_Ints = npt.NDArray[np.int64]

MAGIC = b"LOCDBXX"
VERSION = 1

_HEADER = np.dtype(
    [
        ("magic", "S7"),
        ("version", "u1"),
        ("created_at", ">u8"),
        ("texts", ">u4", 3),
        ("systems", ">u4", 2),
        ("networks", ">u4", 2),
        ("nodes", ">u4", 2),
        ("countries", ">u4", 2),
        ("pool", ">u4", 2),
    ]
)
"""Each table by its offset in the file and its length in bytes; everything is big-endian."""
_NETWORK = np.dtype([("country", "S2"), ("-", "V2"), ("asn", ">u4"), ("flags", ">u2"), ("--", "V2")])
_NODE_BYTES = 12
_NONE = 0xFFFFFFFF
_XZ = b"\xfd7zXZ"
_LATEST = 253_402_300_799
"""The last second of the year 9999, beyond which nothing has a date."""


def open_ipfire(path: Path) -> Ranges:
    """
    Open a location database, plain or compressed with xz; its edition is when it was created.

    Raises:
        ConfigError: it cannot be read, is of another version, or is broken.
    """
    try:
        data = path.read_bytes()
        data = lzma.decompress(data) if data.startswith(_XZ) else data
    except (OSError, EOFError, lzma.LZMAError) as error:
        raise ConfigError(f"enrich: {path} is not a readable location database: {error}") from error
    if not data.startswith(MAGIC) or len(data) < _HEADER.itemsize:
        raise ConfigError(f"enrich: {path} is not a location database of IPFire")
    header = np.frombuffer(data, _HEADER, 1)[0]
    if header["version"] != VERSION:
        raise ConfigError(f"enrich: {path} is a location database of version {header['version']}, not {VERSION}")
    if header["created_at"] > _LATEST:
        raise ConfigError(f"enrich: {path} is broken: it was created after all time")
    networks = np.frombuffer(_table(data, header["networks"], path, _NETWORK.itemsize), _NETWORK)
    nodes = np.frombuffer(_table(data, header["nodes"], path, _NODE_BYTES), ">u4").astype(np.int64).reshape(-1, 3)
    ends, which = _networks(nodes, len(networks), path)
    countries = np.array([_code(code) for code in networks["country"].tolist()], "U2")
    edition = datetime.fromtimestamp(int(header["created_at"]), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return made(edition, ends, countries[which], networks["asn"].astype(np.int64)[which])


def _table(data: bytes, where: Any, path: Path, width: int) -> bytes:
    offset, length = (int(each) for each in where)
    if offset + length > len(data) or length % width:
        raise ConfigError(f"enrich: {path} is broken: a table ends behind the file, or within a record")
    return data[offset : offset + length]


def _code(code: bytes) -> str:
    return (country_code(code.decode()) if code.isascii() else None) or ""


def _networks(nodes: _Ints, n_networks: int, path: Path) -> tuple[Ends, _Ints]:
    """Halves of the first and last addresses of all networks in the tree, and which of the table each is."""
    ends = np.zeros((4, len(nodes)), np.uint64)
    which = np.zeros(len(nodes), np.int64)
    n = _visit(nodes, n_networks, ends, which) if len(nodes) else 0
    if n < 0:
        raise ConfigError(f"enrich: {path} is broken: its tree leads out of its tables, or in a circle")
    return (ends[0, :n], ends[1, :n], ends[2, :n], ends[3, :n]), which[:n]


@njit(cache=True, nogil=True)
def _visit(nodes: Any, n_networks: Any, ends: Any, which: Any) -> int:
    """Write each network of the tree; gives how many there are, -1 if the tree is none."""
    stack = np.zeros((130, 2), np.int64)
    paths = np.zeros((130, 2), np.uint64)
    top, visited, n = 1, 0, 0
    while top > 0:
        top -= 1
        node, depth, high, low = stack[top, 0], stack[top, 1], paths[top, 0], paths[top, 1]
        visited += 1
        if node >= len(nodes) or visited > len(nodes):
            return -1
        network = nodes[node, 2]
        if network != _NONE:
            if network >= n_networks:
                return -1
            ends[0, n], ends[1, n] = high, low
            ends[2, n], ends[3, n] = high | _below(depth), low | _below(depth - 64)
            which[n] = network
            n += 1
        for side in range(2):
            # The root is nobody's child, so that 0 says that there is none.
            if nodes[node, side] == 0:
                continue
            if depth == 128:
                return -1
            stack[top, 0], stack[top, 1] = nodes[node, side], depth + 1
            paths[top, 0], paths[top, 1] = high, low
            if side and depth < 64:
                paths[top, 0] |= np.uint64(1) << np.uint64(63 - depth)
            elif side:
                paths[top, 1] |= np.uint64(1) << np.uint64(127 - depth)
            top += 1
    return n


@njit(cache=True, nogil=True)
def _below(depth: Any) -> Any:
    """The bits of a half that lie below a depth within it."""
    if depth <= 0:
        return np.uint64(0xFFFFFFFFFFFFFFFF)
    if depth >= 64:
        return np.uint64(0)
    return (np.uint64(1) << np.uint64(64 - depth)) - np.uint64(1)
