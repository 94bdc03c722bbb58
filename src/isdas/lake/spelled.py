"""
Keys of a fold spelled out: the columns that say what a row is of.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from isdas.lake.brief import PACKED_BITS, PORT_BITS
from isdas.lake.tables import spec
from isdas.model.packets import constant
from isdas.model.time import HOUR_US

_Ints = npt.NDArray[np.int64]
_PORT = (1 << PORT_BITS) - 1
_PROTOCOL = (1 << (PACKED_BITS - PORT_BITS)) - 1


def begins(keys: _Ints, labels: pa.Table) -> _Ints:
    """When the hour of each key begins, microseconds since 1970; arguments as for `words`."""
    return np.take(labels.column("hour").to_numpy(), keys >> PACKED_BITS) * HOUR_US


def words(name: str, keys: _Ints, labels: pa.Table) -> pa.Table:
    """
    What keys say in the words of a table, strings as dictionaries, one row a key.

    Args:
        name: the table.
        keys: int64[n], packed from label, protocol and port.
        labels: what a label stands for, one row a label.
    """
    label = pa.array(keys >> PACKED_BITS)
    made = {
        "hour": pa.array(begins(keys, labels)),
        "protocol": pa.array((keys >> PORT_BITS & _PROTOCOL).astype(np.int16)),
        "port": pa.array(((keys & _PORT) - 1).astype(np.int32)),
    }
    columns: dict[str, pa.Array] = {}
    for wanted in spec(name).schema:
        if wanted.name in made:
            columns[wanted.name] = made[wanted.name].cast(wanted.type)
        elif wanted.name in labels.column_names:
            column = labels.column(wanted.name).combine_chunks()
            column = column.dictionary_encode() if pa.types.is_string(column.type) else column.cast(wanted.type)
            columns[wanted.name] = column.take(label)
    return pa.table(columns)


def taken(column: pa.Array, number: npt.NDArray[Any]) -> pa.Array:
    """The words of some keys: int64[n], each the place of one that there is."""
    if column.null_count:
        return column.take(pa.array(number))
    if not isinstance(column, pa.DictionaryArray):
        kind = np.int64 if pa.types.is_timestamp(column.type) else column.type.to_pandas_dtype()
        return pa.array(np.take(np.asarray(column.view(pa.from_numpy_dtype(kind))), number)).view(column.type)
    if len(column.dictionary) == 1:
        return constant(column.dictionary[0].as_py(), len(number))
    codes = np.take(column.indices.to_numpy(), number)
    # They are those of the column: nobody need look whether they are in the dictionary.
    return pa.DictionaryArray.from_arrays(pa.array(codes), column.dictionary, safe=False)


def table_of(name: str, columns: dict[str, Any]) -> pa.Table:
    """The rows of a table: its columns, in its order; integers are of its types then."""
    return pa.table({field.name: _array(columns[field.name], field.type) for field in spec(name).schema})


def _array(values: Any, kind: pa.DataType) -> pa.Array:
    if isinstance(values, pa.Array):
        return values
    if pa.types.is_timestamp(kind):
        return pa.array(values.astype(np.int64, copy=False)).view(kind)
    return pa.array(values.astype(kind.to_pandas_dtype(), copy=False), kind)
