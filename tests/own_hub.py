"""
A hub with an own authority, which tests of several packages enrol sensors with.
"""

import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from isdas.lake.lake import Lake


@dataclass
class Hub:
    """
    A hub that listens on 127.0.0.1, by TLS.

    Attributes:
        url: where.
        data: its data directory.
        lake: its tables.
        ca: the certificate of its authority.
    """

    url: str
    data: Path
    lake: Lake
    ca: Path

    def token(self, name: str = "tokyo-1") -> str:
        """A new one."""
        from isdas.hub.enrolment import make_token

        return make_token(self.lake, "hana", name=name)

    def approve(self, fingerprint: str) -> None:
        """As the operator does."""
        self.lake.sensors.approve(fingerprint, "hana", replace=True)


@pytest.fixture(name="hub")
def own_hub(tmp_path: Path) -> Iterator[Hub]:
    """A hub with an own authority."""
    from fastapi import FastAPI

    from isdas.enrich.config import Config as EnrichConfig
    from isdas.enrich.region import open_lookups
    from isdas.hub.api import sensor_api
    from isdas.hub.authority import Papers, issue, signing_key
    from isdas.hub.config import Config
    from isdas.hub.door import Door
    from isdas.hub.serve import Served
    from isdas.lake.config import Config as LakeConfig

    data = tmp_path / "hub"
    lake = Lake(data, LakeConfig(threads=1))
    papers = Papers.of(data)
    issue(papers, ["127.0.0.1"])
    key = signing_key(data)
    door = Door(lake, open_lookups(EnrichConfig()), key, Config(group_seconds=0.02, least_free_mb=0))
    app = FastAPI()
    app.include_router(sensor_api(lake, door, key))
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(16)
    served = Served(app, listener, (papers.certificate, papers.key))
    door.start()
    served.start()
    yield Hub(f"https://127.0.0.1:{listener.getsockname()[1]}", data, lake, papers.authority)
    served.stop()
    door.stop()
    listener.close()
