"""
What a format gives for a stretch of a file: the packets, the account of every record, and the records refused.

It does not write the refused records anywhere.
"""

from collections.abc import Callable
from dataclasses import dataclass

from isdas.model.packets import Packets
from isdas.model.tally import Tally


@dataclass(frozen=True, slots=True)
class Refusal:
    """
    One record that was not taken in.

    Attributes:
        line_number: line of the file, from 1.
        reason: the name under which the tally counts it.
        text: the line as it stands in the file, without its end; at most 1,000 characters of it.
    """

    line_number: int
    reason: str
    text: str


@dataclass(frozen=True, slots=True)
class Batch:
    """
    A stretch of a file.

    Attributes:
        packets: one row per record that was taken in, in the order of the file; ``position`` is the line number.
        tally: what became of every record of the stretch; it reconciles.
        refusals: one for every record that the tally counts as refused.
    """

    packets: Packets
    tally: Tally
    refusals: tuple[Refusal, ...] = ()


Work = Callable[[], Batch]
"""A stretch of a file that has been read but not yet understood: any thread may do it, once."""
