"""Who the sources of surges were."""

from pathlib import Path

from made_surge import a_surge

from isdas.lake.lake import Lake
from isdas.lake.surge_sources import sketches
from isdas.model.source_sketch import SourceSketch

CROWD = SourceSketch(3, 1, (1, 2, (1 << 52) - 1), (7,))


def test_sketches_are_kept_as_long_as_their_surge(tmp_path: Path) -> None:
    """What is kept is read back; of a surge that is not kept any more nothing is."""
    records = Lake(tmp_path).records
    records.put_surges([a_surge()])
    records.put_sketches({a_surge().identifier: CROWD})
    assert sketches(records.database) == {a_surge().identifier: CROWD}
    records.put_sketches({"gone": CROWD})
    records.put_sketches({})
    assert sketches(records.database) == {a_surge().identifier: CROWD}
