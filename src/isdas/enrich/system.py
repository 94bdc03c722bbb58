"""
Families of operating systems by the headers of a TCP SYN: a coarse table of our own.

A family says which stack made the packet, not what the host is for; programs that make packets themselves have a
family of their own. Finer databases (p0f's, nmap's) have licences that this project cannot take on.
"""

import numpy as np
import numpy.typing as npt

from isdas.enrich.fingerprint import column_of, initial_ttl
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
    ttl, window, options, flags = (initial_ttl(packets), *(column_of(packets, name) for name in _NEEDED))
    told = np.logical_and.reduce([each[1] for each in (ttl, window, options, flags)])
    syn = told & (packets.numpy("protocol") == 6) & (flags[0] & (_SYN | _ACK) == _SYN)
    alone = options[0] == NAMES.index("mss")
    raw = (options[0] == 0) | (alone & (window[0] == 1024)) | (ttl[0] == 255) & alone
    stamped = _has(options[0], _TIMESTAMP)
    windows = (ttl[0] == 128) & (np.isin(options[0], _WINDOWS_LAYOUTS) | ~stamped)
    found = np.select(
        [raw, windows, (ttl[0] == 64) & stamped, ttl[0] == 64],
        [FAMILIES.index(name) for name in (RAW, WINDOWS, UNIX, EMBEDDED)],
        FAMILIES.index(UNKNOWN),
    )
    return np.where(syn, found, -1).astype(np.int8)


_NEEDED = ("tcp_window", "tcp_option_layout", "tcp_flags")


def _has(layouts: npt.NDArray[np.int64], digit: int) -> npt.NDArray[np.bool_]:
    """Whether an option is anywhere in a layout."""
    found = np.zeros(len(layouts), np.bool_)
    for place in range(15):
        found |= (layouts >> (4 * place)) & 0xF == digit
    return found
