"""
A group of segments on its way into the lake: which of them are new, and the one commit that admits those.

Run by one thread, so that what is decided about one segment holds for the next.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from isdas.enrich.label import label
from isdas.enrich.region import Lookups
from isdas.hub.checking import Candidate
from isdas.lake.lake import Lake
from isdas.lake.ledger import Entry, Identity, Known
from isdas.model.packets import Packets
from isdas.transport.keys import Key
from isdas.transport.protocol import Result
from isdas.transport.receipt import START, Receipt, following, sign

OVERLAP_US = 5_000_000
"""So long two spools of one key may seem to observe at the same time: clocks are put right by measured offsets."""


@dataclass(slots=True)
class _Decided:
    """What was decided in a group so far."""

    entries: list[Entry] = field(default_factory=list)
    packets: list[Packets] = field(default_factory=list)
    fresh: dict[Identity, Entry] = field(default_factory=dict)
    heads: dict[tuple[int, str], bytes] = field(default_factory=dict)


class Groups:
    """Admits groups of segments, each segment once."""

    def __init__(self, lake: Lake, lookups: Lookups, key: Key) -> None:
        self._lake = lake
        self._lookups = lookups
        self._key = key
        self._group = -1
        self._heads: dict[tuple[int, str], bytes] = {}
        self._spools: dict[int, set[str]] = {}

    def admit(self, candidates: Sequence[Candidate], now_us: int) -> list[Result]:
        """
        Admit those that are not in yet, with one commit; what became of each.

        Raises:
            LakeError: nothing was admitted, or it is not known whether it was: they may be sent again.
        """
        decided = _Decided()
        try:
            with self._lake.admission() as admission:
                if self._lake.last_group() != self._group:
                    self._forget()
                known = self._lake.ledger.known(_identity(each) for each in candidates)
                results = [self._decide(each, known, decided, now_us) for each in candidates]
                if decided.entries:
                    packets = Packets(Packets.concat(decided.packets).table.combine_chunks())
                    admission.add(label(packets, self._lookups))
                    admission.finish_segments(decided.entries)
        except BaseException:
            # It may have been committed or not.
            self._forget()
            raise
        self._group = self._lake.last_group()
        self._heads |= decided.heads
        for sensor, spool in decided.heads:
            self._spools.setdefault(sensor, set()).add(spool)
        return results

    def _forget(self) -> None:
        """Know nothing of what was admitted before; the ledger does."""
        self._group, self._heads, self._spools = -1, {}, {}

    def _decide(self, one: Candidate, known: dict[Identity, Known], decided: _Decided, now_us: int) -> Result:
        identity, digest = _identity(one), one.digest.hex()
        if identity in decided.fresh:
            first = decided.fresh[identity]
            return self._again(one, Known(first.digest, first.chain, first.admitted_us))
        if identity in known:
            return self._again(one, known[identity])
        if self._elsewhere(one, decided) > OVERLAP_US:
            return Result(digest, "refused", "two-sensors-one-key")
        entry = self._entry(one, following(self._head(one, decided), one.digest), now_us)
        decided.entries.append(entry)
        decided.packets.append(one.packets)
        decided.fresh[identity] = entry
        decided.heads[one.sensor, one.header.spool] = entry.chain
        return Result(digest, "admitted", "", self._receipt(one, entry.chain, now_us))

    def _again(self, one: Candidate, known: Known) -> Result:
        """The answer to a segment that is in already, or to another one in its place."""
        if known.digest is None or known.chain is None or known.admitted_us is None:
            return Result(one.digest.hex(), "known")
        if known.digest != one.digest:
            return Result(one.digest.hex(), "refused", "sequence-conflict")
        return Result(one.digest.hex(), "known", "", self._receipt(one, known.chain, known.admitted_us))

    def _receipt(self, one: Candidate, chain: bytes, admitted_us: int) -> Receipt:
        header = one.header
        receipt = Receipt(header.key, header.spool, header.sequence, one.digest.hex(), chain.hex(), admitted_us)
        return sign(receipt, self._key)

    def _head(self, one: Candidate, decided: _Decided) -> bytes:
        """The chain of the segment that was admitted before, from the same spool."""
        place = one.sensor, one.header.spool
        if place in decided.heads:
            return decided.heads[place]
        if place not in self._heads:
            self._heads[place] = self._lake.ledger.head(*place) or START
        return self._heads[place]

    def _elsewhere(self, one: Candidate, decided: _Decided) -> int:
        """For how long another spool of the same sensor observed at the same time."""
        spool = one.header.spool
        if one.sensor not in self._spools:
            self._spools[one.sensor] = self._lake.ledger.spools(one.sensor)
        others = self._spools[one.sensor] | {s for sensor, s in decided.heads if sensor == one.sensor}
        if not others - {spool}:
            return 0
        stretches = self._lake.ledger.elsewhere(one.sensor, spool, one.start_us, one.end_us)
        mine = (e for e in decided.entries if e.sensor == one.sensor and e.spool != spool)
        stretches += [(e.spool, e.start_us, e.end_us) for e in mine]
        return sum(max(0, min(end, one.end_us) - max(start, one.start_us)) for _, start, end in stretches)

    def _entry(self, one: Candidate, chain: bytes, now_us: int) -> Entry:
        header = one.header
        return Entry(
            one.sensor,
            one.name,
            header.spool,
            header.sequence,
            one.digest,
            chain,
            one.start_us,
            one.end_us,
            now_us,
            packets=header.packets,
            received=header.received,
            own=header.own,
            dropped=header.dropped,
            refused=header.refused,
            odd=header.odd,
            lost=header.lost,
            addresses=header.addresses,
            offset_s=one.offset_s,
            size_bytes=one.size_bytes,
            hours=one.hours,
        )


def _identity(one: Candidate) -> Identity:
    return one.sensor, one.header.spool, one.header.sequence
