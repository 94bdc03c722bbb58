"""
Beacons: packets that the hub sends to its own sensors, which they know and never count.

A beacon is a UDP packet whose 24 bytes of payload look random to everybody who does not have the sensor's secret. It
carries a number that rises, so that a copy sent by somebody else is an ordinary packet.
"""

import hashlib
import hmac
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from isdas.model.packets import Packets

REASON = "beacon"
"""Under which a sensor counts the beacons that it left out of its packets."""

SECRET_BYTES = 32
SIZE = 24
"""Bytes of payload: what `decode.payload_bytes` keeps by default. A sensor that keeps fewer knows no beacon."""

_TAG = 16
_UDP = 17


def payload(secret: bytes, number: int) -> bytes:
    """
    The payload of one beacon.

    Args:
        secret: the sensor's, SECRET_BYTES random bytes.
        number: of the beacon, 0 to 2**64 - 1; larger than those before.
    """
    tag = _tag(secret, number)
    return tag + (number ^ _mask(secret, tag)).to_bytes(SIZE - _TAG, "big")


def number(secret: bytes, found: bytes) -> int | None:
    """The number of the beacon that has a payload; None if it is none of this secret."""
    if len(found) != SIZE:
        return None
    tag = found[:_TAG]
    said = int.from_bytes(found[_TAG:], "big") ^ _mask(secret, tag)
    return said if hmac.compare_digest(_tag(secret, said), tag) else None


def _tag(secret: bytes, number: int) -> bytes:
    return hmac.digest(secret, b"isdas beacon" + number.to_bytes(8, "big"), hashlib.sha256)[:_TAG]


def _mask(secret: bytes, tag: bytes) -> int:
    return int.from_bytes(hmac.digest(secret, b"isdas number" + tag, hashlib.sha256)[: SIZE - _TAG], "big")


@dataclass(slots=True)
class Recogniser:
    """
    Tells beacons from what else arrives.

    Attributes:
        secret: the one that the hub has given to this sensor.
        last: number of the last beacon that was seen; keep it, or copies of older ones would be taken for beacons.
    """

    secret: bytes
    last: int = -1

    def seen(self, packets: Packets) -> npt.NDArray[np.bool_]:
        """
        Which packets are beacons not seen before: bool[n].

        Costs two hashes for each UDP packet with a payload of just that size, and next to nothing for others.
        """
        mine = np.zeros(len(packets), np.bool_)
        table = packets.table
        alike = pc.and_(pc.equal(table.column("protocol"), _UDP), pc.equal(table.column("payload_length"), SIZE))
        rows = np.flatnonzero(pc.fill_null(alike, False).to_numpy())
        for row in rows.tolist():
            found = _bytes(table, row)
            said = None if found is None else number(self.secret, found)
            if said is not None and said > self.last:
                self.last = said
                mine[row] = True
        return mine


def _bytes(table: pa.Table, row: int) -> bytes | None:
    value = table.column("payload")[row].as_py()
    return None if value is None else bytes(value)
