"""
What tests share: the folder of real captures and logs, simulated data, and how Hypothesis behaves.
"""

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from isdas.model.surge import Surge

# No test is judged by the clock: the machine may be busy. In CI the same examples are tried every time.
settings.register_profile(
    "isdas", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=bool(os.environ.get("CI"))
)
settings.load_profile("isdas")

ROOT = Path(__file__).parent.parent

# What several folders of tests need lies beside this file.
sys.path.insert(0, str(Path(__file__).parent))
# The benchmarks are no part of the package; what they compare with is tested all the same.
sys.path.append(str(ROOT))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with real captures and logs beside the repository, or ISDAS_SHARED; skips where it is absent."""
    path = Path(os.environ.get("ISDAS_SHARED", ROOT.parent / "shared"))
    if not (path / "corpus").is_dir():
        pytest.skip(f"no real captures at {path}: set ISDAS_SHARED to the folder that holds corpus/ and series/")
    return path


@pytest.fixture(scope="session")
def captures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of simulated captures: twelve sensors, two quiet days, the same in every process."""
    from isdas.simulate.scenario import generate
    from isdas.simulate.writer import write

    out = tmp_path_factory.mktemp("simulated")
    write(generate("quiet-week", 5, days=2), out)
    return out / "captures"


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory, captures: Path) -> Path:
    """A data directory with the simulated captures in it, for tests that change nothing."""
    from isdas.enrich.config import Config
    from isdas.hub.intake import ingest
    from isdas.lake.lake import Lake

    data = tmp_path_factory.mktemp("filled")
    ingest([captures], Lake(data), Config())
    return data


@pytest.fixture(scope="session")
def desk(tmp_path_factory: pytest.TempPathFactory, filled: Path) -> Path:
    """A copy of the filled data directory with one surge, 445/tcp since 2008-10-07 22:00 in Tokyo, and its draft."""
    from made_surge import a_surge

    from isdas.config import Config
    from isdas.hub.desk import draft_alert
    from isdas.lake.lake import Lake

    data = tmp_path_factory.mktemp("desk") / "data"
    shutil.copytree(filled, data)
    lake = Lake(data)
    lake.records.put_surges([a_surge()])
    draft_alert(lake, a_surge().identifier, Config())
    return data


@pytest.fixture
def make_surge() -> "Callable[..., Surge]":
    """The function that makes a surge; what it is given replaces fields."""
    from made_surge import a_surge

    return a_surge
