"""Tests of isdas.hub.operations."""

import warnings
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from isdas.hub.config import Config
from isdas.hub.metrics import Figures
from isdas.hub.operations import operations
from isdas.lake.lake import Lake
from isdas.lake.parts import Parts
from isdas.model.time import iso

with warnings.catch_warnings():
    # It would rather have the successor of the HTTP client that is there.
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

NOW = datetime(2026, 3, 1, 12, 10, tzinfo=UTC)


class Operated:
    """A hub that is asked how it is doing."""

    def __init__(self, path: Path) -> None:
        self.lake = Lake(path)
        self.parts = Parts(self.lake.records.database)
        self.at = NOW
        self.is_ready = True
        app = FastAPI()
        figures = Figures(Lake(path), Config(), lambda: self.at, None)
        app.include_router(operations(figures, lambda: self.is_ready))
        self.client = TestClient(app, raise_server_exceptions=False)

    def health(self) -> tuple[int, Any]:
        """Status and body."""
        answer = self.client.get("/health")
        return answer.status_code, answer.json()


@pytest.fixture
def hub(tmp_path: Path) -> Operated:
    """A hub of nobody."""
    return Operated(tmp_path / "data")


def test_all_is_well(hub: Operated) -> None:
    """Parts that have done their work are told with when, and the status is ok."""
    hub.parts.succeed("fold", 0.5, {"hours": 1}, iso(NOW + timedelta(hours=1)))
    status, told = hub.health()
    assert (status, told["status"], told["failing"], told["differences"]) == (200, "ok", [], 0)
    assert told["parts"]["fold"]["found"] == {"hours": 1}
    assert hub.client.head("/health").status_code == 200


def test_what_fails_is_named(hub: Operated) -> None:
    """A part that failed the last time is named with what it said, and the status says so until it succeeds."""
    hub.parts.fail("compact", "no room on the disk", iso(NOW + timedelta(hours=1)))
    status, told = hub.health()
    assert (status, told["status"], told["failing"]) == (503, "failing", ["compact"])
    assert told["parts"]["compact"]["error"] == "no room on the disk"
    hub.parts.succeed("compact", 1.0, {}, iso(NOW + timedelta(hours=1)))
    assert hub.health()[0] == 200


def test_a_part_that_does_not_come_back_is_failing(hub: Operated) -> None:
    """A part of a process that died was due long ago; one that was stopped in order is not missed."""
    hub.parts.wait("fold", iso(NOW))
    hub.at = NOW + timedelta(hours=1)
    assert hub.health()[0] == 200
    hub.at = NOW + timedelta(hours=3)
    assert hub.health()[1]["failing"] == ["fold"]
    hub.parts.stop("fold")
    assert hub.health()[0] == 200


def test_differences_are_no_health(hub: Operated) -> None:
    """Figures that do not reconcile are told as a failure, though the part that found them did its work."""
    hub.parts.succeed("verify", 1.0, {"differences": 2}, None)
    status, told = hub.health()
    assert (status, told["differences"]) == (503, 2)


def test_readiness_is_that_of_the_process(hub: Operated) -> None:
    """Whoever is not at work, or is ending, is not ready."""
    assert hub.client.get("/ready").status_code == 200
    hub.is_ready = False
    assert hub.client.get("/ready").status_code == 503
    assert hub.health()[0] == 503


def test_metrics_have_the_type_that_prometheus_reads(hub: Operated) -> None:
    """The figures are text in the form of Prometheus."""
    answer = hub.client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert "isdas_hub_info" in answer.text


def test_broken_tables_are_told_and_not_raised(hub: Operated) -> None:
    """Where the tables cannot be read any more, whoever asks learns so."""
    table = hub.lake.table("coverage")
    (table.path / "_delta_log" / f"{table.version + 1:020d}.json").write_bytes(b"{")
    status, told = hub.health()
    assert status == 503
    assert "tables" in told["failing"]
    assert "coverage" in told["error"]
