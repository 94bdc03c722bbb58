"""Tests of isdas.detect.level."""

from itertools import product

import numpy as np
import pytest

from isdas.detect.level import N_STATES, Level


@pytest.mark.parametrize("memory", [5.0, 24.0, 48.0, 500.0])
def test_it_is_a_chain_that_stays_as_it_is(memory: float) -> None:
    """Probabilities add up, what is usual remains usual, and the log level has about the mean and spread asked for."""
    level = Level.of(0.3, memory)
    assert (level.moves >= 0).all()
    assert level.moves.sum(axis=1) == pytest.approx(np.ones(N_STATES))
    assert level.usual @ level.moves == pytest.approx(level.usual)
    assert level.usual @ np.log(level.factors) == pytest.approx(0.0, abs=1e-12)
    assert np.sqrt(level.usual @ np.log(level.factors) ** 2) == pytest.approx(0.3, rel=0.15)


def test_it_forgets_as_fast_as_it_is_told() -> None:
    """After *memory* hours a level one state off the middle is expected at 1/e of where it was."""
    level = Level.of(0.3, 48.0)
    later = np.linalg.matrix_power(level.moves, 48) @ np.log(level.factors)
    middle = N_STATES // 2
    assert later[middle + 1] / np.log(level.factors)[middle + 1] == pytest.approx(np.exp(-1), rel=0.1)


def test_forward_is_the_sum_over_all_paths() -> None:
    """The likelihood of three hours is that of all paths, one by one."""
    level, logs = Level.of(0.5, 10.0), np.random.default_rng(3).normal(size=(3, N_STATES))
    whole = 0.0
    for path in product(range(N_STATES), repeat=3):
        chance = level.usual[path[0]] * level.moves[path[0], path[1]] * level.moves[path[1], path[2]]
        whole += chance * np.exp(sum(logs[t, state] for t, state in enumerate(path)))
    states, totals = level.forward(logs)
    assert totals[3] == pytest.approx(np.log(whole))
    assert totals[0] == 0.0
    assert states.sum(axis=1) == pytest.approx(np.ones(4))
