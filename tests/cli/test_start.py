"""What is set before the libraries are loaded."""

import subprocess
import sys

from isdas.cli.start import prepare


def test_a_choice_of_the_user_is_heeded() -> None:
    """Settings of libraries are made only where nobody chose."""
    nobody: dict[str, str] = {}
    somebody = {"OPENBLAS_NUM_THREADS": "4"}
    prepare(nobody)
    prepare(somebody)
    assert (nobody["OPENBLAS_NUM_THREADS"], somebody["OPENBLAS_NUM_THREADS"]) == ("1", "4")


def test_commands_look_for_cycles_seldom_and_those_that_stay_more_often() -> None:
    """Starting a command looks for no cycles; what it then makes until it ends is looked through now and then."""
    script = (
        "import gc\n"
        "from isdas.cli.main import main\n"
        "from isdas.cli.start import stay\n"
        "main(['config', 'show', '--data', '/nonexistent/here'])\n"
        "before = gc.get_threshold()[0]\n"
        "stay()\n"
        "print(before, gc.get_threshold()[0], gc.get_freeze_count())\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    at_start, later, frozen = map(int, done.stdout.split()[-3:])
    assert at_start > later >= 10_000
    assert frozen > 10_000
