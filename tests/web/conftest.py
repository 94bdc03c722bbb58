"""The site over simulated data, in process."""

import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

with warnings.catch_warnings():
    # It would rather have the successor of the HTTP client that is there.
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

from isdas.config import Config
from isdas.lake.lake import Lake
from isdas.web.app import create


@pytest.fixture(scope="session")
def site(desk: Path) -> Iterator[TestClient]:
    """The site over two quiet days with one surge and its draft."""
    with TestClient(create(Lake(desk), Config())) as client:
        yield client
