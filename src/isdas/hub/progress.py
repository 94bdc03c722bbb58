"""
Progress bars on a terminal; silent where standard error is none.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskID,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)

Told = Callable[[int, int], None]
"""Called with how much is done and how much there is to do; 0 of 0 while that is not known."""


@contextmanager
def progress(*works: str) -> Iterator[tuple[Told, ...]]:
    """
    A bar for each of some works that follow each other, all of which vanish at the end.

    The first pulses until it is told how much there is to do; the others appear when they are told of.
    """
    console = Console(stderr=True)
    # Nothing in a text is markup: descriptions may hold the names of files.
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(elapsed_when_finished=True),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bars:
        tasks = [bars.add_task(work, total=None, visible=i == 0, start=i == 0) for i, work in enumerate(works)]
        yield tuple(_teller(bars, task) for task in tasks)


def _teller(bars: Progress, task: TaskID) -> Told:
    def told(done: int, total: int) -> None:
        bars.start_task(task)
        bars.update(task, completed=done, total=total or None, visible=True)

    return told
