"""Tests of isdas.lake.gather: that its groups are the right ones is tested in test_rollup."""

from collections.abc import Callable

import numpy as np
import pytest

from isdas.lake.brief import Briefer
from isdas.lake.gather import PACKED, PACKETS, SOURCE, gather
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
    found = gather(read, sizes, meaning, wanted, turns=turns, threads=threads)
    sources = [source for groups in found for source in groups[:, SOURCE].tolist()]
    assert sources == sorted(sources)
    keys = [key for groups in found for key in zip(groups[:, SOURCE].tolist(), groups[:, PACKED].tolist(), strict=True)]
    assert len(keys) == len(set(keys))
    assert sum(int(groups[:, PACKETS].sum()) for groups in found) == 800


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
