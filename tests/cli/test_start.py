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


def test_commands_run_prepared() -> None:
    """A command has cycles looked for seldom."""
    script = (
        "import gc, sys\n"
        "from isdas.cli.main import main\n"
        "main(['config', 'show', '--data', '/nonexistent/here'])\n"
        "print(gc.get_threshold()[0], file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert int(done.stderr.split()[-1]) > 10_000
