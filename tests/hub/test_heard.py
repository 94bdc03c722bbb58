"""Tests of isdas.hub.heard."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from isdas.hub.checking import Candidate
from isdas.hub.heard import heard_of

Do = Callable[..., Any]


def test_the_newest_segment_tells_how_the_sensor_is(sender: Any, syns: Do) -> None:
    """Of several segments of a sensor in any order, the newest tells; what was lost is the sum over all."""
    header = sender.header(0, spool_bytes=5, lost=[[1, 2, 2, 30, 0, 0]])
    one = Candidate(7, "x", header, syns([]), b"", 9, 0, 60, 0.25, False, {}, "192.0.2.1")
    newer = replace(one, header=replace(header, sequence=8, spool_bytes=4, lost=[[3, 3, 1, 5, 0, 0]]), end_us=99)
    other = replace(one, sensor=8, header=replace(header, lost=[]))
    found = heard_of([newer, one, other], 1234)
    assert found.keys() == {7, 8}
    assert (found[7].at_us, found[7].seen_from) == (1234, "192.0.2.1")
    told = found[7].told
    assert (told["sequence"], told["spool_bytes"], told["lost"], told["end_us"]) == (8, 4, [3, 35], 99)
    assert (told["clock_offset_s"], told["software"], found[8].told["lost"]) == (0.25, "1.0", [0, 0])


def test_nothing_heard_is_nothing_told() -> None:
    """No segment, no sensor."""
    assert heard_of([], 0) == {}
