"""Tests of isdas.hub.steady."""

import subprocess
import sys

SCRIPT = """
import resource
import numpy as np
from isdas.hub.steady import steady

def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(50):
        np.ones(2_000_000)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

steady()
faults()
print(faults())
"""


def test_memory_that_is_freed_is_used_again() -> None:
    """Fifty arrays of 16 MB one after another touch no fresh pages."""
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 50


def test_memory_is_given_back_between_stages() -> None:
    """What a stage has freed does not stay beside what the next one takes."""
    script = (
        "import gc, numpy as np, pyarrow as pa\n"
        "from isdas.hub.steady import settle, steady\n"
        "def held(): return int(open('/proc/self/status').read().split('RssAnon:')[1].split()[0]) >> 10\n"
        "steady()\n"
        "some = [np.ones(3_000_000) for _ in range(10)] + [pa.array(np.ones(3_000_000)).cast('float32')]\n"
        "before = held()\n"
        "del some\n"
        "settle()\n"
        "print(before - held())\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert int(done.stdout) > 200
