"""
The thread that seals: frames to packets, the sensor's own left out, a signed segment on the disk at each cut.

Whatever the disk does, it goes on: what could not be kept is counted and told with the next segment that could.
"""

import ipaddress
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from isdas import __version__
from isdas.decode.config import Config as DecodeConfig
from isdas.decode.packets import decode
from isdas.model.frames import Frames
from isdas.model.monitored import Monitored
from isdas.model.packets import Packets
from isdas.model.tally import Tally
from isdas.sensor.handover import Cut, Handover, Heard
from isdas.sensor.own import Own
from isdas.transport.beacon import REASON, Recogniser
from isdas.transport.clock import Clock
from isdas.transport.keys import Key
from isdas.transport.segment import MOST_PACKETS, Header, seal
from isdas.transport.spool import Spool, SpoolFailed, SpoolFull

DOWN = "interface-down"
"""Told as odd with a segment that observed nothing because the interface was down."""


@dataclass(slots=True)
class Sealed:
    """
    What became of everything since the thread began, and how the spool is doing.

    Attributes:
        received, packets, own: as in a segment's header.
        refused, odd, dropped: likewise, by name.
        segments: how many were sealed.
        sealed_us: when the last was, by the sensor's clock; 0 before.
        trouble: what the disk said last; empty if nothing is wrong.
    """

    received: int = 0
    packets: int = 0
    own: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    odd: Counter[str] = field(default_factory=Counter)
    dropped: Counter[str] = field(default_factory=Counter)
    segments: int = 0
    sealed_us: int = 0
    trouble: str = ""


@dataclass(slots=True)
class _Counted:
    """What is to be told with the next segment, beside its packets."""

    own: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    odd: Counter[str] = field(default_factory=Counter)
    dropped: Counter[str] = field(default_factory=Counter)

    @property
    def total(self) -> int:
        return self.own + self.refused.total() + self.dropped.total()


@dataclass(slots=True)
class Sealing:
    """
    What is on its way from frames to segments.

    Attributes:
        spool: where segments go.
        key: signs them.
        clock: tells when.
        own: knows the sensor's own traffic.
        decoder: settings of the decoder.
        recogniser: knows the hub's beacons; None if there are none.
    """

    spool: Spool
    key: Key
    clock: Clock
    own: Own = field(default_factory=Own)
    decoder: DecodeConfig = field(default_factory=DecodeConfig)
    recogniser: Recogniser | None = None
    sealed: Sealed = field(default_factory=Sealed)
    _batches: list[Packets] = field(default_factory=list)
    _counted: _Counted = field(default_factory=_Counted)

    def run(self, handover: Handover) -> None:
        """Seal what is handed over, until the end of it."""
        while (item := handover.take()) is not None:
            if isinstance(item, Heard):
                self.hear(item)
            else:
                self.cut(item)

    def hear(self, heard: Heard) -> None:
        """Take frames of a live capture in."""
        networks = _monitored(heard.networks)
        if len(heard.outgoing):
            self.own.went_out(decode(heard.outgoing, self.decoder)[0])
        self.take(*self.decoded(heard.frames, networks), networks, heard.until_us)

    def decoded(self, frames: Frames, networks: Monitored) -> tuple[Packets, Tally]:
        """The packets among frames and what became of the others."""
        return decode(frames, self.decoder, np.array(networks.networks, np.int64).reshape(-1, 4))

    def take(self, packets: Packets, tally: Tally, networks: Monitored, until_us: int | None = None) -> None:
        """Take packets in that came in: those to other addresses are refused, the sensor's own left out."""
        packets = networks.only(packets, tally)
        own = self.own.judge(packets, until_us)
        n_own = int(own.sum())
        if n_own:
            packets = Packets(packets.table.filter(pa.array(~own)))
        if self.recogniser is not None:
            beacons = self.recogniser.seen(packets)
            if beacons.any():
                packets = Packets(packets.table.filter(pa.array(~beacons)))
                tally.refuse(REASON, int(beacons.sum()))
        counted = self._counted
        counted.own += n_own
        counted.refused.update(tally.refused)
        counted.odd.update(tally.warnings)
        if len(packets):
            self._batches.append(packets)

    def cut(self, cut: Cut) -> None:
        """Seal what was taken in since the cut before."""
        packets = Packets.concat(self._batches)
        self._batches = []
        counted = self._counted
        counted.dropped.update({cause: n for cause, n in cut.dropped.items() if n})
        if not cut.up:
            counted.odd[DOWN] += 1
            cut = replace(cut, start_us=cut.end_us)
        for part, start_us, end_us in _parts(packets, cut):
            self._put(part, replace(cut, start_us=start_us, end_us=end_us))
        if cut.jump_us:
            self.own.jumped(cut.jump_us)
            self.spool.jumped(cut.jump_us)

    def _put(self, packets: Packets, cut: Cut) -> None:
        """Seal some packets and put them on the disk; count them as dropped if that cannot be done."""
        if not self._stored(packets, cut):
            self._counted.dropped["spool"] += len(packets)
            return
        sealed, counted = self.sealed, self._counted
        sealed.received += len(packets) + counted.total
        sealed.packets += len(packets)
        sealed.own += counted.own
        for name in ("refused", "odd", "dropped"):
            getattr(sealed, name).update(getattr(counted, name))
        sealed.segments += 1
        sealed.sealed_us = self.clock.realtime_us()
        sealed.trouble = ""
        self._counted = _Counted()

    def _stored(self, packets: Packets, cut: Cut) -> bool:
        """Whether the segment is on the disk; what is older goes to make room for it."""
        while True:
            try:
                data = seal(packets, self._header(packets, cut), self.key)
            except ValueError:
                # Too large: random payloads do not compress.
                return self._halved(packets, cut)
            try:
                before = self.spool.lost()
                if not self.spool.make_room(len(data)):
                    self.sealed.trouble = f"the spool of {self.spool.limit_bytes} bytes has no room for one segment"
                    return False
                if self.spool.lost() != before:
                    continue  # the header must tell of it
                self.spool.put(data)
                return True
            except SpoolFull as error:
                self.sealed.trouble = f"the disk is full: {error}"
                if not self._evicted(len(data)):
                    return False
            except (OSError, SpoolFailed) as error:
                self.sealed.trouble = f"the disk failed: {error}"
                return False

    def _evicted(self, size: int) -> bool:
        try:
            return self.spool.evict(size)
        except (OSError, SpoolFailed):
            return False

    def _halved(self, packets: Packets, cut: Cut) -> bool:
        half = len(packets) // 2
        if not half:
            return False
        middle_us = min(max(int(_times(packets)[half]), cut.start_us), cut.end_us)
        self._put(Packets(packets.table.slice(0, half)), replace(cut, end_us=middle_us))
        return self._stored(Packets(packets.table.slice(half)), replace(cut, start_us=middle_us))

    def _header(self, packets: Packets, cut: Cut) -> Header:
        counted = self._counted
        return Header(
            key=self.key.fingerprint,
            spool=self.spool.identity,
            sequence=self.spool.next,
            software=__version__,
            start_us=cut.start_us,
            end_us=cut.end_us,
            sealed_us=self.clock.realtime_us(),
            clock_epoch=self.spool.epoch,
            clock_offset_s=cut.offset_s,
            addresses=n_addresses(cut.networks),
            received=len(packets) + counted.total,
            dropped=dict(counted.dropped),
            refused=dict(counted.refused),
            odd=dict(counted.odd),
            own=counted.own,
            lost=self.spool.lost(),
            spool_bytes=self.spool.bytes,
            spool_segments=len(self.spool),
            uptime_s=cut.uptime_s,
        )


def n_addresses(networks: Iterable[str]) -> int:
    """How many addresses are monitored; a network of IPv6 counts as one, since nobody finds its single addresses."""
    found = (ipaddress.ip_network(text, strict=False) for text in networks)
    return sum(1 if network.version == 6 else network.num_addresses for network in found)


@lru_cache(maxsize=8)
def _monitored(networks: tuple[str, ...]) -> Monitored:
    return Monitored.parse(networks)


def _times(packets: Packets) -> npt.NDArray[np.int64]:
    return packets.numpy("time").astype("datetime64[us]").view(np.int64)


def _parts(packets: Packets, cut: Cut) -> Iterable[tuple[Packets, int, int]]:
    """The packets of a cut in parts that fit into segments, with the stretch of each."""
    if len(packets) <= MOST_PACKETS:
        return [(packets, cut.start_us, cut.end_us)]
    times, parts, start_us = _times(packets), [], cut.start_us
    for first in range(0, len(packets), MOST_PACKETS):
        last = first + MOST_PACKETS
        end_us = cut.end_us if last >= len(packets) else min(max(int(times[last]), start_us), cut.end_us)
        parts.append((Packets(packets.table.slice(first, MOST_PACKETS)), start_us, end_us))
        start_us = end_us
    return parts
