"""
Tables that are written behind a fold: what is ready is made and committed while the next hours are grouped.
"""

from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from isdas.lake.delta import Table

_OUTSTANDING = 2
"""So many runs of hours may wait for their tables; each holds its sightings."""


class Behind:
    """
    Replaces rows of tables, each table's one after another; a context manager.

    At its end everything is in the tables that could be, also after an error.

    Args:
        tables: the tables, by name, the largest first.
        threads: how many tables are written at a time, and columns of a file encoded.
    """

    def __init__(self, tables: Mapping[str, Table], *, threads: int) -> None:
        self._tables = tables
        self._threads = threads
        writers = [ThreadPoolExecutor(1) for _ in range(max(1, min(threads, len(tables))))]
        # The first table has a thread of its own as long as there are two: it is the largest.
        self._writers = {name: writers[min(place, len(writers) - 1)] for place, name in enumerate(tables)}
        self._runs: deque[dict[str, Future[None]]] = deque()

    def __enter__(self) -> "Behind":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for writer in self._writers.values():
            writer.shutdown()

    def replace(
        self,
        hours: npt.NDArray[np.datetime64],
        make: Mapping[str, Callable[[], pa.Table]],
        transactions: dict[str, int],
    ) -> None:
        """
        Have all rows of some hours replaced by what is made; waits where too much is to be written already.

        Args:
            hours: the starts of the hours, sorted.
            make: gives the rows of each table; called in the thread that writes it.
            transactions: recorded with the commits.

        Raises:
            LakeError: earlier rows could not be written.
        """
        while len(self._runs) >= _OUTSTANDING:
            _wait(self._runs.popleft())
        self._runs.append(
            {name: self._writers[name].submit(self._replace, name, hours, make[name], transactions) for name in make}
        )

    def _replace(
        self,
        name: str,
        hours: npt.NDArray[np.datetime64],
        made: Callable[[], pa.Table],
        transactions: dict[str, int],
    ) -> None:
        self._tables[name].replace(hours, made(), transactions=transactions, threads=self._threads)

    def settle(self, name: str | None = None) -> None:
        """
        Wait until everything is in a table, or in all.

        Raises:
            LakeError: some rows could not be written.
        """
        for run in self._runs:
            _wait(run if name is None else {name: run[name]})


def _wait(run: Mapping[str, Future[None]]) -> None:
    for written in run.values():
        written.result()
