"""
The folds themselves: packets of some hours to the rows of sightings, counts and activity.

It works on packed integers (`isdas.lake.labels`, `isdas.lake.group`) and makes Arrow of them at the end; it reads and
commits nothing.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from isdas.lake.brief import PACKED_BITS, PARTS, PORT_BITS, Briefer, Meaning, integers
from isdas.lake.coarsen import coarsen, dealt, sketches
from isdas.lake.gather import gather
from isdas.lake.group import UNCOUNTED, Groups, Rows, group
from isdas.lake.labels import Labels
from isdas.lake.pending import Kept
from isdas.lake.sighted import WIDE, by_source, sources, widened
from isdas.lake.spelled import begins, table_of, taken, words
from isdas.lake.tables import ROW_GROUP_ROWS
from isdas.model import columns
from isdas.model.dense import Numbers
from isdas.model.time import HOUR_US

_Ints = npt.NDArray[np.int64]
_Records = npt.NDArray[Any]
_LOW = (1 << PACKED_BITS) - 1


@dataclass(frozen=True, slots=True)
class Rollup:
    """
    The sightings of some hours, from which the coarser tables are made; by several threads, if so wished.

    Attributes:
        parts: records of `isdas.lake.sighted` in the order of their sources; their keys are places in *keys*.
        keys: int64[k], what is packed of label, protocol and port.
        labels: what a label stands for: hour (number since 1970), sensor and dimensions, one row a label.
        threads: how many cores to use.
    """

    parts: Sequence[_Records]
    keys: _Ints
    labels: pa.Table
    threads: int

    def sightings(self) -> pa.Table:
        """The rows of the table sightings, by hour, protocol, port, sensor and source."""
        place, first = self._places(self._rank())
        rows = dealt(self.parts, place, len(first))
        told, start = words("sightings", self.keys, self.labels), begins(self.keys, self.labels)

        def spelled(piece: _Records) -> pa.Table:
            number = np.ascontiguousarray(piece["key"])
            begin = np.take(start, number)
            values: dict[str, Any] = {name: taken(told.column(name).chunk(0), number) for name in told.column_names}
            values["source_high"], values["source_low"] = sources(piece)
            values["packets"], values["destinations"] = np.ascontiguousarray(piece["packets"]), piece["members"]
            values["first_at"], values["last_at"] = begin + piece["first"], begin + piece["last"]
            return table_of("sightings", values)

        pieces = [rows[at : at + ROW_GROUP_ROWS] for at in range(0, max(1, len(rows)), ROW_GROUP_ROWS)]
        with ThreadPoolExecutor(self.threads) as pool:
            return pa.concat_tables(pool.map(spelled, pieces))

    def counts(self) -> pa.Table:
        """The rows of the table counts: a source counts once however many sightings of a key it has."""
        label, labels = self._coarser(("sensor", *(c.name for c in columns.lasting_dimensions())))
        place, first = self._places(self._rank(), label)
        found, _ = coarsen(self.parts, place, len(first))
        keys = _relabelled(self.keys[first], label)
        start = begins(keys, labels)
        values = {"packets": found.packets, "sources": found.sources}
        values |= {"first_at": start + found.first, "last_at": start + found.last}
        return table_of("counts", {**_columns(words("counts", keys, labels)), **values})

    def activity(self) -> pa.Table:
        """The rows of the table activity: sources counted once over all sensors, with their sketch."""
        label, labels = self._coarser(("region", "kind"))
        place, first = self._places(label)
        found, fresh = coarsen(self.parts, place, len(first))
        values = {
            "packets": found.packets,
            "sources": found.sources,
            "sketch": sketches(self.parts, fresh, place, found.sources),
        }
        keys = _relabelled(self.keys[first], label)
        return table_of("activity", {**_columns(words("activity", keys, labels)), **values})

    def _rank(self) -> npt.NDArray[np.intp]:
        """The place of each label's sensor among the sorted ones."""
        _, rank = np.unique(np.array(self.labels.column("sensor").to_pylist(), dtype=str), return_inverse=True)
        return np.asarray(rank)

    def _places(self, *by: npt.NDArray[Any]) -> tuple[_Ints, npt.NDArray[np.intp]]:
        """
        The place of each key by hour, protocol, port and then what some numbers of its label say.

        Keys that share all of that share a place. Also one key for each place.
        """
        label, packed = self.keys >> PACKED_BITS, self.keys & _LOW
        values = [self.labels.column("hour").to_numpy()[label], packed, *(each[label] for each in by)]
        order = np.lexsort(values[::-1])
        new = np.zeros(len(order), np.bool_)
        new[:1] = True
        for value in values:
            new[1:] |= np.diff(value[order]) != 0
        place = np.empty(len(order), np.int64)
        place[order] = np.cumsum(new) - 1
        return place, order[new]

    def _coarser(self, names: Sequence[str]) -> tuple[_Ints, pa.Table]:
        """The label by fewer columns of each label, and what those stand for."""
        labels = Labels(("hour", *names))
        of = labels.of(self.labels) if self.labels.num_rows else np.empty(0, np.int64)
        return of, labels.table(self.labels.schema)


def _columns(table: pa.Table) -> dict[str, pa.Array]:
    return {name: table.column(name).chunk(0) for name in table.column_names}


def _relabelled(packed: _Ints, label: _Ints) -> _Ints:
    """The same with other labels, which each label is told for."""
    return np.asarray(label[packed >> PACKED_BITS] << PACKED_BITS | packed & _LOW)


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
    others = [_full(each.others, meaning, wanted) for each in kept if len(each.others.a)]
    if others:
        wide = _records(group(others, threads=threads))
        found = [by_source(np.concatenate([*map(widened, found), wide]))]
    return _rollup(found, meaning.table, threads)


def _rollup(parts: Sequence[_Records], labels: pa.Table, threads: int) -> Rollup:
    """The rollup of records whose keys are still what is packed."""
    numbers = Numbers()
    for rows in parts:
        rows["key"] = numbers.of(np.ascontiguousarray(rows["key"]))
    return Rollup(parts, numbers.known.copy(), labels, threads)


def _full(rows: Rows, meaning: Meaning, wanted: npt.NDArray[np.bool_]) -> Rows:
    """The wanted of some packets in full width, with coarse labels, masks, and times since the hour."""
    label = rows.c >> PACKED_BITS
    which = np.flatnonzero(wanted[label])
    label = label[which]
    mask = meaning.mask[label]
    packed = meaning.coarse[label] << PACKED_BITS | rows.c[which] & _LOW
    values = {name: getattr(rows, name)[which] for name in Rows.__slots__}
    begin = meaning.hour[label] * HOUR_US
    values |= {"first": values["first"] - begin, "last": values["last"] - begin, "c": packed}
    return Rows(**{**values, "mask": np.where(meaning.counted[label], mask, mask | UNCOUNTED)})


def _records(groups: Groups) -> _Records:
    """Groups by the source and what is packed beside it, as wide records."""
    out = np.empty(len(groups), WIDE)
    out["key"], out["high"], out["low"] = groups.c, groups.b, groups.a
    for name in ("first", "last", "packets", "members"):
        out[name] = getattr(groups, name)
    return out


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
    mine = [widened(rows) for rows in fresh.parts]
    for rows in mine:
        rows["key"] = _relabelled(fresh.keys, number)[rows["key"]]
    both = np.concatenate([*mine, _present(present, labels)])
    key, high, low, first, last, packets, members = (
        np.ascontiguousarray(both[name]) for name in ("key", "high", "low", "first", "last", "packets", "members")
    )
    every = Rows(low, high, key, first, last, packets, np.full(len(both), UNCOUNTED), low, high)
    found = group([every], threads=fresh.threads)
    # The same groups in the same order, with the numbers of destinations in place of times.
    most = group([replace(every, first=members, last=members)], threads=fresh.threads)
    out = by_source(_records(replace(found, members=most.last)))
    return _rollup([out], labels.table(fresh.labels.schema), fresh.threads)


def _present(sightings: pa.Table, labels: Labels) -> _Records:
    """Rows of the table sightings as wide records."""
    out = np.empty(sightings.num_rows, WIDE)
    packed = labels.of(sightings) << PACKED_BITS if sightings.num_rows else np.empty(0, np.int64)
    out["key"] = packed | integers(sightings, "protocol") << PORT_BITS | integers(sightings, "port") + 1
    out["high"], out["low"] = integers(sightings, "source_high"), integers(sightings, "source_low")
    begin = integers(sightings, "hour") * HOUR_US
    out["first"], out["last"] = integers(sightings, "first_at") - begin, integers(sightings, "last_at") - begin
    out["packets"], out["members"] = integers(sightings, "packets"), integers(sightings, "destinations")
    return out
