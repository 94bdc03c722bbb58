"""
What the history of a Zeek connection says of the packets of either side.

Upper case is the originator, lower case the responder; a letter stands for at least one packet of its kind, a leading
``^`` for roles that Zeek turned round (scripts/base/protocols/conn/main.zeek).
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

_FLAGS = {"S": 2, "H": 18, "A": 16, "D": 16, "T": 16, "F": 1, "R": 4}
"""Letter to what it says of flags: SYN, SYN-ACK, ACK, data and data again (all with ACK), FIN, RST."""

_NO_PACKETS = frozenset("CGWX")
"""Letters for circumstances: bad checksum, gap, zero window, given up."""

UNKNOWN, OPENED = -1, -2
"""Instead of flags: nothing is known; a SYN and further packets."""

STATES = {
    "S0": "S",
    "S1": "ShA",
    "S2": "ShAF",
    "S3": "ShAf",
    "SF": "ShAFf",
    "REJ": "Sr",
    "RSTO": "ShAR",
    "RSTR": "ShAr",
    "RSTOS0": "SR",
    "RSTRH": "^hr",
    "SH": "SF",
    "SHR": "^hf",
    "OTH": "Dd",
}
"""The least history that each state of a TCP connection stands for, for logs without one."""


@dataclass(frozen=True, slots=True)
class Histories:
    """
    n connections.

    Attributes:
        flags: int64[2, n], flags of all packets of the originator and of the responder together; UNKNOWN or OPENED.
        sent: bool[2, n], whether each side sent anything.
        told: bool[n], whether there is a history at all.
        answered: bool[n], whether the first packet came from the responder.
    """

    flags: npt.NDArray[np.int64]
    sent: npt.NDArray[np.bool_]
    told: npt.NDArray[np.bool_]
    answered: npt.NDArray[np.bool_]


def histories(column: pa.Array) -> Histories:
    """What n texts say; an empty one says nothing."""
    encoded = column.dictionary_encode()
    rows = np.asarray(encoded.indices)
    found = np.array([_one(text) for text in encoded.dictionary.to_pylist()] or [_one("")], np.int64)[rows]
    return Histories(found[:, :2].T, found[:, 2:4].T == 1, found[:, 4] == 1, found[:, 5] == 1)


def _one(text: str) -> tuple[int, int, int, int, int, int]:
    there = frozenset(each for each in text if each.isupper())
    back = frozenset(each.upper() for each in text if each.islower())
    answered = text.startswith("^") or (bool(back) and not there)
    return _flags(there), _flags(back), bool(there), bool(back), bool(text), answered


def _flags(letters: frozenset[str]) -> int:
    """
    The flags of one side's packets together, if that tells what they are.

    Flags of a SYN and of what followed it, put together, look like those of an answer, so they are not.
    """
    kinds = letters - _NO_PACKETS
    if not kinds or not kinds <= _FLAGS.keys():
        return OPENED if "S" in kinds else UNKNOWN
    if "S" in kinds and len(kinds) > 1:
        return OPENED
    return int(np.bitwise_or.reduce([_FLAGS[each] for each in kinds]))
