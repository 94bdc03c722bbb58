"""
Receipts are signed and chained, so that none can be changed, left out or put in.
"""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from receipt_chain import broken

from isdas.transport.keys import Key
from isdas.transport.receipt import START, Receipt, following, sign

HUB = Key(bytes(range(32)))


def chained(n: int) -> list[Receipt]:
    """The receipts of some segments."""
    chain, found = START, []
    for sequence in range(n):
        digest = bytes([sequence]) * 32
        chain = following(chain, digest)
        said = Receipt("k" * 32, "0123456789abcdef", sequence, digest.hex(), chain.hex(), 1000 + sequence)
        found.append(sign(said, HUB))
    return found


def test_a_whole_chain_is_right() -> None:
    """From the beginning, and from any place on with the chain before it."""
    receipts = chained(5)
    assert broken(receipts, HUB.public) is None
    assert broken(receipts[2:], HUB.public, bytes.fromhex(receipts[1].chain)) is None
    assert broken([], HUB.public) is None


@given(at=st.integers(0, 4), name=st.sampled_from(["sensor", "spool", "digest", "chain", "signature"]))
def test_a_changed_receipt_is_found(at: int, name: str) -> None:
    """Whatever of it is changed."""
    receipts = chained(5)
    value = getattr(receipts[at], name)
    receipts[at] = replace(receipts[at], **{name: value[:-1] + ("0" if value[-1] != "0" else "1")})
    assert broken(receipts, HUB.public) is receipts[at]


def test_a_missing_or_exchanged_receipt_is_found() -> None:
    """The next one does not follow from what is there."""
    receipts = chained(5)
    assert broken(receipts[:2] + receipts[3:], HUB.public) is receipts[3]
    assert broken([receipts[1], receipts[0]], HUB.public) is receipts[1]


def test_another_hub_is_not_believed() -> None:
    """Receipts are those of one hub."""
    receipts = chained(1)
    assert not receipts[0].believed(Key.make().public)
    assert not replace(receipts[0], signature="no").believed(HUB.public)


def test_a_receipt_comes_back_from_its_form() -> None:
    """And nothing else does."""
    receipt = chained(1)[0]
    assert Receipt.from_dict(receipt.as_dict()) == receipt
    for wrong in ({}, [], None, receipt.as_dict() | {"sequence": "1"}, receipt.as_dict() | {"more": 1}):
        with pytest.raises(ValueError, match="receipt"):
            Receipt.from_dict(wrong)
