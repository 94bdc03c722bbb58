"""
Groups of a fold spelled out: the rows of a derived table.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from numba import njit

from isdas.lake.brief import PACKED_BITS, PORT_BITS
from isdas.lake.group import UNCOUNTED, Groups
from isdas.lake.tables import spec
from isdas.model.packets import constant
from isdas.model.time import HOUR_US

_Ints = npt.NDArray[np.int64]


def table_of(name: str, groups: Groups, labels: pa.Table, values: dict[str, Any]) -> pa.Table:
    """
    The rows of a table: labels spelled out as dictionaries, the rest as it is.

    Args:
        name: the table.
        groups: one a row, their keys packed from label, protocol and port.
        labels: what a label stands for, one row a label.
        values: columns that are known already.
    """
    label = np.empty(len(groups), np.int64)
    protocol, port = np.empty(len(groups), np.int16), np.empty(len(groups), np.int32)
    _unpack(groups.c, label, protocol, port)
    made: dict[str, Any] = {
        "protocol": protocol,
        "port": port,
        "packets": groups.packets,
        "first_at": groups.first,
        "last_at": groups.last,
        "capabilities": groups.mask & ~UNCOUNTED,
        "hour": np.take(labels.column("hour").to_numpy() * HOUR_US, label),
        **values,
    }
    columns_: dict[str, pa.Array] = {}
    for wanted in spec(name).schema:
        if wanted.name in made:
            columns_[wanted.name] = _array(made[wanted.name], wanted.type)
        else:
            columns_[wanted.name] = _spelled(labels.column(wanted.name).combine_chunks(), label)
    return pa.table(columns_)


@njit(cache=True, nogil=True)
def _unpack(packed: Any, label: Any, protocol: Any, port: Any) -> None:
    for i in range(len(packed)):
        label[i] = packed[i] >> PACKED_BITS
        protocol[i] = packed[i] >> PORT_BITS & ((1 << (PACKED_BITS - PORT_BITS)) - 1)
        port[i] = (packed[i] & ((1 << PORT_BITS) - 1)) - 1


def _spelled(column: pa.Array, label: _Ints) -> pa.Array:
    """What each label says of a column, strings as dictionaries."""
    if pa.types.is_string(column.type):
        encoded = column.dictionary_encode()
        if column.null_count:
            return encoded.take(pa.array(label))
        if len(encoded.dictionary) == 1:
            return constant(encoded.dictionary[0].as_py(), len(label))
        # A label is a row of the column: nobody need look whether it is.
        codes = np.take(encoded.indices.to_numpy(), label)
        return pa.DictionaryArray.from_arrays(pa.array(codes), encoded.dictionary, safe=False)
    return column.take(pa.array(label)) if column.null_count else pa.array(np.take(column.to_numpy(), label))


def _array(values: Any, kind: pa.DataType) -> pa.Array:
    if isinstance(values, pa.Array):
        return values
    if pa.types.is_timestamp(kind):
        return pa.array(values.astype(np.int64)).view(kind)
    return pa.array(values.astype(kind.to_pandas_dtype(), copy=False), kind)
