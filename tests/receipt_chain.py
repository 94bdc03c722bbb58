"""
Whether receipts are one chain, told in the plainest way: each from the one before it.
"""

from collections.abc import Iterable

from isdas.transport.receipt import START, Receipt, following


def broken(receipts: Iterable[Receipt], hub: bytes, chain: bytes = START) -> Receipt | None:
    """
    The first of the receipts of one spool, in the order of admission, that does not follow from those before it, or
    that the hub has not signed; None if all are right.

    Args:
        receipts: without holes.
        hub: its public key.
        chain: before the first of them.
    """
    for receipt in receipts:
        try:
            chain = following(chain, bytes.fromhex(receipt.digest))
        except ValueError:
            return receipt
        if receipt.chain != chain.hex() or not receipt.believed(hub):
            return receipt
    return None
