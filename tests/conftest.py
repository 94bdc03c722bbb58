"""
What tests share: the folder of real captures and logs, and how Hypothesis behaves.
"""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# No test is judged by the clock: the machine may be busy. In CI the same examples are tried every time.
settings.register_profile(
    "isdas", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=bool(os.environ.get("CI"))
)
settings.load_profile("isdas")

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with real captures and logs beside the repository, or ISDAS_SHARED; skips where it is absent."""
    path = Path(os.environ.get("ISDAS_SHARED", ROOT.parent / "shared"))
    if not (path / "corpus").is_dir():
        pytest.skip(f"no real captures at {path}: set ISDAS_SHARED to the folder that holds corpus/ and series/")
    return path
