"""
A window over the bytes of a file, plain or gzip.
"""

import gzip
from pathlib import Path

import numpy as np
import pytest

from isdas.capture.stream import Window
from isdas.model.errors import InputRefused
from isdas.model.tally import Tally

DATA = np.random.default_rng(3).bytes(10_000)


def _all(window: Window, step: int) -> bytes:
    """Everything in the file, taken *step* bytes at a time."""
    out = b""
    while True:
        while window.end - window.at >= step:
            out += window.buffer[window.at : window.at + step].tobytes()
            window.at += step
        if not window.refill():
            return out + window.buffer[window.at : window.end].tobytes()


@pytest.mark.parametrize("size", [5000, 1 << 20])
@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
def test_window_gives_every_byte_once(tmp_path: Path, size: int, packed: bool) -> None:
    """Whatever the window's size, moving it over a file gives the file, unpacked."""
    path = tmp_path / "file"
    path.write_bytes(gzip.compress(DATA[:4000]) + gzip.compress(DATA[4000:]) if packed else DATA)
    window = Window(path, Tally(), size)
    assert (window.compression is not None) is packed
    assert _all(window, 77) == DATA
    assert window.consumed == path.stat().st_size
    window.close()


def test_window_skips_without_keeping(tmp_path: Path) -> None:
    """Bytes that are skipped are passed over even if they are more than the window holds."""
    path = tmp_path / "file"
    path.write_bytes(DATA)
    window = Window(path, Tally(), 4096)
    assert window.skip(9000)
    assert _all(window, 10) == DATA[9000:]
    assert not window.skip(1)
    window.close()


def test_cut_gzip_gives_what_came_before(tmp_path: Path) -> None:
    """A gzip file without its end gives its begin and a counted warning."""
    path = tmp_path / "file"
    path.write_bytes(gzip.compress(DATA)[:-2000])
    tally = Tally()
    window = Window(path, tally)
    found = _all(window, 10)
    window.close()
    assert DATA.startswith(found)
    assert len(found) > 7000
    assert tally.warnings == {"truncated-gzip": 1}


def test_damaged_gzip_is_told(tmp_path: Path) -> None:
    """A gzip file whose checksum is wrong gives its content and a counted warning."""
    path = tmp_path / "file"
    packed = bytearray(gzip.compress(DATA))
    packed[-6] ^= 1
    path.write_bytes(packed)
    tally = Tally()
    window = Window(path, tally)
    assert _all(window, 10) == DATA
    window.close()
    assert tally.warnings == {"damaged-gzip": 1}


def test_unreadable_is_refused(tmp_path: Path) -> None:
    """A path that cannot be opened or is a directory is refused as unreadable."""
    for path in (tmp_path, tmp_path / "absent"):
        with pytest.raises(InputRefused) as refused:
            Window(path, Tally())
        assert refused.value.reason == "unreadable"
