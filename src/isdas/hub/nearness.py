"""
Whether the new sources of a port scan the sensors of their own networks, from the packets while they are kept.
"""

from math import lcm

import numpy as np

from isdas.detect.locality import Hits, locality
from isdas.lake.headers import Sample
from isdas.model.columns import Capability
from isdas.model.packets import Packets

_HALVES = ("source_high", "source_low", "destination_high", "destination_low")


def nearness(since: Sample, usual: Sample) -> tuple[float, float] | None:
    """
    Share of the new sources that scan sensors of their own network, and what was usual (`detect.locality`).

    None where too few packets are left, or where what was taken in does not tell the sensors' addresses.
    """
    # What is cut by source must be cut alike, or sources that were always there would pass for new.
    step = lcm(since.every, usual.every)
    return locality(_some(_hits(usual.packets), step), _some(_hits(since.packets), step))


def _hits(packets: Packets) -> Hits:
    table = packets.table
    if not len(packets):
        nothing = np.empty(0, np.int64)
        return Hits(nothing, nothing, nothing, nothing)
    able = table.column("capabilities").fill_null(0).to_numpy().astype(np.int64)
    exact = (able & int(Capability.DESTINATION) != 0) & (able & int(Capability.DESTINATION_NETWORK) == 0)
    halves = [table.column(name).fill_null(0).to_numpy().astype(np.int64) for name in _HALVES]
    return Hits(*(half[exact] for half in halves))


def _some(hits: Hits, step: int) -> Hits:
    kept = hits.source_low % step == 0
    return Hits(hits.source_high[kept], hits.source_low[kept], hits.target_high[kept], hits.target_low[kept])
