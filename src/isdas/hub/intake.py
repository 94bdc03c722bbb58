"""
Taking files in as a person asks for it: which files, as what, with a progress bar and the time it took.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

from isdas.enrich.config import Config as EnrichConfig
from isdas.enrich.region import open_lookups
from isdas.hub.monitored import Monitored
from isdas.hub.pipeline import Summary, Told, take_in
from isdas.hub.source import Source, find_files
from isdas.lake.lake import Lake


def ingest(
    paths: Sequence[Path],
    lake: Lake,
    config: EnrichConfig,
    *,
    sensor: str | None = None,
    format: str | None = None,
    monitored: Monitored | None = None,
) -> Summary:
    """
    Take in the files that *paths* name, showing progress on a terminal.

    Raises:
        IsdasError: a path does not exist, a setting is wrong, or the disk is full.
    """
    begun = perf_counter()
    sources = [Source(path, sensor, format) for path in find_files(paths)]
    lookups = open_lookups(config)
    with _progress(sources) as told:
        summary = take_in(sources, lake, lookups, monitored=monitored, told=told)
    summary.seconds = perf_counter() - begun
    return summary


@contextmanager
def _progress(sources: Sequence[Source]) -> Iterator[Told]:
    """A progress bar over the bytes of all files, on a terminal; silent elsewhere."""
    console = Console(stderr=True)
    sizes = {source.path: source.path.stat().st_size for source in sources}
    done: dict[Path, int] = {}
    columns = (TextColumn("{task.description}"), BarColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("taking in", total=sum(sizes.values()))

        def told(source: Source, bytes_read: int) -> None:
            bar.update(task, advance=bytes_read - done.get(source.path, 0), description=source.path.name)
            done[source.path] = bytes_read

        yield told
