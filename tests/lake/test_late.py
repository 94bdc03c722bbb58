"""Tests of isdas.lake.late."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isdas.lake.lake import Lake
from isdas.lake.late import added_activity, added_counts
from isdas.model.packets import Packets

Do = Callable[..., Any]


@settings(max_examples=15)
@given(seeds=st.tuples(st.integers(0, 99), st.integers(100, 199)))
def test_parts_add_up_to_the_whole(
    seeds: tuple[int, int], random_packets: Callable[..., Packets], take: Do, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """
    Rows of two parts put together are those of both folded at once: packets and, while sketches are exact, the sources
    of activity; sources of counts are at least as many, and times reach as far.
    """
    folder = tmp_path_factory.mktemp("late")
    one, two = (random_packets(seed, 200, hours=3) for seed in seeds)
    lakes = [Lake(folder / name) for name in ("one", "two", "both")]
    take(lakes[0], ("1", one))
    take(lakes[1], ("2", two))
    take(lakes[2], ("1", one), ("2", two))
    rows = [{n: sorted_rows(lake, n) for n in ("counts", "activity")} for lake in lakes]
    activity = ordered(added_activity(rows[0]["activity"], rows[1]["activity"]), "activity", lakes[0])
    assert alike(activity, rows[2]["activity"], ("hour", "port", "region", "kind", "packets", "sources"))
    counts = ordered(added_counts(rows[0]["counts"], rows[1]["counts"]), "counts", lakes[0])
    assert alike(counts, rows[2]["counts"], ("hour", "sensor", "port", "tool", "packets", "first_at", "last_at"))
    assert pc.all(pc.greater_equal(counts["sources"], rows[2]["counts"]["sources"])).as_py()


def sorted_rows(lake: Lake, name: str) -> pa.Table:
    """A table's rows in the order of its key."""
    spec = lake.table(name).spec
    return ordered(lake.ask(f"SELECT {', '.join(spec.schema.names)} FROM {name}", name), name, lake)


def ordered(rows: pa.Table, name: str, lake: Lake) -> pa.Table:
    """Rows in the order of the key of their table."""
    spec = lake.table(name).spec
    return rows.cast(spec.schema).sort_by([(key, "ascending") for key in spec.key])


def alike(one: pa.Table, other: pa.Table, names: tuple[str, ...]) -> bool:
    """Whether some columns are the same."""
    return all(one[name].to_pylist() == other[name].to_pylist() for name in names)


def test_nothing_late_changes_nothing(tmp_path: Path, random_packets: Callable[..., Packets], take: Do) -> None:
    """Rows to which nothing is added stay as they are, and those that come alone are taken as they are."""
    lake = Lake(tmp_path)
    take(lake, ("1", random_packets(1)))
    for name, add in (("counts", added_counts), ("activity", added_activity)):
        rows = sorted_rows(lake, name)
        none = rows.slice(0, 0)
        for both in (add(rows, none), add(none, rows)):
            columns = [n for n in rows.column_names if n != "sketch"]
            assert alike(ordered(both, name, lake), rows, tuple(columns))
        assert add(none, none).num_rows == 0
