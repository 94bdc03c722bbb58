"""
What the hub does by the clock: fold, look, and in the night group sources, let go, merge and reconcile.

Each is a task of `isdas.hub.schedule`; all of them may be done again at any time and change nothing then.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from isdas.config import Config
from isdas.hub.looking import look
from isdas.hub.schedule import Found, Hourly, Nightly, Stopped, Task
from isdas.hub.sources import group_upto, yesterday
from isdas.lake.lake import Lake
from isdas.lake.reconcile import holes
from isdas.lake.refusals import forget
from isdas.lake.verify import verify
from isdas.model.time import Period

_REFUSALS_DAYS = 400
_TOLD = 20
"""So many differences are written to the log; all of them are told by `isdas lake verify`."""


@dataclass(slots=True)
class Work:
    """
    The hub's tasks over one data directory.

    Attributes:
        writer: the tables to write to; shared with the door, if that is in this process.
        reader: the same for reading; used by no other thread.
        config: the settings.
        stop: set when the hub is to end; a fold then ends after the hours at hand.
        told: called with a line for the log.
    """

    writer: Lake
    reader: Lake
    config: Config
    stop: threading.Event
    told: Callable[[str], None]

    def tasks(self) -> list[Task]:
        """The tasks in the order in which they are done when several are due."""
        hourly, paper = Hourly(self.config.hub.fold_minute), self.config.paper
        night = Nightly(self.config.hub.night_hour, 15, paper)
        return [
            # What was left when the hub ended is folded at once.
            Task("fold", hourly, self.fold, at_once=True),
            Task("look", hourly, self.look),
            Task("sources", night, self.sources),
            Task("expire", night, self.expire),
            Task("compact", night, self.compact),
            Task("verify", night, self.verify),
        ]

    def fold(self, at: datetime) -> Found:
        """Bring the derived tables up to the packets, late segments too, and merge the small files of many groups."""

        def between(done: int, of: int) -> None:
            if self.stop.is_set():
                raise Stopped

        hours = self.writer.fold(progress=between)
        return {"hours": float(hours), "files_merged": float(self.writer.tidy())}

    def look(self, at: datetime) -> Found:
        """Look for surges in the closed hours of the last weeks, so that late segments count."""
        end = at.replace(minute=0, second=0, microsecond=0)
        self.reader.refresh()
        period = Period(end - timedelta(days=self.config.hub.look_days), end, self.config.paper)
        surges = look(self.reader, period, self.config.detect, alerts=self.config.alerts)
        return {"surges": float(len(surges)), "broad": float(sum(surge.verdict == "broad" for surge in surges))}

    def sources(self, at: datetime) -> Found:
        """Group the sources of the day that is over, and tell the groups that were not there before."""
        self.reader.refresh()
        told = group_upto(self.reader, yesterday(at), self.config.detect, at_most=self.config.detect.group_days)
        for group in told:
            self.told(group.sentence())
        return {"new_groups": float(len(told)), "new_sources": float(sum(group.sources for group in told))}

    def expire(self, at: datetime) -> Found:
        """Let go of packets and sightings that have been kept long enough."""
        gone = self.writer.expire(at)
        forget(self.writer.records.database, before_hour=_hour(at - timedelta(days=_REFUSALS_DAYS)))
        return {f"{each.table}_rows": float(each.rows) for each in gone}

    def compact(self, at: datetime) -> Found:
        """Make few rows of what the ledger has of old segments, and few files of many."""
        before = at - timedelta(days=self.config.hub.ledger_days)
        gathered = self.writer.gather_segments(round(before.timestamp() * 1e6))
        removed = self.writer.compact()
        return {"segments_gathered": float(gathered), "files_merged": float(sum(removed.values()))}

    def verify(self, at: datetime) -> Found:
        """Compare what was captured, sent, admitted, stored and folded."""
        found = verify(self.reader)
        for one in found[:_TOLD]:
            self.told(f"difference: {one.where}: {one.what}: {one.expected:,} and {one.found:,}")
        if len(found) > _TOLD:
            self.told(f"and {len(found) - _TOLD:,} differences more: `isdas lake verify` tells them")
        missing = sum(hole.segments for hole in holes(self.reader) if hole.why == "missing")
        return {"differences": float(len(found)), "segments_missing": float(missing)}


def _hour(at: datetime) -> int:
    return int(at.timestamp()) // 3600
