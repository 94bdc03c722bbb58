"""
The folds themselves: packets of some hours to the rows of sightings, counts and activity.

It works on packed integers (`isdas.lake.labels`, `isdas.lake.group`) and makes Arrow of them at the end; it reads and
commits nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from isdas.lake import sketch
from isdas.lake.brief import PACKED_BITS, PARTS, PORT_BITS, Briefer, Meaning, integers
from isdas.lake.coarsen import by_block, by_group, coarsen, in_columns
from isdas.lake.gather import PACKED, gather
from isdas.lake.group import UNCOUNTED, Groups, Rows, group, together
from isdas.lake.labels import Labels
from isdas.lake.pending import Kept
from isdas.lake.spelled import table_of
from isdas.model import columns
from isdas.model.dense import Numbers
from isdas.model.time import HOUR_US

_Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Rollup:
    """
    The sightings of some hours, from which the coarser tables are made.

    Attributes:
        narrow: one row a sighting, as `isdas.lake.gather` gives them; no two have the same key.
        wide: sightings that do not fit such a row; its key is the source and the packed label, protocol and port.
        labels: what a label stands for: hour (number since 1970), sensor and dimensions, one row a label.
        threads: how many cores to use.
        ordered: the sightings in the orders that were asked for so far.
    """

    narrow: Sequence[_Ints]
    wide: Groups | None
    labels: pa.Table
    threads: int
    ordered: dict[bool, "Ordered"] = field(default_factory=dict)

    def sort(self) -> None:
        """Put the sightings in the orders that the tables need; afterwards several threads may make tables."""
        self._sorted()
        self._sorted(by_sensor=False)

    def sightings(self) -> pa.Table:
        """The rows of the table sightings, by hour, protocol, port, sensor and source."""
        found = self._sorted().groups
        values = {"source_high": found.b, "source_low": found.a, "destinations": found.members.astype(np.int32)}
        return table_of("sightings", found, self.labels, values)

    def counts(self) -> pa.Table:
        """The rows of the table counts: a source counts once however many sightings of a key it has."""
        ordered = self._sorted()
        label, labels = self._coarser(("sensor", *(c.name for c in columns.lasting_dimensions())))
        found, _, _ = coarsen(ordered.groups, ordered.blocks, label[ordered.groups.c >> PACKED_BITS])
        return table_of("counts", _relabelled(found, label), labels, {"sources": found.members})

    def activity(self) -> pa.Table:
        """The rows of the table activity: sources counted once over all sensors, with their sketch."""
        ordered = self._sorted(by_sensor=False)
        label, labels = self._coarser(("region", "kind"))
        found, of, fresh = coarsen(ordered.groups, ordered.blocks, label[ordered.groups.c >> PACKED_BITS])
        starts, rows = by_group(of, fresh, len(found))
        values = {
            "packets": found.packets,
            "sources": found.members,
            "sketch": sketch.build(starts, ordered.groups.b.take(rows), ordered.groups.a.take(rows)),
        }
        return table_of("activity", _relabelled(found, label), labels, values)

    def _sorted(self, *, by_sensor: bool = True) -> "Ordered":
        """The sightings by hour, protocol, port, sensor unless it does not matter, and source."""
        alike = by_sensor or len(self.labels.column("sensor").unique()) <= 1
        if alike not in self.ordered:
            rank = _rank(self.labels.column("sensor")) if alike else np.zeros(self.labels.num_rows, np.intp)
            self.ordered[alike] = self._ordered(rank)
        return self.ordered[alike]

    def groups(self) -> Groups:
        """All sightings, in no particular order."""
        wide = [] if self.wide is None else [self.wide]
        return together([*wide, *map(in_columns, self.narrow)])

    def _ordered(self, rank: npt.NDArray[Any]) -> "Ordered":
        """The sightings by hour, protocol, port, a rank of their labels, and source."""
        numbers = Numbers()
        if self.wide is None:
            of = [numbers.of(np.ascontiguousarray(rows[:, PACKED])) for rows in self.narrow]
            return Ordered(*by_block(self.narrow, of, self._places(numbers.known, rank)))
        groups = self.groups()
        number = numbers.of(groups.c)
        first = self._places(numbers.known, rank)[number]
        order = np.lexsort((groups.a, groups.b, first))
        return Ordered(groups.take(order), first[order])

    def _places(self, keys: _Ints, rank: npt.NDArray[Any]) -> _Ints:
        """The place of each packed label, protocol and port by hour, protocol, port and rank."""
        label, packed = keys >> PACKED_BITS, keys & (1 << PACKED_BITS) - 1
        hours = self.labels.column("hour").to_numpy()
        # Labels that share hour and rank share a place, so that sources are in order across them.
        by = np.stack([hours[label], packed, rank[label]]) if len(label) else np.empty((3, 0), np.int64)
        _, place = np.unique(by, axis=1, return_inverse=True)
        return place.reshape(-1)

    def _coarser(self, names: Sequence[str]) -> tuple[_Ints, pa.Table]:
        """The label by fewer columns of each label, and what those stand for."""
        labels = Labels(("hour", *names))
        of = labels.of(self.labels) if self.labels.num_rows else np.empty(0, np.int64)
        return of, labels.table(self.labels.schema)


@dataclass(frozen=True, slots=True)
class Ordered:
    """
    Sightings in an order.

    Attributes:
        groups: the sightings.
        blocks: int64[n], a number for each hour, protocol, port and, if it matters, sensor, rising.
    """

    groups: Groups
    blocks: _Ints


def _relabelled(groups: Groups, label: _Ints) -> Groups:
    return replace(groups, c=label[groups.c >> PACKED_BITS] << PACKED_BITS | groups.c & (1 << PACKED_BITS) - 1)


def rollup(briefer: Briefer, kept: Sequence[Kept], hours: _Ints, *, turns: int = 1, threads: int = 1) -> Rollup:
    """
    Fold packets.

    Args:
        briefer: the one that made the briefs.
        kept: the briefs of the packets.
        hours: int64[n], numbers of the hours since 1970 to fold, sorted; packets of others are left out.
        turns: in how many shares each core folds, which bounds what memory a share needs.
        threads: how many cores to use.
    """
    meaning = briefer.meaning()
    wanted = np.isin(meaning.hour, hours)
    sizes = sum((np.diff(each.begins) for each in kept), np.zeros(PARTS, np.int64))

    def read(span: tuple[int, int]) -> Iterator[tuple[npt.NDArray[Any], _Ints]]:
        return (each.read(*span) for each in kept)

    found = gather(read, sizes, meaning, wanted, turns=turns, threads=threads)
    rows = [_full(each.others, meaning, wanted) for each in kept if len(each.others.a)]
    return Rollup(found, group(rows, threads=threads) if rows else None, meaning.table, threads)


def _full(rows: Rows, meaning: Meaning, wanted: npt.NDArray[np.bool_]) -> Rows:
    """The wanted of some packets in full width, with coarse labels and masks in place of the labels of briefs."""
    label = rows.c >> PACKED_BITS
    which = np.flatnonzero(wanted[label])
    label = label[which]
    mask = meaning.mask[label]
    packed = meaning.coarse[label] << PACKED_BITS | rows.c[which] & (1 << PACKED_BITS) - 1
    taken = {name: getattr(rows, name)[which] for name in Rows.__slots__}
    return Rows(**{**taken, "c": packed, "mask": np.where(meaning.counted[label], mask, mask | UNCOUNTED)})


def merged(fresh: Rollup, present: pa.Table) -> Rollup:
    """
    Sightings of packets that are gone, and fresh ones put to them.

    Distinct destinations of both cannot be told from two numbers: the larger stands, which is a lower bound.
    """
    names = ("hour", *(name for name in fresh.labels.column_names if name != "hour"))
    labels = Labels(names)
    hours = pa.array(integers(present, "hour") // HOUR_US)
    present = present.set_column(present.column_names.index("hour"), "hour", hours)
    table = fresh.labels.select(names)
    number = labels.of(table) if table.num_rows else np.empty(0, np.int64)
    new = fresh.groups()
    mine = replace(new, c=number[new.c >> PACKED_BITS] << PACKED_BITS | new.c & (1 << PACKED_BITS) - 1)
    theirs = _groups(present, labels)
    both = together([mine, theirs])
    none = np.full(len(both), UNCOUNTED)
    rows = Rows(both.a, both.b, both.c, both.first, both.last, both.packets, both.mask | none, both.a, both.b)
    found = group([rows], threads=fresh.threads)
    # The same groups in the same order, with the numbers of destinations in place of times.
    most = group([replace(rows, first=both.members, last=both.members)], threads=fresh.threads)
    return Rollup((), replace(found, members=most.last), labels.table(fresh.labels.schema), fresh.threads)


def _groups(sightings: pa.Table, labels: Labels) -> Groups:
    """Rows of the table sightings as groups."""
    packed = labels.of(sightings) << PACKED_BITS if sightings.num_rows else np.empty(0, np.int64)
    packed |= integers(sightings, "protocol") << PORT_BITS | integers(sightings, "port") + 1
    first, last = integers(sightings, "first_at"), integers(sightings, "last_at")
    packets, mask, members = (integers(sightings, name) for name in ("packets", "capabilities", "destinations"))
    low, high = integers(sightings, "source_low"), integers(sightings, "source_high")
    return Groups(low, high, packed, first, last, packets, mask, members)


def _rank(column: pa.ChunkedArray) -> npt.NDArray[np.intp]:
    """The place of each value among the sorted values."""
    _, rank = np.unique(np.array(column.to_pylist(), dtype=str), return_inverse=True)
    return np.asarray(rank)
