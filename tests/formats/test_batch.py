"""
What a format gives for a stretch of a file.
"""

from isdas.formats.batch import Batch, Refusal
from isdas.model.packets import Packets
from isdas.model.tally import Tally


def test_batch_without_refusals() -> None:
    """A batch has no refusals unless it is given some, and a refusal says line, reason and text."""
    assert Batch(Packets.of({}, 0), Tally()).refusals == ()
    refusal = Refusal(7, "bad-time", "x,y")
    assert (refusal.line_number, refusal.reason, refusal.text) == (7, "bad-time", "x,y")
