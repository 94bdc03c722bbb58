"""The account of a block of lines."""

from collections import Counter

import numpy as np

from isdas.formats.account import account, kept, no_reasons, refuse
from isdas.formats.lines import LineBlock
from isdas.model.packets import Packets


def test_every_record_is_stored_or_refused_with_its_line() -> None:
    """Lines that are records are counted once; those refused come with number, reason and text."""
    block = LineBlock(b"# comment\none\ntwo\nthree\n", 11, {}, ("truncated-gzip",))
    reasons = no_reasons(3)
    refuse(reasons, np.array([False, True, False]), "bad-time")
    refuse(reasons, np.array([False, True, False]), "bad-port")
    batch = account(block, np.array([1, 2, 3]), reasons, Packets.of({}, int(kept(reasons).sum())), Counter(odd=2))
    assert batch.tally.as_dict() == {
        "read": 3,
        "stored": 2,
        "refused": {"bad-time": 1},
        "warnings": {"odd": 2, "truncated-gzip": 1},
    }
    assert [(r.line_number, r.reason, r.text) for r in batch.refusals] == [(13, "bad-time", "two")]
