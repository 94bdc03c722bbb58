"""
Families of operating systems by the headers of a TCP SYN: a coarse table of our own.

A family says which stack made the packet, not what the host is for; programs that make packets themselves have a
family of their own. Finer databases (p0f's, nmap's) have licences that this project cannot take on.
"""

import numpy as np
import numpy.typing as npt

from isdas.enrich.rules import header
from isdas.model.options import NAMES, layout
from isdas.model.packets import Packets

WINDOWS, UNIX, EMBEDDED, RAW, UNKNOWN = "Windows", "Linux or Unix", "embedded", "packet generator", "unknown"

FAMILIES = (WINDOWS, UNIX, EMBEDDED, RAW, UNKNOWN)
"""By their codes, 0 to 4."""

_SYN, _ACK = 2, 16
_TIMESTAMP = NAMES.index("ts")
_WINDOWS_LAYOUTS = tuple(
    layout(text)
    for text in (
        "mss,nop,nop,sok",  # 2000, XP, 2003
        "mss,nop,ws,nop,nop,sok",  # Vista and later
        "mss,nop,ws,sok,ts",
        "mss,nop,ws,nop,nop,ts,nop,nop,sok",
    )
)


def families(packets: Packets) -> npt.NDArray[np.int8]:
    """
    Index into FAMILIES for every packet, int8[n]; -1 for what is no TCP SYN or does not show TTL, window and options.

    | family | initial TTL | options |
    |---|---|---|
    | packet generator | 255 or any | none, or the maximum segment size alone with a window of 1024 |
    | Windows | 128 | a layout of Windows, or any without a timestamp |
    | Linux or Unix | 64 | with a timestamp |
    | embedded | 64 | others; busybox and small stacks, also most bots that open raw sockets with TTL 64 |
    | unknown | other | |
    """
    ttl, window, options, flags = (_shown(packets, name) for name in _NEEDED)
    shown = np.logical_and.reduce([each[1] for each in (ttl, window, options, flags)])
    syn = shown & (packets.numpy("protocol") == 6) & (flags[0] & (_SYN | _ACK) == _SYN)
    begun = np.array([32, 64, 128, 255])[np.searchsorted([32, 64, 128], ttl[0])]
    alone = options[0] == NAMES.index("mss")
    raw = (options[0] == 0) | (alone & (window[0] == 1024)) | (begun == 255) & alone
    stamped = _has(options[0], _TIMESTAMP)
    windows = (begun == 128) & (np.isin(options[0], _WINDOWS_LAYOUTS) | ~stamped)
    found = np.select(
        [raw, windows, (begun == 64) & stamped, begun == 64],
        [FAMILIES.index(name) for name in (RAW, WINDOWS, UNIX, EMBEDDED)],
        FAMILIES.index(UNKNOWN),
    )
    return np.where(syn, found, -1).astype(np.int8)


_NEEDED = ("ttl", "tcp_window", "tcp_option_layout", "tcp_flags")


def _shown(packets: Packets, name: str) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    values, known = header(packets, name)
    if not len(known):
        return values.astype(np.int64), np.ones(len(packets), np.bool_)
    return values.astype(np.int64), np.unpackbits(known, count=len(packets), bitorder="little").astype(np.bool_)


def _has(layouts: npt.NDArray[np.int64], digit: int) -> npt.NDArray[np.bool_]:
    """Whether an option is anywhere in a layout."""
    found = np.zeros(len(layouts), np.bool_)
    for place in range(15):
        found |= (layouts >> (4 * place)) & 0xF == digit
    return found
