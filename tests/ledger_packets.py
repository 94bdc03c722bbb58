"""
How many packets the ledger tells of, added up without a look at how hours are made of segments.
"""

from sqlalchemy import func, select

from isdas.lake.database import Database
from isdas.lake.ledger import HourRow, SegmentRow, intake_of


def packets_of_spools(database: Database, upto: int) -> dict[str, int]:
    """How many packets the segments of groups up to *upto* brought, by intake."""
    found: dict[str, int] = {}
    new = select(SegmentRow.name, SegmentRow.spool, func.sum(SegmentRow.packets))
    new = new.where(SegmentRow.group_number <= upto).group_by(SegmentRow.name, SegmentRow.spool)
    old = select(HourRow.name, HourRow.spool, func.sum(HourRow.packets)).group_by(HourRow.name, HourRow.spool)
    with database.reading() as session:
        for rows in (new, old):
            for name, spool, packets in session.execute(rows):
                intake = intake_of(name, spool)
                found[intake] = found.get(intake, 0) + packets
    return found
