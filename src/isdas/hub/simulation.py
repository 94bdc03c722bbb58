"""
Running a simulation as a person asks for it, with progress on a terminal.
"""

from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from isdas.simulate.scenario import generate
from isdas.simulate.writer import write


def run(scenario: str, out: Path, *, seed: int) -> list[Path]:
    """
    Simulate a scenario and write its captures and truth; the captures' paths.

    Raises:
        NotFound: no such scenario.
    """
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(f"simulating {scenario}", total=None)
        simulation = generate(scenario, seed)
        return write(simulation, out, lambda done, total: bar.update(task, completed=done, total=total))
