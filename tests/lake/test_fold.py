"""Tests of isdas.lake.fold."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isdas.lake import fold
from isdas.lake.behind import Behind
from isdas.lake.config import Config
from isdas.lake.delta import DataFile
from isdas.lake.expire import ALWAYS
from isdas.lake.lake import Lake
from isdas.lake.pending import Pending
from isdas.lake.query import hourly_coverage
from isdas.lake.records import Statement
from isdas.lake.tables import DERIVED, NAMES
from isdas.lake.verify import verify
from isdas.model.packets import Packets
from isdas.model.time import from_micros

Make = Callable[..., Packets]
Do = Callable[..., Any]
HOUR_US = 3_600_000_000


def hour(number: int, base: int = 475_200) -> Any:
    """The start of an hour after the first of the tests, as an aware datetime."""
    return from_micros((base + number) * HOUR_US)


def test_a_rollup_has_as_many_packets_as_the_packets_table(
    lake: Lake, random_packets: Make, take: Do, rows_of: Do
) -> None:
    """The packets of sightings, counts and activity, and what coverage says was received, each add up to all."""
    take(lake, ("1", random_packets(1)), ("2", random_packets(2, sensors=("gamma",))))
    assert len(rows_of(lake, "packets")) == 600
    for name, column in (("sightings", "packets"), ("counts", "packets"), ("activity", "packets")):
        assert lake.ask(f"SELECT sum({column}) AS n FROM {name}", name).column("n").to_pylist() == [600]
    assert lake.ask("SELECT sum(received) AS n FROM coverage", "coverage").column("n").to_pylist() == [600]


def test_a_key_has_one_row(lake: Lake, random_packets: Make, take: Do) -> None:
    """No derived table has two rows of one key."""
    take(lake, ("1", random_packets(1)), ("2", random_packets(2)))
    for name in DERIVED:
        key = ", ".join(lake.table(name).spec.key)
        doubled = lake.ask(f"SELECT {key} FROM {name} GROUP BY {key} HAVING count(*) > 1", name)
        assert doubled.num_rows == 0


def test_a_sighting_says_when_and_how_many(lake: Lake, packets_of: Make, take: Do) -> None:
    """A sighting has the first and last time of its packets, their number, and that of distinct destinations."""
    targets = {"destination_high": [0, 1, 1, 2, 2], "destination_low": [7, 7, 7, 7, None]}
    packets = packets_of([0.25, 0.5, 0.125, 0.75, 0.6], capabilities=7, **targets)
    take(lake, ("1", packets))
    [row] = lake.ask("SELECT * FROM sightings", "sightings").to_pylist()
    assert (row["hour"], row["packets"], row["destinations"], row["capabilities"]) == (hour(0), 5, 3, 7)
    assert row["first_at"] == hour(0) + timedelta(minutes=7.5)
    assert row["last_at"] == hour(0) + timedelta(minutes=45)


def test_what_inputs_show_is_kept_apart(lake: Lake, packets_of: Make, take: Do) -> None:
    """A log and a capture of one sensor and hour are not mixed into what neither of them shows."""
    take(lake, ("1", packets_of([0.1, 0.2], capabilities=[8191, 8191])), ("2", packets_of([0.3], capabilities=8 | 512)))
    for name in ("sightings", "counts"):
        rows = lake.ask(f"SELECT packets, capabilities FROM {name} ORDER BY packets", name).to_pylist()
        assert rows == [{"packets": 1, "capabilities": 8 | 512}, {"packets": 2, "capabilities": 8191}]
    assert lake.ask("SELECT packets, sources FROM activity", "activity").to_pylist() == [{"packets": 3, "sources": 1}]
    assert verify(lake) == []


def test_a_source_of_two_networks_counts_once(lake: Lake, packets_of: Make, take: Do) -> None:
    """A source whose AS changes within the hour is two sightings, but one source in counts and activity."""
    take(lake, ("1", packets_of([0.1, 0.2, 0.3], source=[1, 1, 2], asn=[1, 2, 2])))
    assert lake.ask("SELECT 1 AS n FROM sightings", "sightings").num_rows == 3
    for name in ("counts", "activity"):
        assert lake.ask(f"SELECT sources, packets FROM {name}", name).to_pylist() == [{"sources": 2, "packets": 3}]


def test_a_source_at_two_sensors_counts_once_in_activity(lake: Lake, packets_of: Make, take: Do) -> None:
    """Activity has each source once over all sensors; counts have it once at each sensor."""
    take(lake, ("1", packets_of([0.1, 0.2], sensor=["alpha", "beta"])))
    assert lake.ask("SELECT sources FROM activity", "activity").column("sources").to_pylist() == [1]
    assert lake.ask("SELECT sources FROM counts", "counts").column("sources").to_pylist() == [1, 1]


def test_null_labels_are_a_group_of_their_own(lake: Lake, packets_of: Make, take: Do) -> None:
    """Packets without a region or kind are folded together like any others."""
    names = ["JP", None, None, None]
    take(lake, ("1", packets_of([0.1, 0.2, 0.3, 0.4], source=[1, 2, 3, 3], region=names, kind=names)))
    rows = lake.ask("SELECT region, sources, packets FROM activity ORDER BY packets", "activity").to_pylist()
    assert rows == [{"region": "JP", "sources": 1, "packets": 1}, {"region": None, "sources": 2, "packets": 3}]
    assert verify(lake) == []


def test_late_packets_fold_their_hours_only(lake: Lake, packets_of: Make, take: Do, rows_of: Do) -> None:
    """Packets for an old hour change the rows of that hour; those of the hours around it stay as they are."""
    take(lake, ("1", packets_of([0.5, 1.5, 2.5, 30.5])))
    before = {name: rows_of(lake, name) for name in ("sightings", "counts", "activity")}
    lake_hours = []
    take(lake, ("2", packets_of([1.75], source=9)))
    for name, rows in before.items():
        now = rows_of(lake, name)
        at = sorted(lake.table(name).spec.schema.names).index("hour")
        assert [r for r in now if r[at] != hour(1)] == [r for r in rows if r[at] != hour(1)]
        lake_hours.append({r[at] for r in now if r not in rows})
    assert all(changed == {hour(1)} for changed in lake_hours)
    assert verify(lake) == []


def test_rebuilding_changes_no_row(lake: Lake, random_packets: Make, take: Do, everything: Do) -> None:
    """Everything folded anew from the packets has the same rows as what was folded step by step."""
    for seed in (1, 2, 3):
        take(lake, (str(seed), random_packets(seed)))
    before = everything(lake)
    assert lake.fold(everything=True) == 50
    assert everything(lake) == before


def test_rebuilding_mends_a_derived_table(lake: Lake, random_packets: Make, take: Do, everything: Do) -> None:
    """Rows that were lost from a derived table come back."""
    take(lake, ("1", random_packets(1)))
    before = everything(lake)
    counts = lake.table("counts")
    counts.commit([], removes=counts.files())
    lake.table("coverage").commit([], transactions={f"{fold.PUBLISHED}counts": counts.version})
    lake.refresh()
    assert verify(lake)
    lake.fold(everything=True)
    assert everything(lake) == before


def test_nothing_new_is_nothing_to_do(lake: Lake, random_packets: Make, take: Do) -> None:
    """A second fold folds no hour and commits nothing."""
    take(lake, ("1", random_packets(1)))
    versions = lake.versions()
    assert lake.fold() == 0
    assert lake.versions() == versions


def test_progress_is_told(lake: Lake, packets_of: Make, admit: Do, monkeypatch: pytest.MonkeyPatch) -> None:
    """Batches are folded one after another and counted, with the same rows as in one."""
    monkeypatch.setattr(fold, "_BATCH_ROWS", 2)
    admit(lake, "1", packets_of([0.1, 1.1, 2.1, 2.2, 30.1]))
    told: list[tuple[int, int]] = []
    lake.fold(progress=lambda done, todo: told.append((done, todo)))
    assert told == [(done, 4) for done in (1, 2, 3, 4)]
    assert verify(lake) == []


def test_batches_hold_every_hour_once() -> None:
    """The hours of overlapping files come in order, each once, however they are cut into batches."""
    files = [
        DataFile("a", 10, np.datetime64("2024-03-01T22:10", "us"), np.datetime64("2024-03-02T01:00", "us")),
        DataFile("b", 10, np.datetime64("2024-03-01T23:00", "us"), np.datetime64("2024-03-01T23:59", "us")),
        DataFile("c", 1, np.datetime64("1969-12-31T23:10", "us"), np.datetime64("1969-12-31T23:59", "us")),
    ]
    expected = ["1969-12-31T23", "2024-03-01T22", "2024-03-01T23", "2024-03-02T00", "2024-03-02T01"]
    hours = np.concatenate([run for run, _ in fold._batches(files, files, [ALWAYS])])
    assert np.datetime_as_string(hours, "h").tolist() == expected
    assert list(fold._batches([], [], [ALWAYS])) == []
    edges = [np.datetime64("2024-03-01T23", "us"), ALWAYS, np.datetime64("2024-03-02T01", "us")]
    runs = [np.datetime_as_string(run, "h").tolist() for run, _ in fold._batches(files, files, edges)]
    assert runs == [expected[:2], expected[2:4], expected[4:]]


def test_times_at_the_edges_of_hours(lake: Lake, packets_of: Make, take: Do) -> None:
    """The first and the last microsecond of an hour belong to it, long before 1970 and long after too."""
    import pyarrow as pa

    micros = [h * HOUR_US + edge for h in (-700_000, -1, 0, 475_200, 3_000_000) for edge in (0, HOUR_US - 1)]
    packets = packets_of([0.0] * len(micros), time=pa.array(micros, pa.timestamp("us", tz="UTC")))
    take(lake, ("1", packets))
    rows = lake.ask("SELECT unix_micros(hour) AS h, packets FROM sightings ORDER BY h", "sightings").to_pylist()
    assert rows == [{"h": h * HOUR_US, "packets": 2} for h in (-700_000, -1, 0, 475_200, 3_000_000)]
    assert verify(lake) == []


def test_a_silent_sensor_that_states_its_coverage_is_covered(lake: Lake, packets_of: Make, admit: Do) -> None:
    """A file with no packets that says what it observed makes hours with nothing received, not gaps."""
    admit(lake, "1", packets_of([]), statements=(Statement("quiet", hour(0), hour(2) + timedelta(minutes=30)),))
    lake.fold()
    rows = lake.ask("SELECT * FROM coverage ORDER BY hour", "coverage").to_pylist()
    assert [(r["sensor"], r["seconds"], r["received"], r["basis"]) for r in rows] == [
        ("quiet", 3600.0, 0, "stated"),
        ("quiet", 3600.0, 0, "stated"),
        ("quiet", 1800.0, 0, "stated"),
    ]


def test_what_is_stated_overrides_what_is_inferred(lake: Lake, packets_of: Make, admit: Do) -> None:
    """Stated seconds stand for an hour even where the packets suggest others; drops go to the hour of the end."""
    statement = Statement("alpha", hour(1), hour(1) + timedelta(seconds=90.25), received=9, dropped=7)
    admit(lake, "1", packets_of([0.5, 1.01, 2.5], source=[1, 2, 3]), statements=(statement,))
    lake.fold()
    rows = lake.ask("SELECT * FROM coverage ORDER BY hour", "coverage").to_pylist()
    assert [(r["basis"], r["dropped"]) for r in rows] == [("inferred", None), ("stated", 7), ("inferred", None)]
    assert rows[1]["seconds"] == 90.25
    assert [r["received"] for r in rows] == [1, 1, 1]


def test_later_statements_change_coverage_of_old_hours(lake: Lake, packets_of: Make, admit: Do) -> None:
    """A second file that states the rest of an hour adds to the first; where they overlap it counts once."""
    first = Statement("alpha", hour(0), hour(0) + timedelta(minutes=20))
    second = Statement("alpha", hour(0) + timedelta(minutes=10), hour(0) + timedelta(minutes=50))
    for name, statement in (("1", first), ("2", second)):
        admit(lake, name, packets_of([0.1]), statements=(statement,))
        lake.fold()
    rows = lake.ask("SELECT seconds, received FROM coverage", "coverage").to_pylist()
    assert rows == [{"seconds": 3000.0, "received": 2}]


def test_new_packets_can_end_a_gap(lake: Lake, packets_of: Make, take: Do) -> None:
    """When the file of the hours in between comes late, what was a gap is observed."""
    busy = np.r_[np.arange(0, 24, 0.01), np.arange(72, 96, 0.01)]
    take(lake, ("1", packets_of(busy, source=np.arange(len(busy)))))
    assert lake.ask("SELECT 1 AS n FROM coverage", "coverage").num_rows == 48
    late = np.arange(24, 72, 0.01)
    take(lake, ("2", packets_of(late, source=np.arange(len(late)))))
    assert lake.ask("SELECT 1 AS n FROM coverage", "coverage").num_rows == 96


def test_coverage_keeps_every_edition_of_an_hour(lake: Lake, packets_of: Make, take: Do) -> None:
    """Packets of one hour labelled by two editions of a lookup: coverage names both."""
    take(lake, ("1", packets_of([0.1, 0.2], editions=["book=2", "book=1"])))
    assert lake.ask("SELECT editions FROM coverage", "coverage").column("editions").to_pylist() == ["book=1;book=2"]


def test_sparse_years_are_few_rows(lake: Lake, packets_of: Make, take: Do) -> None:
    """Packets years apart, as with a broken clock, do not fill the years between with coverage."""
    take(lake, ("1", packets_of([0.5, 100_000.5, 200_000.5, 200_001.5])))
    rows = hourly_coverage(lake, _all())
    assert rows.num_rows == 4
    assert verify(lake) == []


def _all() -> Any:
    from zoneinfo import ZoneInfo

    from isdas.model.time import Period

    return Period(hour(-10), hour(300_000), ZoneInfo("UTC"))


@settings(max_examples=6)
@given(order=st.permutations(range(4)), folded=st.lists(st.booleans(), min_size=4, max_size=4))
def test_any_order_of_arrival_gives_the_same_rows(
    order: list[int], folded: list[bool], random_packets: Make, admit: Do, everything: Do
) -> None:
    """In whatever order intakes arrive, and whenever folds happen in between, the rows are those of one fold."""
    with TemporaryDirectory() as one, TemporaryDirectory() as other:
        at_once, by_and_by = Lake(Path(one)), Lake(Path(other))
        for seed in range(4):
            admit(at_once, str(seed), random_packets(seed, 40))
        at_once.fold()
        for seed, now in zip(order, folded, strict=True):
            admit(by_and_by, str(seed), random_packets(seed, 40))
            if now:
                by_and_by.fold()
        by_and_by.fold()
        assert everything(by_and_by) == everything(at_once)
        assert verify(by_and_by) == []


def derived(lake: Lake) -> list[list[tuple[Any, ...]]]:
    """The rows of sightings, counts and activity, in order."""
    found = []
    for name in ("sightings", "counts", "activity"):
        rows = lake.ask(f"SELECT * FROM {name}", name).select(lake.table(name).spec.schema.names).to_pylist()
        found.append(sorted(tuple(map(str, row.values())) for row in rows))
    return found


def test_without_the_packets_table_the_folds_are_the_same(tmp_path: Path, random_packets: Make, take: Do) -> None:
    """Packets that are let go leave the same sightings, counts and activity, and no packets."""
    kept, slim = Lake(tmp_path / "kept"), Lake(tmp_path / "slim", Config(keep_packets=False))
    for lake in (kept, slim):
        take(lake, ("1", random_packets(1)))
    assert derived(slim) == derived(kept)
    assert slim.ask("SELECT 1 AS n FROM packets", "packets").num_rows == 0
    assert verify(slim) == []


def test_late_packets_are_put_to_hours_that_were_let_go(tmp_path: Path, random_packets: Make, take: Do) -> None:
    """Files of the same hours, one after the other, add up to what both together give but for destinations."""
    kept, slim = Lake(tmp_path / "kept"), Lake(tmp_path / "slim", Config(keep_packets=False))
    for lake in (kept, slim):
        take(lake, ("1", random_packets(1, hours=5)))
        take(lake, ("2", random_packets(2, hours=9)))
    assert derived(slim)[1:] == derived(kept)[1:]
    most = (
        "SELECT hour, sensor, port, source_low, kind, region, tool, asn, packets, {} AS d FROM sightings ORDER BY ALL"
    )
    below, exact = (lake.ask(most.format("destinations"), "sightings").to_pylist() for lake in (slim, kept))
    assert [{**row, "d": 0} for row in below] == [{**row, "d": 0} for row in exact]
    assert all(1 <= b["d"] <= e["d"] for b, e in zip(below, exact, strict=True))
    assert verify(slim) == []


def test_letting_go_twice_and_rebuilding_change_nothing(tmp_path: Path, random_packets: Make, take: Do) -> None:
    """A second fold, a rebuild and compaction leave what is there, since its packets are gone."""
    slim = Lake(tmp_path / "slim", Config(keep_packets=False))
    take(slim, ("1", random_packets(1)))
    before = derived(slim)
    slim.fold()
    slim.fold(everything=True)
    slim.compact()
    assert derived(slim) == before
    assert verify(slim) == []


def test_a_fold_cut_off_before_it_lets_go_is_not_doubled(tmp_path: Path, random_packets: Make, admit: Do) -> None:
    """Where a crash came between writing sightings and publishing them, or before letting go, all is counted once."""
    slim, kept = Lake(tmp_path / "slim", Config(keep_packets=False)), Lake(tmp_path / "kept")
    for lake in (slim, kept):
        admit(lake, "1", random_packets(1, hours=5))
        lake.fold()
        admit(lake, "2", random_packets(2, hours=5))
    folder = fold.Folder({name: slim.table(name) for name in NAMES}, slim.engine, Pending(tmp_path), threads=1)
    slim.refresh()
    new = slim.table("packets").files()
    hours = np.unique(random_packets(2, hours=5).numpy("time").astype("datetime64[h]")).astype("datetime64[us]")
    with Behind({name: slim.table(name) for name in DERIVED[:-1]}, threads=1) as behind:
        folder._fold_runs(behind, [(hours, 300.0)], new, {}, None)
    folder.fold([])
    slim.fold()
    kept.fold()
    admit(slim, "3", random_packets(3, hours=5))
    admit(kept, "3", random_packets(3, hours=5))
    slim.fold()
    kept.fold()
    assert derived(slim)[1:] == derived(kept)[1:]
    assert verify(slim) == []
