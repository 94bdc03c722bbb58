"""
The account of a block of lines: every record stored or refused, with line number and reason.
"""

from collections import Counter

import numpy as np
import numpy.typing as npt

from isdas.formats.batch import Batch, Refusal
from isdas.formats.lines import LineBlock
from isdas.model.packets import Packets
from isdas.model.tally import Tally

Reasons = npt.NDArray[np.object_]
"""object[n]: why each record is refused; None for those that are not."""


def no_reasons(n: int) -> Reasons:
    """Nothing against any of *n* records."""
    return np.full(n, None, object)


def kept(reasons: Reasons) -> npt.NDArray[np.bool_]:
    """bool[n]: the records that nothing is said against."""
    return np.asarray(reasons == None)  # noqa: E711 - elementwise


def refuse(reasons: Reasons, bad: npt.NDArray[np.bool_], reason: str) -> None:
    """Give *reason* to the bad records that have none yet."""
    rows = np.flatnonzero(bad)
    reasons[rows[kept(reasons[rows])]] = reason


def account(
    block: LineBlock,
    lines: npt.NDArray[np.int64],
    reasons: Reasons,
    packets: Packets,
    warnings: Counter[str] | None = None,
) -> Batch:
    """
    The batch of a block.

    Args:
        block: the lines.
        lines: int64[n], which lines of the block are records, by index from 0; comments and headers are none.
        reasons: object[n], why each of them is refused, or None.
        packets: one row for each that is not, in their order.
        warnings: oddities of records that are stored nevertheless, by name.
    """
    starts = block.starts()
    refused = np.flatnonzero(~kept(reasons))
    tally = Tally(read=len(lines), stored=len(packets))
    tally.refused.update(reasons[refused].tolist())
    tally.warnings.update(block.warnings)
    tally.warnings.update({name: count for name, count in (warnings or {}).items() if count})
    refusals = (
        Refusal(block.first + int(lines[i]), reasons[i], block.text(int(starts[lines[i]]), int(starts[lines[i] + 1])))
        for i in refused
    )
    return Batch(packets, tally, tuple(refusals))
