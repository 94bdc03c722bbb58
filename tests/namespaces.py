"""
Network namespaces that a test makes: with no route to anywhere else, and gone afterwards whatever happens.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path

_numbers = count()


def named(prefix: str, what: str) -> str:
    """A name for a namespace that no other run of the tests has, at this time or at another."""
    return f"{prefix}-{os.getpid()}-{next(_numbers)}-{what}"


def missing(*programs: str) -> str:
    """Why no namespaces can be made here, or which of the programs is not there; empty if all is well."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "network namespaces are made by root on Linux"
    for program in ("ip", *programs):
        if not shutil.which(program):
            return f"{program} is not installed"
    name = named("isdas-try", "it")
    done = subprocess.run(["ip", "netns", "add", name], capture_output=True, text=True, check=False)
    if done.returncode:
        return f"network namespaces are not permitted here: {done.stderr.strip()}"
    subprocess.run(["ip", "netns", "del", name], check=True)
    return ""


def sweep(prefix: str) -> None:
    """Remove namespaces of processes that were killed before they could."""
    listed = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=False).stdout
    for name, process in re.findall(rf"^({prefix}-(\d+)-\S+)", listed, re.M):
        if not Path("/proc", process).exists():
            subprocess.run(["ip", "netns", "del", name], check=False)


@contextmanager
def namespaces(names: Sequence[str], steps: Sequence[str]) -> Iterator[None]:
    """
    Make namespaces, then do with ``ip`` what makes them what they should be; take them away afterwards.

    Args:
        names: from `named`.
        steps: the words behind ``ip`` of each step.
    """
    try:
        for step in (*(f"netns add {name}" for name in names), *steps):
            subprocess.run(["ip", *step.split()], check=True, capture_output=True, text=True)
        yield
    finally:
        for name in names:
            subprocess.run(["ip", "netns", "del", name], check=False, capture_output=True)
