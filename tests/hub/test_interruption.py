"""Ctrl-C at a moment of our choosing."""

import signal
import subprocess
import sys
import threading

import pytest

from isdas.hub.interruption import STATUS, stoppable


def test_an_interruption_waits_for_the_next_stop() -> None:
    """Between two stops Ctrl-C changes nothing; at the next stop it is a KeyboardInterrupt."""
    reached = False
    with stoppable() as check:
        check()
        signal.raise_signal(signal.SIGINT)
        reached = True
        with pytest.raises(KeyboardInterrupt):
            check()
    assert reached


def test_the_handler_is_put_back() -> None:
    """Afterwards Ctrl-C does what it did before."""
    before = signal.getsignal(signal.SIGINT)
    with stoppable():
        assert signal.getsignal(signal.SIGINT) is not before
    assert signal.getsignal(signal.SIGINT) is before


def test_a_second_interruption_ends_the_process() -> None:
    """Whoever presses Ctrl-C twice is obeyed at once."""
    script = (
        "import signal\nfrom isdas.hub.interruption import stoppable\nwith stoppable():\n"
        "    signal.raise_signal(signal.SIGINT)\n    signal.raise_signal(signal.SIGINT)\n    print('not reached')"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (STATUS, "", "")


def test_other_threads_are_left_alone() -> None:
    """Outside the main thread, which alone hears of signals, it can be used and does nothing."""
    seen: list[object] = []

    def work() -> None:
        with stoppable() as check:
            check()
            seen.append(signal.getsignal(signal.SIGINT))

    before = signal.getsignal(signal.SIGINT)
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [before]
