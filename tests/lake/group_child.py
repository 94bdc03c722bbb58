"""
A process of its own that admits a group of segments and dies at a point: python group_child.py DIRECTORY POINT.

A point is the name of a step, which call of it, and the side on which the process is killed, such as commit:1:after.
"""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

import child
import conftest

from isdas.lake.delta import Table
from isdas.lake.lake import Lake
from isdas.lake.ledger import Entry, Ledger

child.TARGETS |= {"ledger": (Ledger, "intend"), "keep": (Table, "_keep"), "settle": (Ledger, "settle")}

SPOOL = "0123456789abcdef"


def send(lake: Lake, first: int, last: int) -> None:
    """Admit those segments of a run that are not in yet as one group, three packets each, and fold."""
    with lake.admission() as admission:
        wanted = [entry(n) for n in range(first, last)]
        known = lake.ledger.known(one.identity for one in wanted)
        fresh = [one for one in wanted if one.identity not in known]
        for one in fresh:
            hour = one.sequence / 60
            times = [hour + 0.001, hour + 0.002, hour + 0.003]
            positions = (one.sequence << 32) + np.arange(3)
            admission.add(conftest.packets_of(times, sensor="live", intake=one.intake, position=positions))
        admission.finish_segments(fresh)
    lake.fold()


def entry(sequence: int) -> Entry:
    """A minute with three packets."""
    start = conftest.BASE_HOUR * conftest.HOUR_US + sequence * 60_000_000
    made = Entry(
        1, "live", SPOOL, sequence, bytes([sequence]) * 32, bytes([sequence]) * 32, start, start + 60_000_000, 0
    )
    return replace(made, packets=3, received=3, hours={start // conftest.HOUR_US: 3})


if __name__ == "__main__":
    there = Lake(Path(sys.argv[1]), conftest.CONFIG)
    child.deadly(sys.argv[2])
    send(there, 50, 100)
