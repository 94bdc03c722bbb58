"""
The way in: files are read, understood by all cores, staged, committed, and the hours they touch folded.

`take_in` is idempotent.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa

from isdas.enrich.label import label
from isdas.enrich.region import Lookups
from isdas.formats.batch import Batch, Work
from isdas.hub.ahead import in_order
from isdas.hub.contents import Contents
from isdas.hub.identity import Identities, as_text
from isdas.hub.quarantine import Quarantine
from isdas.hub.source import Source
from isdas.lake.admission import Admission
from isdas.lake.lake import Lake
from isdas.lake.records import Intake
from isdas.model.errors import InputRefused
from isdas.model.monitored import REASON as NOT_MONITORED
from isdas.model.monitored import Monitored
from isdas.model.packets import Packets
from isdas.model.tally import Tally


@dataclass(slots=True)
class Summary:
    """
    What became of some files.

    Attributes:
        records: their records.
        taken, known: files taken in, and files that were in already, or whose packets were.
        refused: files that could not be read, as (name, reason, message).
        drifted: files of whose records so many were refused that they are hardly in their format, as (name, format,
            share).
        passed_over: files of a folder that were not tried, because nothing about them is a capture or a known table.
        hours: hours folded.
        interrupted: whether it was stopped before the last file.
        quarantined: folder of the records that could not be read, if there are any.
        seconds: how long it took.
    """

    records: Tally = field(default_factory=Tally)
    taken: int = 0
    known: int = 0
    refused: list[tuple[str, str, str]] = field(default_factory=list)
    drifted: list[tuple[str, str, float]] = field(default_factory=list)
    passed_over: int = 0
    hours: int = 0
    interrupted: bool = False
    quarantined: Path | None = None
    seconds: float = 0.0

    @property
    def clean(self) -> bool:
        """Whether something was there to take in, and nothing of it was refused."""
        return bool(self.taken or self.known) and not self.refused and not self.records.refused

    def as_dict(self) -> dict[str, object]:
        """The form that ``isdas ingest --json`` prints."""
        refused = [{"file": name, "reason": reason, "message": text} for name, reason, text in self.refused]
        return {
            **self.records.as_dict(),
            "files": {
                "taken": self.taken,
                "known": self.known,
                "refused": refused,
                "passed_over": self.passed_over,
                "drifted": [{"file": f, "format": known, "refused_share": round(s, 4)} for f, known, s in self.drifted],
            },
            "hours_folded": self.hours,
            "interrupted": self.interrupted,
            "quarantine": str(self.quarantined) if self.quarantined else None,
            "seconds": round(self.seconds, 3),
        }


_THREADS = os.cpu_count() or 1
_AHEAD = _THREADS + 1
"""How many pieces of a file are held at a time: enough that every core has one while another is written."""

_BEFORE_ALL = -(1 << 62)

Told = Callable[[Source, int], None]
"""Called with a source and how many bytes of it have been read; may raise KeyboardInterrupt to stop there."""


def take_in(
    sources: Sequence[Source],
    lake: Lake,
    lookups: Lookups,
    *,
    monitored: Monitored | None = None,
    identities: Identities | None = None,
    told: Told,
    folded: Callable[[int, int], None] | None = None,
) -> Summary:
    """
    Take files in, each once, and fold the hours they touch.

    Args:
        monitored: the addresses that the sensors stand for; packets to others are refused.
        identities: those of the sources, if somebody has begun to work them out.
        told: called as files are read.
        folded: called with how much has been folded and how much there is to fold.
    """
    summary = Summary()
    identities = identities or Identities(source.path for source in sources)
    with lake.admission() as admission:
        for source in sources:
            try:
                _take_in_one(source, identities, admission, lake, lookups, monitored, told, summary)
            except InputRefused as refusal:
                admission.abandon()
                summary.refused.append((as_text(source.path), refusal.reason, as_text(str(refusal))))
            except KeyboardInterrupt:
                summary.interrupted = True
                break
    if folded is not None:
        folded(0, 0)
    summary.hours = lake.fold(progress=folded)
    return summary


def _take_in_one(
    source: Source,
    identities: Identities,
    admission: Admission,
    lake: Lake,
    lookups: Lookups,
    monitored: Monitored | None,
    told: Told,
    summary: Summary,
) -> None:
    name = identities.of(source.path)
    if admission.known(name):
        summary.known += 1
        told(source, source.size)
        return
    quarantine, contents = Quarantine(lake.path, name, source.path), Contents()
    try:
        _stream(source, name, admission, quarantine, lookups, monitored, contents, told)
    except BaseException:
        quarantine.abandon()
        raise
    if admission.known(contents.identity):
        quarantine.abandon()
        admission.abandon()
        summary.known += 1
        return
    # Before the file counts as taken in: after it nobody would read the file again.
    kept = quarantine.keep()
    tally = source.tally
    share = _unread_share(source)
    if share > source.context.drift_share:
        tally.warn("format-drift")
        summary.drifted.append((as_text(source.path), source.name, share))
    admission.finish(
        Intake(
            name,
            as_text(source.path),
            source.name,
            tally.read,
            tally.stored,
            dict(tally.refused),
            dict(tally.warnings),
            tuple(source.statements),
            contents.identity,
        )
    )
    summary.quarantined = kept.parent if kept else summary.quarantined
    summary.taken += 1
    summary.records.add(tally)


def _stream(
    source: Source,
    name: str,
    admission: Admission,
    quarantine: Quarantine,
    lookups: Lookups,
    monitored: Monitored | None,
    contents: Contents,
    told: Told,
) -> None:
    """Read a file, have all cores understand its pieces, and stage what they give in the order of the file."""
    pieces = source.pieces(lambda done: told(source, done))
    work = (partial(_understood, piece, name, lookups, monitored) for piece in pieces)
    latest = _BEFORE_ALL
    for batch in in_order(work, threads=_THREADS, ahead=_AHEAD):
        source.tally.add(batch.tally)
        if source.ordered:
            latest, backwards = _in_time(batch.packets, latest)
            source.tally.warn("time-backwards", backwards)
        contents.add(batch.packets)
        admission.add(batch.packets)
        quarantine.add(batch.refusals)


def _understood(piece: Work, intake: str, lookups: Lookups, monitored: Monitored | None) -> Batch:
    """One piece of a file as labelled packets for the monitored addresses."""
    batch = piece()
    mine = batch.packets if monitored is None else monitored.only(batch.packets, batch.tally)
    return replace(batch, packets=label(mine.with_columns({"intake": intake}), lookups))


def _in_time(packets: Packets, latest: int) -> tuple[int, int]:
    """The time of the last packet, and how many packets are from before the one that precedes them."""
    times = packets.table.column("time").cast(pa.int64()).to_numpy()
    if not len(times):
        return latest, 0
    return int(times[-1]), int(times[0] < latest) + int(np.count_nonzero(times[1:] < times[:-1]))


def _unread_share(source: Source) -> float:
    """Which share of a file's records could not be read; 0 with captures, whose frames may be anything."""
    tally = source.tally
    if source.framed or not tally.read:
        return 0.0
    return (tally.refused.total() - tally.refused[NOT_MONITORED]) / tally.read
