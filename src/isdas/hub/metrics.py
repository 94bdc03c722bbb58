"""
The hub's figures for Prometheus: sensors, parts, the door and the tables.

Nothing in them is an address. What costs a query is asked at most once a minute, however often it is scraped.
"""

import threading
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from isdas import __version__
from isdas.hub.care import status
from isdas.hub.config import Config
from isdas.hub.fleet import TROUBLES, Standing, fleet
from isdas.lake.lake import Lake
from isdas.lake.parts import FAILING, Part, Parts
from isdas.lake.refusals import refused

MEDIA = "text/plain; version=0.0.4; charset=utf-8"
_KEPT_S = 60.0

_SENSOR_GAUGES: dict[str, tuple[str, Callable[[Standing], float | None]]] = {
    "coverage_day_ratio": ("Observed share of the last 24 hours, since it was there.", lambda s: s.coverage_day),
    "coverage_week_ratio": ("Observed share of the last 168 hours, since it was there.", lambda s: s.coverage_week),
    "packets_day": ("Packets that came in the last 24 hours.", lambda s: s.packets_day),
    "dropped_day": ("Packets that were dropped in the last 24 hours.", lambda s: s.dropped_day),
    "against_normal_ratio": (
        "Packets of the last day by what is normal for the sensor.",
        lambda s: None if s.against is None else s.against.day.ratio,
    ),
    "clock_offset_seconds": ("Hub's clock minus the sensor's.", lambda s: s.clock_offset_s),
    "spool_bytes": ("Bytes that wait to be sent.", lambda s: s.spool_bytes),
    "spool_segments": ("Segments that wait to be sent.", lambda s: s.spool_segments),
    "evicted_day_segments": ("Segments that the full spool evicted in the last 24 hours.", lambda s: s.evicted_day),
    "uptime_seconds": ("Since the sensor was started.", lambda s: s.uptime_s),
    "beacons_sent_day": (
        "Beacons sent in whole hours of the last day.",
        lambda s: None if s.beacons is None else s.beacons.sent,
    ),
    "beacon_loss_ratio": (
        "Share of them that did not arrive.",
        lambda s: None if s.beacons is None else s.beacons.share,
    ),
    "last_heard_timestamp_seconds": ("When the last segment came.", lambda s: _stamp(s.last_heard_at)),
}


class Figures(Collector):
    """
    What Prometheus is told.

    Args:
        lake: the tables, read by nobody else at the same time.
        config: the settings.
        clock: gives the present instant.
        door: gives the door's figures, if it is in this process.
    """

    def __init__(
        self, lake: Lake, config: Config, clock: Callable[[], datetime], door: Callable[[], dict[str, float]] | None
    ) -> None:
        self._lake = lake
        self._config = config
        self._clock = clock
        self._door = door
        self._parts = Parts(lake.records.database)
        self._lock = threading.Lock()
        self._kept: tuple[datetime, list[Standing], list[dict[str, object]]] | None = None
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(self)

    def text(self) -> bytes:
        """All figures in the text form of Prometheus."""
        return generate_latest(self._registry)

    def describe(self) -> Iterable[Metric]:
        """Nothing ahead: all names follow from what there is."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Every figure as it is now."""
        yield InfoMetricFamily("isdas_hub", "This hub.", {"version": __version__})
        standings, tables = self.asked()
        yield from _sensors(standings)
        yield from _parts(self._parts.all())
        yield from _tables(tables)
        turned = CounterMetricFamily("isdas_turned_away", "Segments and requests not taken.", labels=["reason"])
        for reason, n in sorted(self._refused().items()):
            turned.add_metric([reason], n)
        yield turned
        for name, value in (self._door() if self._door else {}).items():
            if not name.startswith("turned_away_"):
                yield GaugeMetricFamily(f"isdas_door_{name}", "The door since the start of the hub.", value)

    def _refused(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for one in refused(self._lake.records.database):
            found[one.reason] = found.get(one.reason, 0) + one.count
        return found

    def asked(self) -> tuple[list[Standing], list[dict[str, object]]]:
        """How the sensors and the tables are doing, not older than a minute."""
        with self._lock:
            at = self._clock()
            if self._kept is None or abs((at - self._kept[0]).total_seconds()) >= _KEPT_S:
                self._lake.refresh()
                self._kept = at, fleet(self._lake, at, self._config), status(self._lake)
            return self._kept[1], self._kept[2]

    def now(self) -> datetime:
        """The present instant."""
        return self._clock()

    def parts(self) -> list[Part]:
        """What the parts of the hub last did."""
        return self._parts.all()


def _sensors(standings: list[Standing]) -> Iterator[Metric]:
    info = InfoMetricFamily("isdas_sensor", "Sensors.", labels=["sensor"])
    troubles = GaugeMetricFamily("isdas_sensor_trouble", "What is wrong with it.", labels=["sensor", "trouble"])
    for one in standings:
        info.add_metric([one.name], {"state": one.state, "software": one.software})
        for trouble in TROUBLES:
            troubles.add_metric([one.name, trouble], float(trouble in one.troubles))
    yield info
    yield troubles
    for name, (meaning, value_of) in _SENSOR_GAUGES.items():
        gauge = GaugeMetricFamily(f"isdas_sensor_{name}", meaning, labels=["sensor"])
        for one in standings:
            value = value_of(one)
            if value is not None:
                gauge.add_metric([one.name], float(value))
        yield gauge


def _parts(parts: list[Part]) -> Iterator[Metric]:
    runs = CounterMetricFamily("isdas_part_runs", "How often a part of the hub has run.", labels=["part"])
    failures = CounterMetricFamily("isdas_part_failures", "How often it failed.", labels=["part"])
    failing = GaugeMetricFamily("isdas_part_failing", "Whether it failed the last time.", labels=["part"])
    last = GaugeMetricFamily("isdas_part_succeeded_timestamp_seconds", "Its last success.", labels=["part"])
    seconds = GaugeMetricFamily("isdas_part_seconds", "How long that took.", labels=["part"])
    found = GaugeMetricFamily("isdas_part_found", "What it found.", labels=["part", "figure"])
    for part in parts:
        runs.add_metric([part.name], part.runs)
        failures.add_metric([part.name], part.failures)
        failing.add_metric([part.name], float(part.state == FAILING))
        seconds.add_metric([part.name], part.seconds)
        succeeded = _stamp(part.succeeded_at)
        if succeeded is not None:
            last.add_metric([part.name], succeeded)
        for figure, value in part.found.items():
            found.add_metric([part.name, figure], value)
    yield from (runs, failures, failing, last, seconds, found)


def _tables(tables: list[dict[str, object]]) -> Iterator[Metric]:
    for figure, meaning in (("rows", "Rows of a table."), ("files", "Its files."), ("bytes", "Their bytes.")):
        gauge = GaugeMetricFamily(f"isdas_table_{figure}", meaning, labels=["table"])
        for table in tables:
            gauge.add_metric([str(table["table"])], float(str(table[figure])))
        yield gauge


def _stamp(at: str | None) -> float | None:
    return None if at is None else datetime.fromisoformat(at).timestamp()
