"""Tests of isdas.lake.labels."""

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from isdas.lake.labels import Labels

VALUES = st.lists(
    st.tuples(st.sampled_from(["a", "b", None]), st.integers(-3, 3) | st.none(), st.sampled_from(["x"])), max_size=50
)
SCHEMA = pa.schema([("letter", pa.string()), ("number", pa.int64()), ("constant", pa.string())])


@given(st.lists(VALUES, max_size=4))
def test_a_label_stands_for_its_values(batches: list[list[tuple[str | None, int | None, str]]]) -> None:
    """Over any batches, nulls and dictionaries, equal labels are equal tuples and the tuples can be had back."""
    labels = Labels(SCHEMA.names)
    told: list[tuple[int, tuple[object, ...]]] = []
    for rows in batches:
        if not rows:
            continue
        columns = list(zip(*rows, strict=True))
        table = pa.table([pa.array(c, f.type) for c, f in zip(columns, SCHEMA, strict=True)], schema=SCHEMA)
        table = table.set_column(0, "letter", table.column("letter").dictionary_encode())
        told += zip(labels.of(table).tolist(), rows, strict=True)
    if not told:
        return
    back = [tuple(row.values()) for row in labels.table(SCHEMA).to_pylist()]
    assert all(back[label] == row for label, row in told)
    assert len({label for label, _ in told}) == len({row for _, row in told})
