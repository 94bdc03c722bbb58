"""
Running a simulation as a person asks for it, with progress on a terminal.
"""

from pathlib import Path

from isdas.hub.progress import progress
from isdas.simulate.scenario import generate
from isdas.simulate.writer import write


def run(scenario: str, out: Path, *, seed: int) -> list[Path]:
    """
    Simulate a scenario and write its captures and truth; the captures' paths.

    Raises:
        NotFound: no such scenario.
        IsdasError: the folder holds other files, or cannot be written.
    """
    with progress(f"simulating {scenario}") as (told,):
        return write(generate(scenario, seed), out, told)
