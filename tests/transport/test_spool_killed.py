"""
A sensor is killed at a hundred random moments: no segment is lost, doubled or misnumbered.
"""

import json
import subprocess
import sys
from pathlib import Path

CHILD = Path(__file__).parent / "spool_child.py"


def test_a_hundred_kills_lose_nothing(tmp_path: Path) -> None:
    """Each deed was done or not, and what the full spool gave up is told once."""
    done = subprocess.run(
        [sys.executable, str(CHILD), str(tmp_path / "spool"), "100", "7"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert seen["segments"] > 500
    assert seen["acknowledged"] > 200
    assert seen["lost"] > 0
