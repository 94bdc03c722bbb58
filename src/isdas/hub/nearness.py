"""
Whether the new sources of a port scan the sensors of their own networks, from the packets while they are kept.
"""

from math import lcm

import numpy as np

from isdas.detect.locality import Hits, locality
from isdas.lake.headers import headers
from isdas.lake.lake import Lake
from isdas.model.columns import Capability
from isdas.model.port import Port
from isdas.model.time import Period

_MOST = 200_000
_NAMES = ("capabilities", "source_high", "source_low", "destination_high", "destination_low")


def nearness(lake: Lake, port: Port, during: Period, before: Period) -> tuple[float, float] | None:
    """
    Share of the new sources that scan sensors of their own network, and what was usual (`detect.locality`).

    None where too few packets are left, or where what was taken in does not tell the sensors' addresses.
    """
    since, every = _hits(lake, port, during)
    usual, every_before = _hits(lake, port, before)
    # What is cut by source must be cut alike, or sources that were always there would pass for new.
    step = lcm(every, every_before)
    return locality(_some(usual, step), _some(since, step))


def _hits(lake: Lake, port: Port, period: Period) -> tuple[Hits, int]:
    packets, every = headers(lake, port, period, _NAMES, most=_MOST)
    table = packets.table
    if not len(packets):
        nothing = np.empty(0, np.int64)
        return Hits(nothing, nothing, nothing, nothing), every
    able = table.column("capabilities").fill_null(0).to_numpy().astype(np.int64)
    exact = (able & int(Capability.DESTINATION) != 0) & (able & int(Capability.DESTINATION_NETWORK) == 0)
    halves = [table.column(name).fill_null(0).to_numpy().astype(np.int64) for name in _NAMES[1:]]
    return Hits(*(half[exact] for half in halves)), every


def _some(hits: Hits, step: int) -> Hits:
    kept = hits.source_low % step == 0
    return Hits(hits.source_high[kept], hits.source_low[kept], hits.target_high[kept], hits.target_low[kept])
