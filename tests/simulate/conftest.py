"""Simulations that many tests look at, made once per process."""

import pytest

from isdas.simulate.scenario import Simulation, generate


@pytest.fixture(scope="session")
def quiet() -> Simulation:
    """A quiet week."""
    return generate("quiet-week", 7)


@pytest.fixture(scope="session")
def autumn() -> Simulation:
    """The whole of autumn 2008."""
    return generate("autumn-2008", 11)
