"""
Work that is done ahead by other threads and handed over in its order.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

_T = TypeVar("_T")


def in_order(work: Iterable[Callable[[], _T]], *, threads: int, ahead: int) -> Iterator[_T]:
    """
    The results of pieces of work, in the order of the pieces, whichever is done first.

    Pieces are drawn from *work* by the caller's thread, so that reading a file stays where Ctrl-C is looked at; at most
    *ahead* of them are held, so that memory is bounded. What a piece raises is raised in its place, and nothing that
    comes after it is drawn.
    """
    with ThreadPoolExecutor(threads) as pool:
        waiting: deque[Future[_T]] = deque()
        try:
            for piece in work:
                waiting.append(pool.submit(piece))
                if len(waiting) >= ahead:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for each in waiting:
                each.cancel()
