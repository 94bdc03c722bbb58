"""
Headers: the packets of one port in a period, as they were taken in, for a look at what they have in common.
"""

from collections.abc import Sequence
from typing import NamedTuple

from isdas.lake.clause import matching
from isdas.lake.lake import Lake
from isdas.model.packets import Packets
from isdas.model.port import Port
from isdas.model.time import Period, moment

MOST = 1_000_000
"""How many packets are looked at; of more, those of some sources only."""


class Sample(NamedTuple):
    """Packets, and how many each stands for: of more, those of some sources only."""

    packets: Packets
    every: int


def headers(
    lake: Lake, port: Port, period: Period, names: Sequence[str], *, kind: str = "scan", most: int = MOST
) -> Sample:
    """
    Some columns of the packets of a port, in the order in which they came in.

    If there are more than about *most*, sources are left out with all their packets, so that what the packets of one
    source have in common stays; a single source may still have more. Packets that were let go are not there.

    Args:
        names: the columns wanted; the others are null.
        kind: only packets of this kind; ``all`` for every kind.
    """
    start, end = (int(moment(t).astype("int64")) for t in (period.start, period.end))
    within = f"time >= timestamp_micros({start}) AND time < timestamp_micros({end})"
    where = f"{within} AND {matching(port=port, kind=kind)}"
    counted = lake.ask(f"SELECT count(*) AS n FROM packets WHERE {where}", "packets", period)
    every = max(1, -(-int(counted.column("n")[0].as_py()) // most))
    chosen = f"{where} AND source_low % {every} = 0"
    statement = f"SELECT {', '.join(names)} FROM packets WHERE {chosen} ORDER BY time, intake, position"
    table = lake.ask(statement, "packets", period)
    return Sample(Packets.of({name: table.column(name) for name in names}, table.num_rows), every)
