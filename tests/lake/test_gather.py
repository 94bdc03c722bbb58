"""Tests of isdas.lake.gather: that small parts become the right groups is tested in test_rollup."""

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pytest

from isdas.lake.brief import PACKED_BITS, PARTS, ROW, Briefer, Meaning
from isdas.lake.gather import gather
from isdas.model.packets import Packets


@pytest.mark.parametrize("turns", [1, 2, 5])
@pytest.mark.parametrize("threads", [1, 3])
def test_turns_and_threads_change_nothing(random_packets: Callable[..., Packets], turns: int, threads: int) -> None:
    """However the parts are shared out, every group comes once, with all its packets."""
    briefer = Briefer()
    briefs = [briefer.of(random_packets(seed, n=400, hours=2).table) for seed in (1, 2)]
    meaning = briefer.meaning()
    wanted = np.ones(len(meaning.hour), np.bool_)

    def read(span: tuple[int, int]) -> list[tuple[np.ndarray, np.ndarray]]:
        low, high = span
        return [(b.rows[b.begins[low] : b.begins[high]], b.begins[low : high + 1] - b.begins[low]) for b in briefs]

    sizes = sum((np.diff(b.begins) for b in briefs), np.zeros(1024, np.int64))
    found = np.concatenate(gather(read, sizes, meaning, wanted, turns=turns, threads=threads))
    assert found["source"].tolist() == sorted(found["source"].tolist())
    assert len(np.unique(found[["source", "key"]])) == len(found)
    assert int(found["packets"].sum()) == 800


def test_turns_share_out_every_part_once_and_the_rows_evenly(random_packets: Callable[..., Packets]) -> None:
    """The spans that are read follow each other over all parts and hold about as many rows, however parts differ."""
    briefer = Briefer()
    brief = briefer.of(random_packets(3, n=10).table)
    meaning, sizes = briefer.meaning(), np.arange(1024)
    spans: list[tuple[int, int]] = []

    def read(span: tuple[int, int]) -> list[tuple[np.ndarray, np.ndarray]]:
        spans.append(span)
        return [(brief.rows[:0], np.zeros(span[1] - span[0] + 1, np.int64))]

    gather(read, sizes, meaning, np.ones(len(meaning.hour), np.bool_), turns=4, threads=1)
    assert [part for low, high in sorted(spans) for part in range(low, high)] == list(range(1024))
    held = [int(sizes[low:high].sum()) for low, high in spans]
    assert min(held) > 0.9 * max(held)


def test_parts_that_do_not_fit_the_cache_are_grouped_alike() -> None:
    """Many rows of one part, half of one source, give what plain counting gives; unwanted rows are left out."""
    rng = np.random.default_rng(7)
    n = 150_000
    rows = np.zeros(n, ROW)
    rows["source"] = np.where(rng.random(n) < 0.5, 12, rng.integers(0, 1 << 22, n))
    label, port = np.where(rng.random(n) < 0.1, 2, rng.integers(0, 2, n)), rng.integers(0, 3, n)
    rows["c"] = label << PACKED_BITS | port
    rows["member"], rows["time"], rows["packets"] = rng.integers(0, 60_000, n), np.arange(n), rng.integers(1, 9, n)
    meaning = Meaning(
        np.arange(3), pa.table({}), np.zeros(3, np.int64), np.array([True, False, True]), np.zeros(3, np.int64)
    )
    begins = np.zeros(PARTS + 1, np.int64)
    begins[1:] = n
    sizes = np.diff(begins)

    def read(span: tuple[int, int]) -> list[tuple[np.ndarray, np.ndarray]]:
        low, high = span
        return [(rows[begins[low] : begins[high]], begins[low : high + 1] - begins[low])]

    found = np.concatenate(gather(read, sizes, meaning, np.array([True, True, False]), turns=2, threads=1))
    few = pa.table({name: rows[name].astype(np.int64) for name in ROW.names or ()}).filter(pa.array(label < 2))
    expected = few.group_by(["source", "c"]).aggregate(
        [("time", "min"), ("time", "max"), ("packets", "sum"), ("member", "count_distinct")]
    )
    columns = [expected.column(name).to_numpy() for name in ("source", "c", "packets_sum", "time_min", "time_max")]
    members = np.where(columns[1] >> PACKED_BITS == 0, expected.column("member_count_distinct").to_numpy(), 0)
    order = np.lexsort((found["key"], found["source"]))
    names = ("source", "key", "packets", "first", "last", "members")
    told = np.stack([found[name][order].astype(np.int64) for name in names])
    plain = np.stack([*columns, members])[:, np.lexsort((columns[1], columns[0]))]
    assert np.all(np.diff(found["source"].astype(np.int64)) >= 0)
    assert told.tolist() == plain.tolist()
