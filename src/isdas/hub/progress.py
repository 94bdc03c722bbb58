"""
Progress bars on a terminal; silent where standard error is none.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

Told = Callable[[int, int], None]
"""Called with how much is done and how much there is to do; 0 of 0 while that is not known."""


@contextmanager
def progress(*works: str) -> Iterator[tuple[Told, ...]]:
    """
    A bar for each of some works that follow each other, all of which vanish at the end.

    The first pulses until it is told how much there is to do; the others appear when they are told of.
    """
    if not sys.stderr.isatty():
        yield tuple(_silent for _ in works)
        return
    # What draws is loaded where somebody looks.
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    # Nothing in a text is markup: descriptions may hold the names of files.
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(elapsed_when_finished=True),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        tasks = [bars.add_task(work, total=None, visible=i == 0, start=i == 0) for i, work in enumerate(works)]
        yield tuple(_teller(bars, task) for task in tasks)


def _silent(done: int, total: int) -> None:
    """Nobody looks."""


def _teller(bars: "Progress", task: "TaskID") -> Told:
    def told(done: int, total: int) -> None:
        bars.start_task(task)
        bars.update(task, completed=done, total=total or None, visible=True)

    return told
