"""
Briefs: what a fold needs of packets, in 24 bytes each, parted so that every part can be folded by itself.

A brief is made once, when packets are written or read back; it knows nothing of files. Packets that do not fit its
narrow row (IPv6, summaries of billions) are kept beside it in full width.
"""

import threading
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from isdas.lake.group import Rows
from isdas.lake.labels import Labels
from isdas.model import columns
from isdas.model.address import MAPPED
from isdas.model.columns import Capability
from isdas.model.kernels import compiled, fixed, inlined
from isdas.model.time import HOUR_US

_Ints = npt.NDArray[np.int64]

PORT_BITS = 17
PACKED_BITS = 33
"""Protocol and port below a label: sixteen bits, and seventeen since there is a port -1."""

PARTS = 1024
"""Into how many ranges of IPv4 sources rows are put; so what is in order within parts is in order over all of them."""

_PART_SHIFT = 22

ROW = np.dtype([("c", "i8"), ("source", "u4"), ("member", "u4"), ("time", "u4"), ("packets", "u4")])
"""
One packet: packed label, protocol and port; IPv4 source and destination; microseconds within the hour; weight.
"""

_VALUES = ("time", "source_high", "source_low", "destination_high", "destination_low")
_SMALL = ("protocol", "port", "packets")
_UNFIT = np.uint16(PARTS)
_NEVER = np.int64(-(1 << 62))


def needed() -> tuple[str, ...]:
    """The columns of packets that a fold reads."""
    return (*_VALUES, *_SMALL, "sensor", *(c.name for c in columns.dimensions()))


@dataclass(frozen=True, slots=True)
class Brief:
    """
    Some packets.

    Attributes:
        rows: ROW[n], those of a part together.
        begins: int64[PARTS + 1], where the rows of each part begin.
        others: packets that do not fit a row, in full width; ``c`` and ``mask`` as in the rows, ``mask`` unused.
    """

    rows: npt.NDArray[Any]
    begins: _Ints
    others: Rows

    def __len__(self) -> int:
        return len(self.rows) + len(self.others.a)


@dataclass(frozen=True, slots=True)
class Meaning:
    """
    What the labels of briefs stand for.

    Attributes:
        coarse: int64[labels], the number of the tuple of hour, sensor and dimensions.
        table: those tuples, one row a number: ``hour`` (since 1970), ``sensor`` and the dimensions.
        mask: int64[labels], capabilities.
        counted: bool[labels], whether destinations are known and count.
        hour: int64[labels], since 1970.
    """

    coarse: _Ints
    table: pa.Table
    mask: _Ints
    counted: npt.NDArray[np.bool_]
    hour: _Ints


class Briefer:
    """Makes briefs; those of one briefer share their labels. Several threads may use it at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        # What is the same in most batches comes first: a constant prefix costs nothing.
        self._names = ("sensor", *(c.name for c in columns.dimensions()))
        self._labels = Labels(("counted", "hour", *self._names))

    def of(self, batch: pa.Table) -> Brief:
        """The brief of a table with the columns that are `needed`."""
        time, source_high, source_low, high, low = (_as_stored(batch, name) for name in _VALUES)
        protocol, port = _as_stored(batch, "protocol"), _as_stored(batch, "port")
        packets = _weights(batch)
        extra = batch.append_column("hour", pa.array(hours(time))).append_column("counted", _counted(batch))
        with self._lock:
            label = self._labels.of(extra)
        of, counts = np.empty(len(label), np.uint16), np.zeros(PARTS + 1, np.int64)
        _parted(source_high, source_low, high, low, packets, of, counts)
        begins = np.r_[0, np.cumsum(counts[:PARTS])]
        rows = np.empty(int(begins[-1]), ROW)
        _fill(label, protocol, port, source_low, low, time, packets, of, begins[:-1].copy(), rows)
        odd = np.flatnonzero(of == _UNFIT) if counts[PARTS] else np.empty(0, np.int64)
        packed = label[odd] << PACKED_BITS | protocol[odd].astype(np.int64) << PORT_BITS | port[odd] + np.int64(1)
        weight = packets[odd] if len(packets) > 1 else np.repeat(packets, len(odd))
        seen = time[odd]
        others = Rows(source_low[odd], source_high[odd], packed, seen, seen, weight, packed, low[odd], high[odd])
        return Brief(rows, begins, others)

    def meaning(self) -> Meaning:
        """What all labels so far stand for."""
        types = {"counted": pa.int64(), "hour": pa.int64(), "sensor": pa.string()}
        types |= {c.name: c.type for c in columns.dimensions()}
        with self._lock:
            table = self._labels.table(pa.schema(list(types.items())))
        names = ("hour", *self._names)
        coarse = Labels(names)
        of = coarse.of(table.select(names)) if table.num_rows else np.empty(0, np.int64)
        of = np.broadcast_to(of, table.num_rows)
        told = pa.schema([(name, types[name]) for name in names])
        mask, counted, hour = (integers(table, name) for name in ("capabilities", "counted", "hour"))
        return Meaning(np.ascontiguousarray(of), coarse.table(told), mask, counted != 0, hour)


def integers(batch: pa.Table, name: str, null: int = 0) -> _Ints:
    """A column as int64[n], nulls replaced by *null*."""
    column = batch.column(name)
    if column.null_count == batch.num_rows:
        return np.full(batch.num_rows, null, np.int64)
    if column.null_count:
        column = column.cast(pa.int64()).fill_null(null)
    return np.asarray(column.to_numpy().astype(np.int64, copy=False))


def _as_stored(batch: pa.Table, name: str, null: int = 0) -> npt.NDArray[Any]:
    """A column as its type has it, nulls replaced by *null*."""
    column = batch.column(name)
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.int64())
    return fixed((column.fill_null(null) if column.null_count else column).to_numpy())


def _weights(batch: pa.Table) -> _Ints:
    """How many packets each record stands for; a single number where none says so."""
    if batch.column("packets").null_count == batch.num_rows:
        return fixed(np.ones(1, np.int64))
    return _as_stored(batch, "packets", 1)


def hours(time: _Ints) -> _Ints:
    """Hours since 1970 of some microseconds."""
    out = np.empty(len(time), np.int64)
    _hours(time, out)
    return out


def _counted(batch: pa.Table) -> pa.Array:
    """1 where the destination is known, 0 where only its network is or nothing."""
    told = np.zeros(batch.num_rows, np.bool_)
    told |= _as_stored(batch, "capabilities") & int(Capability.DESTINATION_NETWORK) == 0
    if batch.column("destination_low").null_count:
        told &= np.asarray(batch.column("destination_low").is_valid())
    return pa.array(told.view(np.int8))


@compiled
def _hours(time: Any, out: Any) -> None:
    """Divide by an hour; packets come in order mostly, so that most need no division."""
    begin, hour = _NEVER, np.int64(0)
    for i in range(len(time)):
        since = time[i] - begin
        if since < 0 or since >= HOUR_US:
            hour = time[i] // HOUR_US
            begin = hour * HOUR_US
        out[i] = hour


@inlined
def _weight(packets: Any, i: int) -> Any:
    """How many packets a record stands for; there may be one number for all."""
    return packets[i] if len(packets) > 1 else packets[0]


@compiled
def _parted(source_high: Any, source_low: Any, high: Any, low: Any, packets: Any, of: Any, counts: Any) -> None:
    """Write the part of each packet, _UNFIT if it does not fit a row, and how many each has."""
    for i in range(len(of)):
        four = source_high[i] == 0 and source_low[i] & ~np.int64(0xFFFFFFFF) == MAPPED
        # A destination that is not known is all zeros.
        to_four = high[i] == 0 and (low[i] & ~np.int64(0xFFFFFFFF) == MAPPED or low[i] == 0)
        fits = four and to_four and 0 <= _weight(packets, i) < 1 << 32
        of[i] = (source_low[i] & 0xFFFFFFFF) >> _PART_SHIFT if fits else _UNFIT
        counts[of[i]] += 1


@compiled
def _fill(
    label: Any,
    protocol: Any,
    port: Any,
    source: Any,
    member: Any,
    time: Any,
    packets: Any,
    of: Any,
    at: Any,
    rows: Any,
) -> None:
    """Fill the rows, part by part; *at* is where each part begins, and becomes where it ends."""
    begin = _NEVER
    for i in range(len(of)):
        if of[i] == _UNFIT:
            continue
        since = time[i] - begin
        if since < 0 or since >= HOUR_US:
            begin = time[i] // HOUR_US * HOUR_US
            since = time[i] - begin
        row = rows[at[of[i]]]
        at[of[i]] += 1
        row.c = label[i] << PACKED_BITS | np.int64(protocol[i]) << PORT_BITS | (np.int64(port[i]) + 1)
        row.source = source[i] & 0xFFFFFFFF
        row.member = member[i] & 0xFFFFFFFF
        row.time = since
        row.packets = _weight(packets, i)
