"""
What fuzzing found, and samples of all readers, in one lake: nothing that a file says makes the tables unusable.
"""

from pathlib import Path

import pytest
import samples

from isdas.enrich.config import Config
from isdas.hub.intake import ingest
from isdas.lake.lake import Lake
from isdas.lake.verify import verify

REGRESSIONS = sorted(Path(__file__).with_name("regressions").glob("*.bin"))


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """A lake with all of them in it."""
    folder = tmp_path_factory.mktemp("files")
    for name, files in samples.samples().items():
        for i, data in enumerate(files):
            (folder / f"{name}-{i}.bin").write_bytes(data)
    lake = Lake(tmp_path_factory.mktemp("data"))
    named = [*sorted(folder.iterdir()), *REGRESSIONS]
    summary = ingest(named, lake, Config())
    assert summary.records.reconciles
    assert summary.taken + summary.known + len(summary.refused) == len(named)
    return lake


def test_the_lake_reconciles(lake: Lake) -> None:
    """Every record is accounted for in every table."""
    assert verify(lake) == []


def test_sums_are_positive(lake: Lake) -> None:
    """No sum of packets is negative or none."""
    for name in ("sightings", "counts"):
        (row,) = lake.ask(f"SELECT min(packets) AS least, sum(packets) AS all_of_them FROM {name}", name).to_pylist()
        assert row["least"] > 0
        assert row["all_of_them"] > 0


def test_it_can_be_folded_again(lake: Lake) -> None:
    """All hours can be folded again, and the lake still reconciles."""
    assert lake.fold(everything=True) > 0
    assert verify(lake) == []
