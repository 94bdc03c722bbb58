"""Tests of isdas.hub.steady."""

import subprocess
import sys

SCRIPT = """
import gc, resource
import numpy as np
from isdas.hub.steady import steady

def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(50):
        np.ones(2_000_000)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

steady()
faults()
print(faults(), gc.get_freeze_count() > 0)
"""


def test_memory_that_is_freed_is_used_again() -> None:
    """Fifty arrays of 16 MB one after another touch no fresh pages, and what is loaded is not collected."""
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    fresh, frozen = done.stdout.split()
    assert int(fresh) < 50
    assert frozen == "True"
