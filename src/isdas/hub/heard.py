"""
What segments tell of their sensors beside the packets: how the sensor is, as of the newest of them.
"""

from collections.abc import Sequence

from isdas.hub.checking import Candidate
from isdas.lake.sensors import Heard


def heard_of(candidates: Sequence[Candidate], at_us: int) -> dict[int, Heard]:
    """
    What a group of segments tells of each sensor, by the sensor's number.

    Args:
        at_us: when they came.
    """
    newest: dict[int, Candidate] = {}
    lost: dict[int, list[int]] = {}
    for one in candidates:
        present = newest.get(one.sensor)
        if present is None or _order(one) >= _order(present):
            newest[one.sensor] = one
        sums = lost.setdefault(one.sensor, [0, 0])
        sums[0] += sum(each[2] for each in one.header.lost)
        sums[1] += sum(each[3] for each in one.header.lost)
    return {number: Heard(at_us, _told(one, lost[number]), one.seen_from) for number, one in newest.items()}


def _order(one: Candidate) -> tuple[int, int]:
    return one.header.clock_epoch, one.header.sequence


def _told(one: Candidate, lost: list[int]) -> dict[str, object]:
    header = one.header
    return {
        "software": header.software,
        "spool": header.spool,
        "sequence": header.sequence,
        "end_us": one.end_us,
        "sealed_us": header.sealed_us,
        "clock_epoch": header.clock_epoch,
        "clock_offset_s": one.offset_s,
        "addresses": header.addresses,
        "spool_bytes": header.spool_bytes,
        "spool_segments": header.spool_segments,
        "uptime_s": header.uptime_s,
        "lost": lost,
    }
