"""
Kept receipts prove what the hub has, and show what does not belong to it.
"""

from dataclasses import replace
from pathlib import Path

from isdas.transport.keys import Key
from isdas.transport.proof import Proof, check
from isdas.transport.receipt import START, Receipt, following, sign

HUB = Key(bytes(range(32)))


def chained(n: int) -> list[Receipt]:
    """The receipts of some segments."""
    chain, found = START, []
    for sequence in range(n):
        digest = sequence.to_bytes(32, "big")
        chain = following(chain, digest)
        found.append(sign(Receipt("k" * 32, "0" * 16, sequence, digest.hex(), chain.hex(), 1000 + sequence), HUB))
    return found


def test_receipts_are_kept_and_prove(tmp_path: Path) -> None:
    """In whatever order they came, and if one came twice."""
    receipts = chained(6)
    proof = Proof(tmp_path / "receipts")
    proof.add([receipts[0], receipts[2], receipts[1]])
    Proof(tmp_path / "receipts").add([receipts[1], *receipts[3:]])
    kept = Proof(tmp_path / "receipts").receipts()
    assert kept == receipts
    found = check(kept, HUB.public)["0" * 16]
    assert (found.proven, found.wrong, found.loose) == (6, [], [])


def test_what_is_missing_or_forged_is_found() -> None:
    """The one after a hole is loose, one that the hub has not signed is wrong."""
    receipts = chained(6)
    found = check([*receipts[:3], *receipts[4:]], HUB.public)["0" * 16]
    assert found.loose == [receipts[4]]
    forged = replace(receipts[3], admitted_us=1)
    assert check([*receipts[:3], forged, *receipts[4:]], HUB.public)["0" * 16].wrong == [forged]


def test_only_so_many_are_kept(tmp_path: Path) -> None:
    """The newest, which still prove each other."""
    receipts = chained(50)
    proof = Proof(tmp_path / "receipts", kept=10)
    for receipt in receipts:
        proof.add([receipt])
    kept = proof.receipts()
    assert 10 <= len(kept) <= 20
    assert kept == receipts[-len(kept) :]
    assert check(kept, HUB.public)["0" * 16].proven == len(kept)
