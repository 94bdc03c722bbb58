"""
The receipts that a sensor keeps: what the hub has signed for, for as long as somebody may ask.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from isdas.transport.disk import Disk
from isdas.transport.notebook import Notebook
from isdas.transport.receipt import START, Receipt, following

KEPT = 100_000
"""How many receipts are kept, two months of minutes; of older ones the last chain stays."""

_NEAR = 64
"""Those that were admitted in one group may stand in another order, so many of them at most."""


@dataclass(frozen=True, slots=True)
class Checked:
    """
    What receipts of one spool prove.

    Attributes:
        proven: how many of them follow from each other without a hole and are signed.
        wrong: those that are not signed by the hub.
        loose: those that follow from nothing that is here: a receipt between is missing.
    """

    proven: int
    wrong: list[Receipt]
    loose: list[Receipt]


class Proof:
    """
    Receipts in a file.

    Args:
        path: the file.
        kept: how many stay in it.
    """

    def __init__(self, path: Path, disk: Disk | None = None, kept: int = KEPT) -> None:
        self._notebook = Notebook(path, disk or Disk())
        self._kept = kept
        self._count = sum(1 for _ in self._notebook)

    def add(self, receipts: Iterable[Receipt]) -> None:
        """
        Keep receipts; they are on the disk when this returns.

        Raises:
            OSError: there is no room for them.
        """
        notes = [receipt.as_dict() for receipt in receipts]
        if notes:
            self._notebook.add(*notes)
            self._count += len(notes)
        if self._count > 2 * self._kept:
            kept = list(self._notebook)[-self._kept :]
            self._notebook.rewrite(kept)
            self._count = len(kept)

    def receipts(self) -> list[Receipt]:
        """All that are kept, each once, in the order of admission."""
        found = {receipt.digest: receipt for receipt in map(Receipt.from_dict, self._notebook)}
        return sorted(found.values(), key=lambda receipt: (receipt.spool, receipt.admitted_us))


def check(receipts: Sequence[Receipt], hub: bytes) -> dict[str, Checked]:
    """
    What receipts prove, by spool: each follows from one before it, whichever order they came in.

    The first of a spool follows from `START`, or from one that is not kept any more.
    """
    return {
        spool: _check([r for r in receipts if r.spool == spool], hub) for spool in sorted({r.spool for r in receipts})
    }


def _check(receipts: Sequence[Receipt], hub: bytes) -> Checked:
    wrong = [receipt for receipt in receipts if not receipt.believed(hub)]
    loose = [receipts[at] for at in range(1, len(receipts)) if not _follows(receipts, at)]
    return Checked(len(receipts) - len({*wrong, *loose}), wrong, loose)


def _follows(receipts: Sequence[Receipt], at: int) -> bool:
    """Whether a receipt follows from one of those that are here, which is nearly always the one before it."""
    receipt = receipts[at]
    before = receipts[max(at - _NEAR, 0) : at]
    near = (*reversed(before), *receipts[at + 1 : at + _NEAR])
    return any(_next(chain, receipt.digest) == receipt.chain for chain in (*(each.chain for each in near), START.hex()))


def _next(chain: str, digest: str) -> str:
    try:
        return following(bytes.fromhex(chain), bytes.fromhex(digest)).hex()
    except ValueError:
        return ""
