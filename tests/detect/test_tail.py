"""The upper tail of the negative binomial."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from isdas.detect.tail import score, scores


@given(count=st.integers(1, 3000), mean=st.floats(1e-3, 2000.0), variance=st.floats(1e-3, 50.0))
def test_the_tail_agrees_with_scipy(count: int, mean: float, variance: float) -> None:
    """-log10 P(Y >= y) equals the survival function of scipy wherever that can be computed."""
    size = 1.0 / variance
    expected = -stats.nbinom.logsf(count - 1, size, size / (size + mean)) / np.log(10.0)
    if np.isfinite(expected) and expected < 250:
        assert score(count, mean, variance) == pytest.approx(expected, rel=1e-6, abs=1e-6)


def test_without_extra_variance_it_is_the_poisson_tail() -> None:
    """The limit of no overdispersion is Poisson."""
    assert score(30, 10.0, 0.0) == pytest.approx(-stats.poisson.logsf(29, 10.0) / np.log(10.0), rel=1e-4)


def test_nothing_seen_proves_nothing() -> None:
    """A count of zero scores zero, even where nothing was expected."""
    assert score(0, 0.0, 1.0) == 0.0


@given(count=st.integers(1, 500), mean=st.floats(0.01, 100.0), variance=st.floats(0.01, 5.0))
def test_more_is_never_less_remarkable(count: int, mean: float, variance: float) -> None:
    """The score grows with the count."""
    assert score(count + 1, mean, variance) >= score(count, mean, variance)


def test_arrays_are_scored_like_numbers() -> None:
    """The array form keeps the shape and the values."""
    counts, means = np.array([[3.0, 9.0]]), np.array([[1.0, 1.0]])
    assert scores(counts, means, np.full((1, 2), 0.2))[0, 1] == score(9, 1.0, 0.2)
