"""
JSON lines to columns, compiled, where they are written plainly; whatever is not is left to others as a whole.

It reads strings without escapes, whole numbers, booleans and objects of them, and checks the structure of all the rest.
It jumps from quote to quote, so that long strings cost next to nothing.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from isdas.model.kernels import compiled, inlined

Ints = npt.NDArray[np.int64]
Octets = npt.NDArray[np.uint8]

_ABSENT, _NULL, _STRING, _NUMBER, _FALSE, _TRUE, _STRUCT = range(7)
_SLOTS = 64
_DEEPEST = 60
_MOST_DIGITS = 18
_NEWLINE, _QUOTE, _COMMA, _MINUS, _DOT, _ZERO, _NINE, _COLON = 10, 34, 44, 45, 46, 48, 57, 58
_BEGIN, _END, _OPEN, _CLOSE, _BLANK = 91, 93, 123, 125, 32
_FIRST_KEY, _KEY, _VALUE, _FIRST_VALUE, _AFTER = range(5)


class Names(NamedTuple):
    """
    The fields that are wanted, those of objects behind the objects that hold them.

    Attributes:
        data, begins: the names, one behind the other, and where each begins and the last ends.
        slots: int64[f + 1, _SLOTS], by the object that holds it (0 the line) and by `_slot`: a field, -1 for none.
        kinds: int64[f], what its values must be.
        least, most: int64[f], between which a number must lie.
    """

    data: Octets
    begins: Ints
    slots: npt.NDArray[np.int64]
    kinds: Ints
    least: Ints
    most: Ints


class Text(NamedTuple):
    """The lines, and the places of all their quotes and of two beyond."""

    octets: Octets
    quotes: Ints


class Columns(NamedTuple):
    """
    What the lines say, by field and line.

    Attributes:
        said: what kind of value there is.
        places: where a string begins, or the value of a number.
        lengths: of strings.
    """

    said: npt.NDArray[np.int8]
    places: Ints
    lengths: Ints


class Stack(NamedTuple):
    """By depth, whether there is a list, and which of the wanted fields an object is: one more, 0 the line, -1 none."""

    holders: Ints
    lists: npt.NDArray[np.bool_]


def table_of(part: bytes, starts: Ints, schema: pa.Schema) -> pa.Table | None:
    """
    The table of lines of which each is one object; None if it is not certain what one of them says.

    Args:
        part: the lines, valid UTF-8.
        starts: int64[n + 1], where each begins, and where the last ends.
        schema: the fields; others are passed over.
    """
    names = _names(schema)
    octets = np.frombuffer(part, np.uint8)
    # No string may hold a control character, and only line ends do without one here.
    if names is None or b"\\" in part or np.count_nonzero(octets < _BLANK) != np.count_nonzero(octets == _NEWLINE):
        return None
    n, n_fields = len(starts) - 1, len(names.kinds)
    places, lengths = np.zeros((2, n_fields, n), np.int64)
    columns = Columns(np.zeros((n_fields, n), np.int8), places, lengths)
    text = Text(octets, np.append(np.flatnonzero(octets == _QUOTE), [len(part), len(part)]))
    stack = Stack(np.zeros(_DEEPEST + 1, np.int64), np.zeros(_DEEPEST + 1, np.bool_))
    if not _walk(text, starts, names, columns, stack):
        return None
    order = iter(range(n_fields))
    return pa.Table.from_arrays([_array(field, order, octets, columns) for field in schema], schema=schema)


def _names(schema: pa.Schema) -> Names | None:
    """None if a field is of a type that is not read here, or there are too many."""
    fields = _flat(list(schema), 0)
    kinds = [_kind(field.type) for _, field in fields]
    if None in kinds or len(fields) >= _SLOTS:
        return None
    texts = [field.name.encode() for _, field in fields]
    data = np.frombuffer(b"".join(texts), np.uint8)
    slots = np.full((len(fields) + 1, _SLOTS), -1, np.int64)
    begins = np.cumsum([0, *map(len, texts)])
    for i, (holder, _) in enumerate(fields):
        at = _slot(data, int(begins[i]), int(begins[i + 1]))
        while slots[holder, at] >= 0:
            at = (at + 1) % _SLOTS
        slots[holder, at] = i
    limits = [np.iinfo(f.type.to_pandas_dtype() if pa.types.is_integer(f.type) else np.int64) for _, f in fields]
    least, most = np.array([each.min for each in limits]), np.array([each.max for each in limits])
    return Names(data, begins, slots, np.array(kinds, np.int64), least, most)


def _flat(fields: list[pa.Field], holder: int) -> list[tuple[int, pa.Field]]:
    found: list[tuple[int, pa.Field]] = []
    _put(fields, holder, found)
    return found


def _put(fields: list[pa.Field], holder: int, found: list[tuple[int, pa.Field]]) -> None:
    for field in fields:
        found.append((holder, field))
        if pa.types.is_struct(field.type):
            _put(list(field.type), len(found), found)


def _kind(kind: pa.DataType) -> int | None:
    if pa.types.is_string(kind):
        return _STRING
    if pa.types.is_signed_integer(kind):
        return _NUMBER
    return _TRUE if pa.types.is_boolean(kind) else _STRUCT if pa.types.is_struct(kind) else None


def _array(field: pa.Field, order: Iterator[int], octets: Octets, columns: Columns) -> pa.Array:
    """The column of the next field, and of all within it."""
    i = next(order)
    said, places = columns.said[i], columns.places[i]
    null = said <= _NULL
    if pa.types.is_struct(field.type):
        inner = [_array(each, order, octets, columns) for each in field.type]
        return pa.StructArray.from_arrays(inner, fields=list(field.type), mask=pa.array(null))
    if pa.types.is_boolean(field.type):
        return pa.array(said == _TRUE, pa.bool_(), mask=null)
    if pa.types.is_integer(field.type):
        return pa.array(places, pa.int64(), mask=null).cast(field.type)
    if null.all():
        return pa.nulls(len(null), pa.string())
    begins = np.zeros(len(null) + 1, np.int64)
    np.cumsum(columns.lengths[i], out=begins[1:])
    data = np.empty(int(begins[-1]), np.uint8)
    _gather(octets, places, begins, data)
    valid = pa.array(np.packbits(~null, bitorder="little")).buffers()[1] if null.any() else None
    return pa.StringArray.from_buffers(len(null), pa.py_buffer(begins.astype(np.int32)), pa.py_buffer(data), valid)


@compiled
def _gather(octets: Any, places: Any, begins: Any, data: Any) -> None:
    for i in range(len(places)):
        at, into = places[i], begins[i]
        for k in range(begins[i + 1] - into):
            data[into + k] = octets[at + k]


@inlined
def _slot(data: Any, begin: Any, end: Any) -> Any:
    length = end - begin
    if length == 0:
        return 0
    return (length * 5 + data[begin] * 3 + data[end - 1] * 7 + data[begin + length // 2]) % _SLOTS


@inlined
def _field(octets: Any, begin: Any, end: Any, holder: Any, names: Any) -> Any:
    """The field of a name within an object, -1 for none."""
    at = _slot(octets, begin, end)
    while True:
        field = names.slots[holder, at] if holder >= 0 else -1
        if field < 0:
            return -1
        if names.begins[field + 1] - names.begins[field] == end - begin:
            k = names.begins[field] - begin
            same = True
            for i in range(begin, end):
                same &= octets[i] == names.data[k + i]
            if same:
                return field
        at = (at + 1) % _SLOTS


@inlined
def _number(octets: Any, i: Any) -> Any:
    """Where a number ends, 0 if it is not plainly written; its value; and whether it is whole."""
    minus = octets[i] == _MINUS
    i += minus
    first, value = i, np.int64(0)
    while _ZERO <= octets[i] <= _NINE and i - first <= _MOST_DIGITS:
        value = value * 10 + np.int64(octets[i] - _ZERO)
        i += 1
    count = i - first
    if count == 0 or count > _MOST_DIGITS or (count > 1 and octets[first] == _ZERO):
        return 0, value, False
    whole = octets[i] != _DOT
    if not whole:
        i += 1
        first = i
        while _ZERO <= octets[i] <= _NINE and i - first <= _MOST_DIGITS:
            i += 1
        if i == first or i - first > _MOST_DIGITS:
            return 0, value, False
    # What may follow a number ends it; an exponent does not.
    ended = octets[i] in (_COMMA, _CLOSE, _END, _BLANK)
    return i if ended else 0, -value if minus else value, whole and not (minus and value == 0)


@inlined
def _word(octets: Any, i: Any, end: Any) -> Any:
    """Where true, false or null ends, and which it is; 0 if it is none of them."""
    if end - i > 4 and octets[i] == 116 and octets[i + 1] == 114 and octets[i + 2] == 117 and octets[i + 3] == 101:
        return i + 4, _TRUE
    if end - i > 4 and octets[i] == 110 and octets[i + 1] == 117 and octets[i + 2] == 108 and octets[i + 3] == 108:
        return i + 4, _NULL
    if end - i > 5 and octets[i] == 102 and octets[i + 1] == 97 and octets[i + 2] == 108 and octets[i + 3] == 115:
        return i + 5 if octets[i + 4] == 101 else 0, _FALSE
    return 0, _ABSENT


@compiled
def _walk(text: Text, starts: Any, names: Any, columns: Columns, stack: Stack) -> bool:
    """Fill the columns; False if a line is not plain."""
    k = 0
    for row in range(len(starts) - 1):
        k = _line(text, starts[row], starts[row + 1], k, names, row, columns, stack)
        if k < 0:
            return False
    return True


@inlined
def _line(text: Any, i: Any, end: Any, k: Any, names: Any, row: Any, columns: Any, stack: Any) -> Any:
    """Read a line, whose first quote is number *k*; gives which quote comes next, -1 if it is not plain."""
    while end > i and text.octets[end - 1] <= _BLANK:
        end -= 1
    if end == i or text.octets[i] != _OPEN or text.octets[end - 1] != _CLOSE:
        return -1
    depth, state, field = 0, _FIRST_KEY, -1
    stack.holders[0], stack.lists[0] = 0, False
    i += 1
    while 0 < i < end:
        c = text.octets[i]
        if c == _BLANK:
            i += 1
        elif state == _AFTER:
            state, depth = _behind(c, depth, stack)
            if depth < 0:
                return k if state == _AFTER and i + 1 == end else -1
            i += 1
        elif state == _KEY or (state == _FIRST_KEY and c != _CLOSE):
            field = _field(text.octets, i + 1, text.quotes[k + 1], stack.holders[depth], names)
            i = _key(text, i, end, k)
            k, state = k + 2, _VALUE
            if field >= 0 and columns.said[field, row] != _ABSENT:
                return -1
        elif state == _FIRST_KEY or (state == _FIRST_VALUE and c == _END):
            state = _AFTER
        elif c == _OPEN or c == _BEGIN:  # noqa: SIM109 - half as fast as membership
            depth += 1
            if depth > _DEEPEST or not _put_in(field, _STRUCT if c == _OPEN else _ABSENT, 0, 0, row, names, columns):
                return -1
            stack.holders[depth], stack.lists[depth] = field + 1 if field >= 0 else -1, c == _BEGIN
            i, state, field = i + 1, _FIRST_KEY if c == _OPEN else _FIRST_VALUE, -1
        else:
            i, k = _scalar(text, i, end, k, field, row, names, columns)
            state, field = _AFTER, -1
    return -1


@inlined
def _behind(c: Any, depth: Any, stack: Any) -> Any:
    """What is to come, and how deep, behind a byte that follows a value; -1 behind the line's last and any other."""
    listed = stack.lists[depth]
    if c == _COMMA:
        return (_VALUE if listed else _KEY), depth
    ends = c == (_END if listed else _CLOSE)
    return (_AFTER if ends else _KEY), (depth - 1 if ends else -1)


@inlined
def _key(text: Any, i: Any, end: Any, k: Any) -> Any:
    """Behind a name and its colon; 0 if there is none."""
    if text.octets[i] != _QUOTE:
        return 0
    i = text.quotes[k + 1] + 1
    while i < end and text.octets[i] == _BLANK:
        i += 1
    return i + 1 if i < end and text.octets[i] == _COLON else 0


@inlined
def _scalar(text: Any, i: Any, end: Any, k: Any, field: Any, row: Any, names: Any, columns: Any) -> Any:
    """Put in a value that is no object or list; gives where it ends, 0 if it is not plain, and the next quote."""
    c = text.octets[i]
    value, length = 0, 0
    if c == _QUOTE:
        close = text.quotes[k + 1]
        found, value, length, k, i = _STRING, i + 1, close - i - 1, k + 2, close + 1
    elif c == _MINUS or _ZERO <= c <= _NINE:
        i, value, whole = _number(text.octets, i)
        found = _NUMBER if whole else _ABSENT
    else:
        i, found = _word(text.octets, i, end)
    return i if _put_in(field, found, value, length, row, names, columns) else 0, k


@inlined
def _put_in(field: Any, found: Any, value: Any, length: Any, row: Any, names: Any, columns: Any) -> bool:
    """Put a value into its column, if it has one; gives whether it fits."""
    if field < 0:
        return True
    if found != _NULL and (_TRUE if found == _FALSE else found) != names.kinds[field]:
        return False
    if found == _NUMBER and not names.least[field] <= value <= names.most[field]:
        return False
    columns.said[field, row], columns.places[field, row], columns.lengths[field, row] = found, value, length
    return True
