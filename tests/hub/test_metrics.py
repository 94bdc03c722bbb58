"""Tests of isdas.hub.metrics."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from isdas.hub.config import Config
from isdas.hub.metrics import Figures
from isdas.lake.lake import Lake
from isdas.lake.parts import Parts
from isdas.lake.refusals import add
from isdas.lake.sensors import Heard

NOW = datetime(2026, 3, 1, 12, 10, tzinfo=UTC)


def samples(text: bytes) -> dict[tuple[str, tuple[str, ...]], float]:
    """What a scrape holds, as Prometheus reads it: by name and values of labels, in the order of the labels' names."""
    families = text_string_to_metric_families(text.decode())
    found = [sample for family in families for sample in family.samples]
    return {(s.name, tuple(s.labels[name] for name in sorted(s.labels))): s.value for s in found}


def test_sensors_parts_and_tables_are_told(lake: Lake, tokyo: Any) -> None:
    """Every sensor has its figures and every trouble a 0 or 1; parts, tables, refusals and the door are there."""
    told = {"software": "1.2", "clock_offset_s": -3.5, "spool_bytes": 7, "spool_segments": 2, "uptime_s": 60}
    number = lake.sensors.sensor("tokyo-1").number
    lake.sensors.heard({number: Heard(round(NOW.timestamp() * 1e6), told, "192.0.2.77")})
    parts = Parts(lake.records.database)
    parts.succeed("verify", 1.5, {"differences": 3}, None)
    parts.fail("look", "no room", None)
    add(lake.records.database, {("tokyo-1", "too-old", 1): 2, ("", "too-old", 2): 3})
    figures = Figures(lake, Config(), lambda: NOW, lambda: {"groups": 4.0, "turned_away_too-old": 5.0})
    found = samples(figures.text())
    assert found["isdas_sensor_clock_offset_seconds", ("tokyo-1",)] == -3.5
    assert found["isdas_sensor_spool_segments", ("tokyo-1",)] == 2
    assert found["isdas_sensor_last_heard_timestamp_seconds", ("tokyo-1",)] == NOW.timestamp()
    assert found["isdas_sensor_trouble", ("tokyo-1", "drifting")] == 1
    assert found["isdas_sensor_trouble", ("tokyo-1", "silent")] == 0
    assert found["isdas_part_found", ("differences", "verify")] == 3
    assert found["isdas_part_failures_total", ("look",)] == 1
    assert (found["isdas_part_failing", ("look",)], found["isdas_part_failing", ("verify",)]) == (1, 0)
    assert found["isdas_turned_away_total", ("too-old",)] == 5
    assert found["isdas_door_groups", ()] == 4
    assert found["isdas_table_rows", ("packets",)] == 0
    # What is not known is not there, rather than zero.
    assert ("isdas_sensor_against_normal_ratio", ("tokyo-1",)) not in found
    assert ("isdas_sensor_beacon_loss_ratio", ("tokyo-1",)) not in found


def test_no_address_is_told(lake: Lake, tokyo: Any) -> None:
    """Addresses of sensors are in no metric."""
    number = lake.sensors.sensor("tokyo-1").number
    lake.sensors.heard({number: Heard(1, {"addresses": 4}, "192.0.2.77")})
    assert b"192.0.2" not in Figures(lake, Config(), lambda: NOW, None).text()


def test_a_scrape_each_second_asks_the_tables_each_minute(
    tmp_path: Path, enlist: Callable[..., Any], sender: Any
) -> None:
    """Sensors that come within a minute of the last look are told of afterwards; parts are told of at once."""
    lake, at = Lake(tmp_path / "data"), [NOW]
    figures = Figures(Lake(lake.path), Config(), lambda: at[0], None)
    assert ("isdas_sensor_info", ("tokyo-1", "", "active")) not in samples(figures.text())
    enlist(lake, sender, "tokyo-1")
    Parts(lake.records.database).begin("fold")
    at[0] = NOW + timedelta(seconds=59)
    first = samples(figures.text())
    assert not any("tokyo-1" in labels for _, labels in first)
    assert ("isdas_part_runs_total", ("fold",)) in first
    at[0] = NOW + timedelta(seconds=60)
    assert any("tokyo-1" in labels for _, labels in samples(figures.text()))


def test_metrics_of_two_hubs_do_not_meet(tmp_path: Path) -> None:
    """Each has a registry of its own, without the figures of the process that Prometheus adds by itself."""
    both = [Figures(Lake(tmp_path / name), Config(), lambda: NOW, None) for name in ("one", "other")]
    found = [samples(figures.text()) for figures in both]
    assert found[0].keys() == found[1].keys()
    assert all(name.startswith("isdas_") for name, _ in found[0])
