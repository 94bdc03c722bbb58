"""
Ctrl-C at a moment of our choosing, so that it never lands between a commit and the note that it was made.
"""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

STATUS = 130
"""The exit status of a process that Ctrl-C ended, as shells have it."""


@contextmanager
def stoppable() -> Iterator[Callable[[], None]]:
    """
    While this is open, Ctrl-C is only noted; the function given raises KeyboardInterrupt where it was.

    A second Ctrl-C ends the process where it stands. The tables bear that like a power cut.
    """
    asked = False

    def note(_signal: int, _frame: Any) -> None:
        nonlocal asked
        if asked:
            os._exit(STATUS)
        asked = True

    def check() -> None:
        if asked:
            raise KeyboardInterrupt

    # Signals come to the main thread only, and only it may say what becomes of them.
    if threading.current_thread() is not threading.main_thread():
        yield check
        return
    before = signal.signal(signal.SIGINT, note)
    try:
        yield check
    finally:
        signal.signal(signal.SIGINT, before)
