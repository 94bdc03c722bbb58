"""
Any bytes in any reader: what was once found stays mended, and changed samples are refused or accounted for.

A search of some seconds, compiled; the long one, guided by coverage, is `make fuzz`.
"""

from pathlib import Path

import numpy as np
import pytest
import readers
import samples

REGRESSIONS = sorted(Path(__file__).with_name("regressions").glob("*.bin"))
SAMPLES = samples.samples()
CHANGES = 200
"""How often the samples of a reader are changed; the seed is the reader's place, so that a failure comes again."""


def test_every_reader_has_samples() -> None:
    """No reader of the registry and no shipped profile is left out, but for those that another program reads for."""
    assert readers.readers().keys() - {"sniffed", "erf"} == SAMPLES.keys()


@pytest.mark.parametrize("name", SAMPLES)
def test_samples_are_read(name: str, tmp_path: Path) -> None:
    """A sample gives packets with its own reader, and its first is recognised unless its profile is not shipped."""
    path = tmp_path / "input"
    for data in SAMPLES[name]:
        path.write_bytes(data)
        readers.hold(name, path)
    path.write_bytes(SAMPLES[name][0])
    whole = readers.hold(name, path)
    assert whole.stored
    if not name.endswith("-profile"):
        assert readers.hold("sniffed", path) == whole


@pytest.mark.parametrize("name", SAMPLES)
def test_changed_samples_are_accounted_for(name: str, tmp_path: Path) -> None:
    """Samples with bits, bytes and numbers changed, cut or doubled are refused, or every record of them is told."""
    rng = np.random.default_rng(list(SAMPLES).index(name))
    path = tmp_path / "input"
    for i in range(CHANGES):
        data = readers.changed(SAMPLES[name][i % len(SAMPLES[name])], rng)
        path.write_bytes(data)
        try:
            readers.hold(name if i % 4 else "sniffed", path)
        except Exception as error:
            error.add_note(f"change {i}: {data!r}")
            raise


@pytest.mark.parametrize("path", REGRESSIONS, ids=lambda path: path.stem)
def test_what_was_found_stays_mended(path: Path) -> None:
    """What the fuzzer found once, named after its reader, holds in that reader and where the format is told."""
    for name in (path.stem.partition("--")[0], "sniffed"):
        readers.hold(name, path)


def test_something_was_found() -> None:
    """The folder of what was found is there."""
    assert REGRESSIONS
