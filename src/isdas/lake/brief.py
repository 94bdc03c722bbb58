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
from numba import njit

from isdas.lake.group import Rows
from isdas.lake.labels import Labels
from isdas.model import columns
from isdas.model.address import MAPPED
from isdas.model.columns import Capability
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
        time, source_high, source_low = (integers(batch, name) for name in _VALUES[:3])
        high, low = (integers(batch, name) for name in _VALUES[3:])
        packets = integers(batch, "packets", 1)
        hour = hours(time)
        counted = _counted(batch)
        extra = batch.append_column("hour", pa.array(hour)).append_column("counted", counted)
        with self._lock:
            label = self._labels.of(extra)
        packed = _packed(label, integers(batch, "protocol"), integers(batch, "port"))
        fits = np.empty(len(packed), np.bool_)
        n = _fitting(source_high, source_low, high, low, packets, fits)
        rows = np.empty(n, ROW)
        begins = _part(packed, source_low, low, time, packets, fits, np.empty(len(packed), np.uint16), rows)
        odd = np.flatnonzero(~fits) if n < len(packed) else np.empty(0, np.int64)
        some = (source_low, source_high, packed, time, time, packets, packed, low, high)
        return Brief(rows, begins, Rows(*(column[odd] for column in some)))

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


def hours(time: _Ints) -> _Ints:
    """Hours since 1970 of some microseconds."""
    out = np.empty(len(time), np.int64)
    _hours(time, out)
    return out


def _counted(batch: pa.Table) -> pa.Array:
    """1 where the destination is known, 0 where only its network is or nothing."""
    unknown = integers(batch, "capabilities") & int(Capability.DESTINATION_NETWORK) != 0
    if batch.column("destination_low").null_count:
        unknown |= np.asarray(batch.column("destination_low").is_null())
    return pa.array((~unknown).astype(np.int64))


@njit(cache=True, nogil=True)
def _hours(time: Any, out: Any) -> None:
    """Divide by an hour; packets come in order mostly, so that most need no division."""
    begin, hour = _NEVER, np.int64(0)
    for i in range(len(time)):
        since = time[i] - begin
        if since < 0 or since >= HOUR_US:
            hour = time[i] // HOUR_US
            begin = hour * HOUR_US
        out[i] = hour


@njit(cache=True, nogil=True)
def _packed(label: Any, protocol: Any, port: Any) -> Any:
    out = np.empty(len(label), np.int64)
    for i in range(len(label)):
        out[i] = label[i] << PACKED_BITS | protocol[i] << PORT_BITS | (port[i] + 1)
    return out


@njit(cache=True, nogil=True)
def _fitting(source_high: Any, source_low: Any, high: Any, low: Any, packets: Any, fits: Any) -> int:
    """Which packets fit a row, and how many do."""
    n = 0
    for i in range(len(fits)):
        four = source_high[i] == 0 and source_low[i] & ~np.int64(0xFFFFFFFF) == MAPPED
        # A destination that is not known is all zeros.
        to_four = high[i] == 0 and (low[i] & ~np.int64(0xFFFFFFFF) == MAPPED or low[i] == 0)
        fits[i] = four and to_four and 0 <= packets[i] < 1 << 32
        n += fits[i]
    return n


@njit(cache=True, nogil=True)
def _part(packed: Any, source: Any, member: Any, time: Any, packets: Any, fits: Any, of: Any, rows: Any) -> Any:
    """Fill the rows, part by part; gives where the parts begin."""
    begins = np.zeros(PARTS + 1, np.int64)
    for i in range(len(packed)):
        if fits[i]:
            of[i] = (source[i] & 0xFFFFFFFF) >> _PART_SHIFT
            begins[of[i] + 1] += 1
    for part in range(PARTS):
        begins[part + 1] += begins[part]
    at = begins[:-1].copy()
    begin = _NEVER
    for i in range(len(packed)):
        if not fits[i]:
            continue
        since = time[i] - begin
        if since < 0 or since >= HOUR_US:
            begin = time[i] // HOUR_US * HOUR_US
            since = time[i] - begin
        row = rows[at[of[i]]]
        at[of[i]] += 1
        row.c = packed[i]
        row.source = source[i] & 0xFFFFFFFF
        row.member = member[i] & 0xFFFFFFFF
        row.time = since
        row.packets = packets[i]
    return begins
