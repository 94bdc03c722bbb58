"""Tests of isdas.lake.query."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from isdas.lake import query
from isdas.lake.config import Config
from isdas.lake.fold import PUBLISHED
from isdas.lake.lake import Lake
from isdas.lake.query import (
    extent,
    hourly_coverage,
    hourly_sources,
    new_sources,
    series,
    sightings_from,
    sightings_of,
    top,
)
from isdas.lake.records import Statement
from isdas.model.errors import IsdasError
from isdas.model.packets import Packets
from isdas.model.port import Port
from isdas.model.series import MEASURES
from isdas.model.time import Period, from_micros

Make = Callable[..., Packets]
Do = Callable[..., Any]
START = from_micros(475_200 * 3_600_000_000)
SMB, HTTP, PING = Port(6, 445), Port(6, 80), Port(1, 8)


@pytest.fixture(scope="module")
def rich(tmp_path_factory: pytest.TempPathFactory, random_packets: Make, take: Do) -> Lake:
    """600 random packets of two days from three sensors."""
    lake = Lake(tmp_path_factory.mktemp("rich"), Config(threads=1))
    take(lake, ("1", random_packets(1)), ("2", random_packets(2, sensors=("beta", "gamma's"))))
    return lake


@pytest.fixture(scope="module")
def truth(random_packets: Make) -> list[dict[str, Any]]:
    """The same packets as plain rows."""
    tables = [random_packets(1), random_packets(2, sensors=("beta", "gamma's"))]
    return [row for packets in tables for row in packets.table.to_pylist()]


@pytest.fixture
def whole(period_of: Do) -> Any:
    """The three days that hold all of them."""
    return period_of("2024-03-18", "2024-03-20")


def steady(lake: Lake, packets_of: Make, admit: Do, **sensors: tuple[float, float]) -> None:
    """Sensors that hear ten packets an hour, and say so, from one hour to another."""
    for name, (first, last) in sensors.items():
        hours = np.arange(first, last, 0.1) + 0.05
        statement = Statement(name, START + timedelta(hours=first), START + timedelta(hours=last))
        admit(lake, name, packets_of(hours, source=np.arange(len(hours)), sensor=name), statements=(statement,))
    lake.fold()


KEYS: dict[str, Callable[[dict[str, Any]], str]] = {
    "total": lambda row: "total",
    "port": lambda row: str(Port(row["protocol"], row["port"])),
    "region": lambda row: row["region"],
    "sensor": lambda row: row["sensor"],
    "as": lambda row: f"AS{row['asn']}" if row["asn"] else "AS unknown",
    "tool": lambda row: "unknown" if row["tool"] is None else row["tool"] or "none",
    "kind": lambda row: row["kind"],
}


@pytest.mark.parametrize("measure", ["packets", "sources"])
@pytest.mark.parametrize("by", KEYS)
def test_series_are_the_counts_of_the_packets(
    rich: Lake, truth: list[dict[str, Any]], whole: Any, by: str, measure: str
) -> None:
    """By every key and measure, hour by hour, the values are what counting the packets by hand gives."""
    found = series(rich, whole, by=by, measure=measure, kind="all", bin_hours=1, top=9)
    expected: dict[tuple[str, int], set[Any]] = {}
    for number, row in enumerate(truth):
        hour = int((row["time"] - START) / timedelta(hours=1))
        what = number if measure == "packets" else row["source_low"]
        expected.setdefault((KEYS[by](row), hour), set()).add(what)
    for key, values in zip(found.keys, found.values, strict=True):
        seen = [len(expected.get((key, hour), ())) for hour in range(72)]
        assert np.nan_to_num(values).tolist() == seen
    assert set(found.keys) == {key for key, _ in expected}


@pytest.mark.parametrize("by", ["port", "region", "as", "tool"])
def test_other_is_what_the_named_leave(rich: Lake, whole: Any, by: str) -> None:
    """With two keys named, the rest is other, and all add up to the total in every bin."""
    found = series(rich, whole, by=by, measure="packets", kind="all", top=2)
    total = series(rich, whole, measure="packets", kind="all")
    assert found.keys[2:] == ("other",)
    assert found.values.sum(axis=0).tolist() == total.values[0].tolist()
    sums = np.nansum(found.values, axis=1)
    assert sums[0] >= sums[1]


def test_the_kind_called_other_is_not_lost(rich: Lake, truth: list[dict[str, Any]], whole: Any) -> None:
    """By kind, the kind of that name and the rest share the key other; no key comes twice."""
    for n in (1, 2, 3):
        found = series(rich, whole, by="kind", measure="packets", kind="all", top=n)
        assert len(set(found.keys)) == len(found.keys)
        assert np.nansum(found.values) == len(truth)


def test_named_keys_are_given_in_their_order(rich: Lake, truth: list[dict[str, Any]], whole: Any) -> None:
    """Keys that are asked for come as asked, without other; one that nobody has is a row of zeros."""
    found = series(rich, whole, by="region", measure="packets", kind="all", keys=("CN", "XX", "JP"))
    assert found.keys == ("CN", "XX", "JP")
    counted = [sum(row["region"] == key for row in truth) for key in found.keys]
    assert np.nansum(found.values, axis=1).tolist() == counted


def test_one_port_and_one_kind(rich: Lake, truth: list[dict[str, Any]], whole: Any) -> None:
    """A port and a kind select packets; the default kind is scan."""
    for port in (SMB, HTTP, PING):
        found = series(rich, whole, port=port, measure="packets")
        rows = [r for r in truth if (r["protocol"], r["port"], r["kind"]) == (*port, "scan")]
        assert np.nansum(found.values) == len(rows)
        assert found.port == str(port)


def test_some_sensors(rich: Lake, truth: list[dict[str, Any]], whole: Any) -> None:
    """Only the sensors asked for are counted, and only they are divided by; quotes in names do no harm."""
    for measure in MEASURES:
        found = series(rich, whole, measure=measure, kind="all", sensors=("gamma's",))
        assert found.n_sensors == 1
    found = series(rich, whole, measure="packets", kind="all", sensors=("gamma's", "nobody"))
    assert np.nansum(found.values) == sum(r["sensor"] == "gamma's" for r in truth)


@pytest.mark.parametrize("hostile", ["x' OR '1'='1", "'; DROP TABLE counts; --", 'a"b', "\\"])
def test_hostile_words_find_nothing(rich: Lake, whole: Any, hostile: str) -> None:
    """Whatever is given as a sensor, kind or key is compared, never run."""
    assert series(rich, whole, measure="packets", kind="all", sensors=(hostile,)).n_sensors == 0
    assert np.nansum(series(rich, whole, measure="packets", kind=hostile).values) == 0
    assert np.nansum(series(rich, whole, by="region", measure="packets", keys=(hostile,)).values) == 0
    assert np.isnan(series(rich, whole, by="sensor", keys=(hostile,)).values).all()
    for refused in ({"by": hostile}, {"measure": hostile}):
        with pytest.raises(IsdasError):
            series(rich, whole, **refused)
    with pytest.raises(IsdasError):
        top(rich, hostile, whole)


def test_unknown_words_are_told_with_those_there_are(lake: Lake, whole: Any) -> None:
    """A wrong key, measure or ranking is refused with the right ones, on an empty lake too."""
    with pytest.raises(IsdasError, match=r"cannot tell 'colour' apart; there are total, port, sensor, .*region"):
        series(lake, whole, by="colour")
    with pytest.raises(IsdasError, match=r"no measure 'bytes'; there are packets-per-sensor"):
        series(lake, whole, measure="bytes")
    with pytest.raises(IsdasError, match=r"no measure 'bytes'"):
        top(lake, "ports", whole, measure="bytes")
    with pytest.raises(IsdasError, match=r"cannot rank 'tools'; there are ports"):
        top(lake, "tools", whole)


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("by", [*KEYS, "scanner", "editions"])
def test_an_empty_lake_is_all_gap(lake: Lake, whole: Any, by: str, measure: str) -> None:
    """Without data every bin is a gap, by any key and measure."""
    found = series(lake, whole, by=by, measure=measure)
    assert found.gaps.all()
    assert np.isnan(found.values).all()
    assert found.n_sensors == 0


def test_an_empty_lake_answers_everything(lake: Lake, whole: Any) -> None:
    """The other questions have empty answers."""
    assert extent(lake) is None
    assert hourly_sources(lake, whole).num_rows == hourly_coverage(lake, whole).num_rows == 0
    assert sightings_of(lake, SMB, whole).num_rows == 0
    assert [top(lake, what, whole) for what in ("ports", "regions", "sources", "as")] == [[]] * 4


def test_a_silent_port_is_zero_where_somebody_observed(lake: Lake, packets_of: Make, admit: Do, period_of: Do) -> None:
    """A port that nobody knocked on is a row of zeros while sensors observe, and a gap when none does."""
    steady(lake, packets_of, admit, alpha=(0, 24), beta=(0, 30))
    for measure in MEASURES:
        found = series(lake, period_of("2024-03-17", "2024-03-19"), port=Port(6, 9999), measure=measure)
        assert found.as_dict()["series"] == [{"key": "total", "values": [None, 0.0, 0.0]}]
    found = series(lake, period_of("2024-03-18", "2024-03-19"), by="sensor", port=Port(6, 9999))
    assert found.keys == ("alpha", "beta")
    assert found.as_dict()["series"][0] == {"key": "alpha", "values": [0.0, None]}  # type: ignore[index]


def test_a_sensor_that_comes_and_one_that_goes_change_no_mean(
    lake: Lake, packets_of: Make, admit: Do, period_of: Do
) -> None:
    """Sensors that each hear ten packets an hour: 240 a day per sensor, whoever observed for how long."""
    steady(lake, packets_of, admit, alpha=(0, 96), joins=(31, 96), leaves=(0, 55), short=(50, 52))
    found = series(lake, period_of("2024-03-18", "2024-03-21"))
    assert np.allclose(found.values, 240)
    assert np.allclose(found.coverage, [2, 2 + 17 / 24, 2 + 9 / 24, 2])
    hourly = series(lake, period_of("2024-03-18", "2024-03-21"), bin_hours=1)
    assert np.allclose(hourly.values, 10)
    assert found.n_sensors == 4


def test_a_gap_is_null_and_lowers_nothing(lake: Lake, packets_of: Make, admit: Do, period_of: Do) -> None:
    """An outage of 38 hours: hours in it are null, the days at its ends are as high as any other day."""
    steady(lake, packets_of, admit, alpha=(0, 34), again=(72, 96))
    hourly = series(lake, period_of("2024-03-18", "2024-03-21"), bin_hours=1)
    assert np.isnan(hourly.values[0, 34:72]).all()
    assert np.allclose(np.delete(hourly.values[0], np.s_[34:72]), 10)
    daily = series(lake, period_of("2024-03-18", "2024-03-21"))
    assert np.allclose(daily.values[0, [0, 1, 3]], 240)
    assert np.isnan(daily.values[0, 2])
    by_sensor = series(lake, period_of("2024-03-18", "2024-03-21"), by="sensor")
    assert np.allclose(np.nan_to_num(by_sensor.values, nan=-1), [[240, 240, -1, -1], [-1, -1, -1, 240]])


def test_a_moment_is_not_blown_up_to_a_day(lake: Lake, packets_of: Make, admit: Do, period_of: Do) -> None:
    """Ten packets in the one hour that anybody observed are at most four times as many a day, not 24 times."""
    steady(lake, packets_of, admit, alpha=(0, 1))
    assert series(lake, period_of("2024-03-18", "2024-03-18")).values.tolist() == [[40.0]]


def test_sensors_without_scans_are_listed(lake: Lake, packets_of: Make, admit: Do, period_of: Do) -> None:
    """By sensor, every sensor that observed is there: the busiest first, silent ones as zeros after them."""
    steady(lake, packets_of, admit, alpha=(0, 12), busy=(0, 24))
    quiet = Statement("quiet", START, START + timedelta(hours=24))
    admit(lake, "q", packets_of([]), statements=(quiet,))
    lake.fold()
    found = series(lake, period_of("2024-03-18", "2024-03-18"), by="sensor", measure="packets", top=1)
    assert (found.keys, found.values[:, 0].tolist()) == (("busy", "alpha", "quiet"), [240.0, 120.0, 0.0])


def test_bounds_within_an_hour_take_the_whole_hour(lake: Lake, packets_of: Make, admit: Do, period_of: Do) -> None:
    """A period from 01:30 to 03:30 has the hours from 01:00 to 04:00, in counts and in coverage."""
    steady(lake, packets_of, admit, alpha=(0, 24))
    period = period_of("2024-03-18T01:30", "2024-03-18T03:30")
    found = series(lake, period, measure="packets", bin_hours=1)
    assert (found.values.tolist(), found.coverage.tolist()) == ([[10.0] * 3], [1.0] * 3)
    [ranked] = top(lake, "ports", period)
    assert (ranked["packets"], ranked["packets-per-sensor"], ranked["sources"]) == (30, 30.0, 30)


@pytest.mark.parametrize("zone", ["Asia/Kolkata", "America/St_Johns", "Asia/Kathmandu", "Australia/Lord_Howe"])
def test_zones_off_the_hour_lose_and_double_nothing(
    lake: Lake, packets_of: Make, admit: Do, period_of: Do, zone: str
) -> None:
    """Where midnight is no whole hour of UTC, each hour is in one day and no other."""
    steady(lake, packets_of, admit, alpha=(-48, 96))
    found = series(lake, period_of("2024-03-18", "2024-03-19", zone), measure="packets")
    assert found.values.tolist() == [[240.0, 240.0]]
    assert found.coverage.tolist() == [1.0, 1.0]


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [("2024-03-30", "2024-04-01", 71), ("2024-10-26", "2024-10-28", 73)],
    ids=["spring", "autumn"],
)
def test_a_change_of_the_clock_keeps_every_hour(
    tmp_path: Path, packets_of: Make, take: Do, period_of: Do, start: str, end: str, hours: int
) -> None:
    """Over a change to or from summer time no hour is lost or doubled, and every day is a day of the zone."""
    period = period_of(start, end, "Europe/Berlin")
    first = (period.start - START) / timedelta(hours=1)
    lake = Lake(tmp_path)
    times = np.arange(first - 30, first + 130, 0.1) + 0.05
    take(lake, ("1", packets_of(times, source=np.arange(len(times)))))
    found = series(lake, period, measure="packets")
    assert found.values.tolist() == [[240.0, 10.0 * (hours - 48), 240.0]]
    assert found.coverage.tolist() == [1.0, 1.0, 1.0]


def test_a_quarter_over_several_files(lake: Lake, packets_of: Make, take: Do, period_of: Do) -> None:
    """Packets of four months in many files: every day has its own, in days and in hours."""
    for month in range(4):
        take(lake, (str(month), packets_of(np.arange(0, 720, 6) + 0.5 + 720 * month, source=np.arange(120))))
    period = period_of("2024-03-18", "2024-07-15")
    daily = series(lake, period, measure="packets").values[0]
    assert daily.tolist() == [4.0] * 120
    hourly = series(lake, period, measure="packets", bin_hours=1).values[0]
    assert np.nansum(hourly) == 480


def test_top_ranks_by_packets_or_sources(rich: Lake, truth: list[dict[str, Any]], whole: Any) -> None:
    """All four rankings list the largest first, with packets and distinct sources counted by hand."""
    from isdas.model.address import text

    keys = {**KEYS, "source": lambda row: text(row["source_high"], row["source_low"])}
    for what, by in (("ports", "port"), ("regions", "region"), ("as", "as"), ("sources", "source")):
        for measure in MEASURES:
            ranked = top(rich, what, whole, measure=measure, kind="all", limit=2)
            assert len(ranked) == 2
            order = "sources" if measure == "sources" else "packets"
            assert ranked[0][order] >= ranked[1][order]  # type: ignore[operator]
            for row in ranked:
                mine = [r for r in truth if keys[by](r) == row["key"]]
                sources = {r["source_low"] for r in mine}
                assert (row["packets"], row["sources"]) == (len(mine), len(sources))


def test_top_extrapolates_no_further_than_series(lake: Lake, packets_of: Make, take: Do, period_of: Do) -> None:
    """A port of a day of which little was observed has the packets per sensor that the series has for that day."""
    take(lake, ("1", packets_of([1.0, 1.01, 1.02])))
    period = period_of("2024-03-18", "2024-03-18")
    [row] = top(lake, "ports", period, port=SMB)
    [line] = series(lake, period, port=SMB, bin_hours=24).values
    assert row["packets-per-sensor"] == line[0] == 12


def test_top_divides_by_the_sensors_of_the_period(lake: Lake, packets_of: Make, admit: Do, period_of: Do) -> None:
    """Two sensors, one of them for half of the two days: packets per sensor are those of a whole one."""
    steady(lake, packets_of, admit, alpha=(0, 48), beta=(0, 24))
    [row] = top(lake, "ports", period_of("2024-03-18", "2024-03-19"), port=SMB)
    assert (row["key"], row["packets"], row["packets-per-sensor"]) == ("445/tcp", 720, 480.0)


def test_ipv6_sources_have_their_notation(lake: Lake, packets_of: Make, take: Do, period_of: Do) -> None:
    """IPv6 sources that differ in the upper half only are two, written as people write them."""
    packets = packets_of(
        [0.1, 0.2, 0.3], source_high=[0x20010DB8 << 32, 0x20010DB8 << 32 | 1, -1], source_low=1, ip_version=6
    )
    take(lake, ("1", packets))
    ranked = top(lake, "sources", period_of("2024-03-18", "2024-03-18"))
    assert {row["key"] for row in ranked} == {"2001:db8::1", "2001:db8:0:1::1", "ffff:ffff:ffff:ffff::1"}
    assert series(lake, period_of("2024-03-18", "2024-03-18"), measure="sources").values.tolist() == [[3.0]]


def test_sketches_answer_where_sightings_are_gone(lake: Lake, packets_of: Make, take: Do, period_of: Do) -> None:
    """Sources of a day and of a week, counted from sketches, are those of sightings within the sketch's error."""
    rng = np.random.default_rng(5)
    hours, sources = rng.random(30_000) * 72, rng.integers(0, 4000, 30_000)
    regions = ["JP" if s % 4 else "CN" for s in sources.tolist()]
    take(lake, ("1", packets_of(hours, source=sources, region=regions)))
    period = period_of("2024-03-18", "2024-03-20")

    def ask(**named: Any) -> Any:
        return series(lake, period, measure="sources", **named).values

    exact = {"hour": ask(bin_hours=1), "day": ask(), "all": ask(bin_hours=72), "region": ask(by="region")}
    sightings = lake.table("sightings")
    sightings.commit([], removes=sightings.files()[:1])
    lake.table("coverage").commit([], transactions={f"{PUBLISHED}sightings": sightings.version})
    lake.refresh()
    assert not lake.reaches("sightings", period.start)
    assert np.allclose(ask(bin_hours=1), exact["hour"], rtol=0.25)
    assert np.allclose(ask(), exact["day"], rtol=0.25)
    assert np.allclose(ask(bin_hours=72), exact["all"], rtol=0.25)
    assert np.allclose(ask(by="region"), exact["region"], rtol=0.25)
    assert not np.array_equal(ask(), exact["day"])


def test_small_numbers_from_sketches_are_exact(lake: Lake, packets_of: Make, take: Do, period_of: Do) -> None:
    """Below the size of a sketch, sources over any bins are exact without the sightings."""
    take(lake, ("1", packets_of([0.1, 1.1, 1.2, 25.1], source=[1, 1, 2, 1], region=["JP", "JP", "CN", "JP"])))
    sightings = lake.table("sightings")
    sightings.commit([], removes=[min(sightings.files(), key=lambda f: f.low)])
    lake.table("coverage").commit([], transactions={f"{PUBLISHED}sightings": sightings.version})
    lake.refresh()
    period = period_of("2024-03-18", "2024-03-19")
    assert series(lake, period, measure="sources").values.tolist() == [[2.0, 1.0]]
    assert series(lake, period, measure="sources", bin_hours=48).values.tolist() == [[2.0]]
    by_port = series(lake, period, measure="sources", by="port")
    assert (by_port.keys, by_port.values.tolist()) == (("445/tcp",), [[2.0, 1.0]])


def test_hourly_sources_are_distinct_over_sensors(rich: Lake, truth: list[dict[str, Any]], whole: Any) -> None:
    """By hour and port: the distinct scan sources of all sensors."""
    found = hourly_sources(rich, whole)
    expected: dict[tuple[int, int, int], set[Any]] = {}
    for row in truth:
        if row["kind"] == "scan":
            hour = int((row["time"] - START) / timedelta(hours=1)) + 475_200
            # Each region of a source is a row of its own.
            expected.setdefault((hour, row["protocol"], row["port"]), set()).add((row["source_low"], row["region"]))
    rows = {(r["hour_us"] // 3_600_000_000, r["protocol"], r["port"]): r["sources"] for r in found.to_pylist()}
    assert rows == {key: len(sources) for key, sources in expected.items()}


def test_every_question_can_be_asked_of_some_sensors(rich: Lake, truth: list[dict[str, Any]], whole: Any) -> None:
    """Ranking, hourly sources, coverage and sightings are those of the sensors alone, as if there were no others."""
    only = ("beta", "gamma's")
    mine = [row for row in truth if row["sensor"] in only]
    ranked = top(rich, "ports", whole, kind="all", sensors=only)
    assert {r["key"]: r["packets"] for r in ranked} == dict(Counter(KEYS["port"](row) for row in mine))
    assert sum(r["sources"] for r in ranked) < sum(r["sources"] for r in top(rich, "ports", whole, kind="all"))  # type: ignore[misc]
    pairs: dict[tuple[int, int, int], set[Any]] = {}
    for row in (row for row in mine if row["kind"] == "scan"):
        hour = int((row["time"] - START) / timedelta(hours=1)) + 475_200
        pairs.setdefault((hour, row["protocol"], row["port"]), set()).add((row["source_high"], row["source_low"]))
    found = hourly_sources(rich, whole, sensors=only).to_pylist()
    assert {(r["hour_us"] // 3_600_000_000, r["protocol"], r["port"]): r["sources"] for r in found} == {
        key: len(sources) for key, sources in pairs.items()
    }
    assert set(hourly_coverage(rich, whole, sensors=only)["sensor"].to_pylist()) == set(only)
    assert set(sightings_of(rich, PING, whole, sensors=only)["sensor"].to_pylist()) == set(only)


@pytest.mark.parametrize("only", [(), ("beta", "gamma's")])
def test_new_sources_are_those_not_seen_for_hours(
    rich: Lake, truth: list[dict[str, Any]], whole: Any, only: tuple[str, ...]
) -> None:
    """By hour, port and sensor: scan sources that the port had not seen in the six hours before."""
    seen: dict[tuple[int, int, int, int], set[str]] = {}
    for row in truth:
        if row["kind"] == "scan" and (not only or row["sensor"] in only):
            hour = int((row["time"] - START) / timedelta(hours=1)) + 475_200
            seen.setdefault((row["protocol"], row["port"], row["source_low"], hour), set()).add(row["sensor"])
    expected: Counter[tuple[int, int, int, str | None]] = Counter()
    later = Period(START + timedelta(hours=10), whole.end, whole.zone)
    for (protocol, port, source, hour), sensors in seen.items():
        again = any((protocol, port, source, hour - n) in seen for n in range(1, 7))
        if hour >= 475_210 and not again:
            expected[hour, protocol, port, next(iter(sensors)) if len(sensors) == 1 else None] += 1
    rows = new_sources(rich, later, 6, sensors=only).to_pylist()
    found = {(r["hour_us"] // 3_600_000_000, r["protocol"], r["port"], r["sensor"]): r["sources"] for r in rows}
    assert found == expected
    assert any(sensor is None for *_, sensor in found)
    assert sum(found.values()) < sum(hour >= 475_210 for *_, hour in seen)
    others = [tuple(row.values()) for row in rows if (row["protocol"], row["port"]) not in {SMB, PING}]
    some = new_sources(rich, later, 6, sensors=only, without=[SMB, PING]).to_pylist()
    assert sorted(map(str, others)) == sorted(str(tuple(row.values())) for row in some)
    assert 0 < len(some) < len(rows)


def test_sightings_are_kept_from_some_hour_on(lake: Lake, packets_of: Make, take: Do) -> None:
    """None while none was let go; then the first hour of what is left."""
    take(lake, ("1", packets_of([0.5, 24.5, 48.5])))
    assert sightings_from(lake) is None
    sightings = lake.table("sightings")
    sightings.commit([], removes=[min(sightings.files(), key=lambda f: f.low)])
    lake.table("coverage").commit([], transactions={f"{PUBLISHED}sightings": sightings.version})
    lake.refresh()
    assert sightings_from(lake) == np.datetime64(START.replace(tzinfo=None), "h") + 24


def test_sightings_of_a_port(rich: Lake, truth: list[dict[str, Any]], whole: Any) -> None:
    """All sightings of one port, every kind, with their packets."""
    found = sightings_of(rich, PING, whole)
    assert set(zip(found["protocol"].to_pylist(), found["port"].to_pylist(), strict=True)) == {PING}
    assert sum(found["packets"].to_pylist()) == sum((r["protocol"], r["port"]) == PING for r in truth)
    assert set(found["kind"].to_pylist()) == {"scan", "backscatter", "other"}


def test_the_extent_is_first_and_last_hour(lake: Lake, packets_of: Make, take: Do) -> None:
    """The first and the last hour that anybody observed."""
    take(lake, ("1", packets_of([0.1, 700.9])))
    found = extent(lake)
    assert found is not None
    assert [str(t.astype("datetime64[h]")) for t in found] == ["2024-03-18T00", "2024-04-16T04"]


def test_a_series_names_what_it_was_made_from(rich: Lake, whole: Any) -> None:
    """Table versions and editions of the lookups come with the figures."""
    basis = series(rich, whole).basis
    assert basis.versions == rich.versions()
    assert basis.editions == {"book": "1"}
    assert basis.inferred == 1.0


def test_threads_get_the_same_answers(rich: Lake, whole: Any) -> None:
    """Many questions from many threads at once are answered as one after another."""
    asked: list[dict[str, Any]] = [{"by": by, "measure": measure} for by in KEYS for measure in MEASURES]
    expected = [series(rich, whole, **named).as_dict() for named in asked]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda named: series(rich, whole, **named).as_dict(), asked * 3)) == expected * 3


def test_the_smallest_table_answers(lake: Lake, packets_of: Make, take: Do, period_of: Do) -> None:
    """Packets by lasting keys come from counts, with every sightings file gone; by AS they need sightings."""
    take(lake, ("1", packets_of([0.1])))
    for path in lake.table("sightings").path.rglob("*.parquet"):
        path.unlink()
    for by in ("total", "port", "region", "sensor", "tool", "kind", "editions"):
        assert series(lake, period_of("2024-03-18", "2024-03-18"), by=by).values.size == 1
    with pytest.raises(IsdasError):
        series(lake, period_of("2024-03-18", "2024-03-18"), by="as")


def test_other_is_a_word_for_the_rest() -> None:
    """The key of the rest is what figures know it by."""
    assert query.OTHER == "other"
