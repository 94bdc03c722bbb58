"""Tests of isdas.hub.fleet."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from isdas.hub.config import Config
from isdas.hub.fleet import (
    CLONED,
    DRIFTING,
    FLOODED,
    FULL,
    LOSING,
    OWN_SUBNET,
    QUIET,
    SILENT,
    TROUBLES,
    Standing,
    fleet,
    standing,
)
from isdas.lake.groups import join
from isdas.lake.lake import Lake
from isdas.lake.ledger import Entry
from isdas.lake.records import Intake
from isdas.lake.refusals import add
from isdas.lake.sensors import RETIRED, WAITING, Heard, Key
from isdas.model.address import from_ipv4
from isdas.model.columns import Capability
from isdas.model.errors import NotFound
from isdas.model.packets import Packets

HOUR_US = 3_600_000_000
NOW = datetime(2026, 3, 1, 12, 10, tzinfo=UTC)
HOUR = int(NOW.timestamp()) // 3600
DAYS = 10
SPOOL = "0" * 16
ADDRESS = (203 << 24) | (113 << 8)
CONFIG = Config()


class Fleet:
    """Sensors whose segments are an hour long, so that weeks of them are quickly made."""

    def __init__(self, path: Path) -> None:
        self.lake = Lake(path)
        self.entries: list[Entry] = []
        self.batches: list[Packets] = []

    def enrol(self, name: str, **told: object) -> int:
        """An active sensor that was heard a minute ago; its number."""
        digits = f"{len(self.lake.sensors.all()):032x}"
        key = Key(digits, digits.encode(), WAITING, None, name, ("domestic",), "1.0", "2026-01-01T00:00:00Z")
        with self.lake.records.database.writing() as session:
            self.lake.sensors.wait(session, key)
        self.lake.sensors.approve(digits, "hana", replace=False)
        number = self.lake.sensors.sensor(name).number
        said = {"software": "1.2", "clock_offset_s": 0.01, "spool_bytes": 0, "spool_segments": 0, "uptime_s": 9, **told}
        self.lake.sensors.heard({number: Heard(_us(NOW - timedelta(minutes=1)), said, "192.0.2.77")})
        return number

    def hear(self, name: str, number: int, hours: Sequence[int], n: int, *, source: Any = None, **more: Any) -> None:
        """A segment for each of some hours before the present one (0 is the present one), with n packets each."""
        for back in hours:
            start = (HOUR - back) * HOUR_US
            sources = np.arange(n) * 65_537 + (10 << 24) if source is None else source
            values = {
                "time": pa.array(start + np.arange(n) * 1000, pa.timestamp("us", tz="UTC")),
                "sensor": name,
                "intake": f"segment:{name}/{SPOOL}",
                "position": (len(self.entries) << 32) + np.arange(n),
                "capabilities": int(Capability.CAPTURE),
                "ip_version": 4,
                "source_high": 0,
                "source_low": from_ipv4(sources),
                "destination_high": 0,
                "destination_low": from_ipv4(np.full(n, ADDRESS)),
                "protocol": 6,
                "port": 445,
                "kind": "scan",
                "region": "JP",
                "asn": 0,
            }
            self.batches.append(Packets.of(values, n))
            end = start + (HOUR_US if back else 600_000_000)
            one = Entry(
                number, name, SPOOL, len(self.entries), b"d" * 32, b"c" * 32, start, end, _us(NOW),
                packets=n, received=n, hours={HOUR - back: n},
            )  # fmt: skip
            self.entries.append(replace(one, **more))

    def admit(self) -> None:
        """Have everything that was sent in."""
        with self.lake.admission() as admission:
            if self.batches:
                admission.add(Packets.concat(self.batches))
            admission.finish_segments(self.entries)

    def report(self) -> dict[str, Standing]:
        """Everything sent, folded, and how each sensor is doing."""
        self.admit()
        self.lake.fold()
        return {one.name: one for one in fleet(self.lake, NOW, CONFIG)}


def _us(at: datetime) -> int:
    return round(at.timestamp() * 1e6)


@pytest.fixture
def made(tmp_path: Path) -> Fleet:
    """A fleet of nobody."""
    return Fleet(tmp_path / "data")


PAST = range(DAYS * 24, -1, -1)


def test_a_sensor_that_is_well(made: Fleet) -> None:
    """It was heard, observed everything, lost nothing and hears what it used to; nothing is wrong with it."""
    number = made.enrol("alpha")
    made.hear("alpha", number, PAST, 30)
    found = made.report()["alpha"]
    assert found.troubles == ()
    assert (found.state, found.groups, found.software) == ("active", ("domestic",), "1.2")
    assert found.coverage_day == found.coverage_week == 1.0
    assert (found.packets_day, found.dropped_day) == (25 * 30, 0)
    assert found.against is not None
    assert found.against.day.ratio == pytest.approx(1, abs=0.05)
    assert found.last_heard_at == "2026-03-01T12:09:00Z"


def test_what_is_in_is_seen_before_it_is_folded(made: Fleet) -> None:
    """Whether packets arrive is told at once, to the packet, and the same as after the fold."""
    number = made.enrol("alpha")
    made.hear("alpha", number, range(30, -1, -1), 7, dropped={"kernel": 2}, received=9)
    made.admit()
    made.lake.refresh()
    before = fleet(made.lake, NOW, CONFIG)[0]
    assert (before.packets_day, before.dropped_day, before.coverage_day) == (25 * 7, 25 * 2, 1.0)
    made.lake.fold()
    assert fleet(made.lake, NOW, CONFIG)[0] == before


@pytest.mark.parametrize(
    ("enrolled_at", "hours", "day", "week"),
    [
        # Of ten minutes it was there for all; of three hours for one and all that came since.
        ("2026-03-01T12:00:00Z", [0], 1.0, 1.0),
        ("2026-03-01T09:00:00Z", [2, 1, 0], 2 / 3, 2 / 3),
        ("2026-02-27T12:00:00Z", range(24, -1, -1), 1.0, 0.5),
        # What its spool had from before counts from when that begins.
        ("2026-03-01T12:00:00Z", [9, 0], 1 / 9, 1 / 9),
    ],
)
def test_a_new_sensor_is_judged_by_the_time_since_it_was_there(
    made: Fleet, enrolled_at: str, hours: list[int], day: float, week: float
) -> None:
    """One that has observed all of its first minutes has observed all."""
    number = made.enrol("alpha")
    with made.lake.records.database.writing() as session:
        session.connection().exec_driver_sql("UPDATE sensors SET enrolled_at = ?", (enrolled_at,))
    made.hear("alpha", number, hours, 5)
    found = made.report()["alpha"]
    assert (found.coverage_day, found.coverage_week) == (pytest.approx(day), pytest.approx(week))


def test_each_trouble_has_its_name(made: Fleet) -> None:
    """One sensor for each thing that can be wrong is named that and nothing else, and comes before who is well."""
    numbers = {name: made.enrol(name) for name in ("ok", LOSING, FLOODED, QUIET, OWN_SUBNET, CLONED, FULL, SILENT)}
    numbers[DRIFTING] = made.enrol(DRIFTING, clock_offset_s=-3600.5)
    for name, number in numbers.items():
        past = [back for back in PAST if not (name in {FLOODED, QUIET} and back < 25)]
        near = {"source": np.arange(30) + (203 << 24)} if name == OWN_SUBNET else {}
        dropped = {"dropped": {"kernel": 5}, "received": 35} if name == LOSING else {}
        lost = {"lost": [[0, 3, 4, 99, 0, 0]]} if name == FULL else {}
        made.hear(name, number, past, 30, **near, **dropped, **lost)
    made.hear(FLOODED, numbers[FLOODED], range(24, -1, -1), 600)
    made.hear(QUIET, numbers[QUIET], range(24, -1, -1), 1)
    made.lake.sensors.heard({numbers[SILENT]: Heard(_us(NOW - timedelta(minutes=16)), {})})
    add(made.lake.records.database, {(CLONED, "two-sensors-one-key", HOUR - 100): 3})
    found = made.report()
    assert {name: one.troubles for name, one in found.items()} == {
        name: () if name == "ok" else (name,) for name in numbers
    }
    assert list(found)[-1] == "ok"
    assert set(numbers) - {"ok"} == set(TROUBLES)
    assert found[FULL].evicted_day == 4 * 25


def test_who_has_retired_is_in_no_trouble(made: Fleet) -> None:
    """A sensor that is meant to be silent is not called so."""
    made.enrol("alpha")
    made.lake.sensors.end("alpha", "hana", RETIRED)
    made.lake.sensors.heard({1: Heard(0, {"clock_offset_s": 1e6})})
    found = made.report()["alpha"]
    assert (found.state, found.troubles) == ("retired", ())


def test_a_sensor_that_never_sent_is_silent_after_a_while(made: Fleet) -> None:
    """From the time on that it was enrolled, a sensor has as long as any to be heard."""
    made.enrol("alpha")
    with made.lake.records.database.writing() as session:
        session.connection().exec_driver_sql(
            "UPDATE sensors SET last_heard_at = NULL, told = '{}', enrolled_at = '2026-03-01T12:00:00Z'"
        )
    assert made.report()["alpha"].troubles == ()
    later = fleet(made.lake, NOW + timedelta(minutes=10), CONFIG)
    assert [one.troubles for one in later] == [(SILENT,)]
    assert later[0].coverage_day == 0.0


def test_what_was_sent_under_a_former_name_counts(made: Fleet) -> None:
    """A renamed sensor has its past; who asks by the old name gets it too."""
    number = made.enrol("alpha")
    made.hear("alpha", number, range(DAYS * 24, 12, -1), 30)
    made.lake.sensors.rename("alpha", "beta", "hana")
    made.hear("beta", number, range(12, -1, -1), 30)
    found = made.report()
    assert list(found) == ["beta"]
    assert found["beta"].coverage_day == 1.0
    assert found["beta"].against is not None
    assert standing(made.lake, "alpha", NOW, CONFIG) == found["beta"]
    with pytest.raises(NotFound, match="no sensor 'gamma'"):
        standing(made.lake, "gamma", NOW, CONFIG)


def test_sensors_of_files_are_listed(made: Fleet, packets_of_file: Callable[..., Packets]) -> None:
    """A sensor that is only known from files has its hours and groups; it is not silent for lack of a file."""
    with made.lake.admission() as admission:
        admission.add(packets_of_file("honeypot"))
        admission.finish(Intake("blake3:1", "x.pcap", "pcap", 5, 5))
    made.lake.fold()
    join(made.lake, "partner-x", ["honeypot"], "hana")
    found = {one.name: one for one in fleet(made.lake, NOW, CONFIG)}["honeypot"]
    assert (found.state, found.groups, found.troubles, found.packets_day) == ("files", ("partner-x",), (), 5)


@pytest.fixture
def packets_of_file() -> Callable[..., Packets]:
    """Five packets that a file tells of, in an hour of the last day."""

    def packets(sensor: str) -> Packets:
        times = ((HOUR - 5) * HOUR_US + np.arange(5) * 1_000_000).astype(np.int64)
        values = {
            "time": pa.array(times, pa.timestamp("us", tz="UTC")), "sensor": sensor, "intake": "blake3:1",
            "position": np.arange(5), "capabilities": 0, "ip_version": 4, "source_high": 0,
            "source_low": from_ipv4(np.arange(5) + (10 << 24)), "protocol": 6, "port": 445, "kind": "scan",
            "region": "JP", "asn": 0,
        }  # fmt: skip
        return Packets.of(values, 5)

    return packets


def test_no_address_is_told(made: Fleet) -> None:
    """Nothing that is printed of a sensor holds the address that it sends from or monitors."""
    made.hear("alpha", made.enrol("alpha"), range(30, -1, -1), 30)
    told = json.dumps([one.as_dict() for one in made.report().values()])
    assert "192.0.2" not in told
    assert "203.0" not in told


def test_an_empty_fleet_is_a_list(tmp_path: Path) -> None:
    """A lake without sensors has nothing to report."""
    assert fleet(Lake(tmp_path), NOW, CONFIG) == []
