"""
The process ``isdas``, also as ``python -m isdas``.
"""

import atexit
import os
import sys

from isdas.cli.main import main


def run() -> None:
    """
    Run the command and end the process with its status.

    It ends as soon as all is said: to take a million objects apart one by one, as Python does, would take a third of a
    second of every command. What has asked to be called at the end is called.
    """
    status = main()
    atexit._run_exitfuncs()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        # Nobody reads any more; Python has its own way to say so.
        sys.exit(status)
    os._exit(status)


if __name__ == "__main__":
    run()
