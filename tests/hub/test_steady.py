"""Tests of isdas.hub.steady."""

import subprocess
import sys

SCRIPT = """
import resource
import numpy as np
from isdas.hub.steady import steady, without_linear_algebra

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


def test_linear_algebra_is_not_loaded_and_can_be() -> None:
    """Kernels do without scipy's products of matrices; who wants them later gets them."""
    script = (
        "import sys\n"
        "from isdas.hub.steady import steady, without_linear_algebra\n"
        "steady()\n"
        "without_linear_algebra()\n"
        "from isdas.model.dense import Numbers\n"
        "import numpy as np\n"
        "assert Numbers().of(np.array([5, 5, 7])).tolist() == [0, 0, 1]\n"
        "assert 'numba.np.arraymath' in sys.modules and 'scipy.linalg' not in sys.modules\n"
        "import scipy.linalg.cython_blas\n"
        "print('there')\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "there\n"
