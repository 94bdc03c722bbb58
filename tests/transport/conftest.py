"""
Packets of a generated telescope, with payloads, and a header to seal them under.
"""

import pytest

from isdas.capture.file import open_capture
from isdas.decode.packets import decode
from isdas.model.packets import Packets
from isdas.simulate.telescope import write_telescope
from isdas.transport.segment import Header


@pytest.fixture(scope="session")
def packets(tmp_path_factory: pytest.TempPathFactory) -> Packets:
    """Some hundred packets of all kinds."""
    path = tmp_path_factory.mktemp("telescope") / "telescope.pcap"
    write_telescope(path, 400)
    with open_capture(path) as capture:
        return Packets.concat(decode(frames)[0] for frames in capture.frames())


@pytest.fixture
def header(packets: Packets) -> Header:
    """What a sensor could say of them."""
    return Header(
        key="",
        spool="0123456789abcdef",
        sequence=7,
        software="0.1",
        start_us=1_700_000_000_000_000,
        end_us=1_700_000_060_000_000,
        sealed_us=1_700_000_060_500_000,
        addresses=1,
        packets=len(packets),
        received=len(packets) + 6,
        dropped={"kernel": 1, "ring": 2},
        refused={"not-ip": 2},
        own=1,
        uptime_s=60,
    )
