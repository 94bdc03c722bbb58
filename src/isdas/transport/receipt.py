"""
Receipts: what the hub has signed for, each tied to all before it.

The chain of a spool is BLAKE3(chain before, digest of the segment), from 32 zero bytes on, in the order of admission.
Who holds the last receipt can show that every segment before it was taken, and that none was taken away since.
"""

from dataclasses import asdict, dataclass
from typing import Any

from blake3 import blake3

from isdas.transport.keys import Key, signed

START = bytes(32)
"""The chain before the first segment."""

_PURPOSE = b"isdas receipt"


@dataclass(frozen=True, slots=True)
class Receipt:
    """
    That a segment was taken.

    Attributes:
        sensor: fingerprint of the key that sealed the segment.
        spool, sequence: which of the sensor's segments.
        digest: BLAKE3 of its bytes, hexadecimal.
        chain: BLAKE3 of the chain before and the digest, hexadecimal.
        admitted_us: when, microseconds since 1970 by the hub's clock.
        signature: the hub's, hexadecimal.
    """

    sensor: str
    spool: str
    sequence: int
    digest: str
    chain: str
    admitted_us: int
    signature: str = ""

    def as_dict(self) -> dict[str, object]:
        """The form that is sent."""
        return asdict(self)

    @classmethod
    def from_dict(cls, said: Any) -> "Receipt":
        """
        From that form.

        Raises:
            ValueError: it is none.
        """
        texts = ("sensor", "spool", "digest", "chain", "signature")
        numbers = ("sequence", "admitted_us")
        if not isinstance(said, dict) or said.keys() != {*texts, *numbers}:
            raise ValueError("a receipt has other fields")
        if not all(isinstance(said[n], str) for n in texts) or not all(type(said[n]) is int for n in numbers):
            raise ValueError("a field of a receipt is of another type")
        return cls(**said)

    def believed(self, hub: bytes) -> bool:
        """Whether the hub with a public key has signed it."""
        try:
            return signed(hub, bytes.fromhex(self.signature), _content(self))
        except ValueError:
            return False


def following(chain: bytes, digest: bytes) -> bytes:
    """The chain after a segment with a digest."""
    return blake3(chain + digest).digest()


def sign(receipt: Receipt, key: Key) -> Receipt:
    """The receipt with the signature of the hub's key."""
    return Receipt(**{**asdict(receipt), "signature": key.sign(_content(receipt)).hex()})


def _content(receipt: Receipt) -> bytes:
    said = (receipt.sensor, receipt.spool, receipt.sequence, receipt.digest, receipt.chain, receipt.admitted_us)
    return b"\n".join([_PURPOSE, *(str(each).encode() for each in said)])
