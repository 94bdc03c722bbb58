"""
Compiling ahead.
"""

from isdas.capture import ring
from isdas.decode import walk
from isdas.decode.config import Config
from isdas.sensor import own
from isdas.sensor.warm import warm


def test_what_listening_and_sealing_need_is_compiled() -> None:
    """Afterwards each compiled function has a form for what it is called with."""
    warm(Config())
    for function in (ring._walk, ring._take, ring._ready, ring._release, walk.walk, own._judge, own._know):
        assert function.signatures  # type: ignore[attr-defined]
