"""What each source of a day scanned, from the sightings."""

from datetime import date
from pathlib import Path

from isdas.lake.daily_sources import PORTS_EACH, daily_sources, utc_day
from isdas.lake.lake import Lake

DAY = date(2008, 10, 6)


def test_sources_and_pairs_are_those_of_the_sightings(filled: Path) -> None:
    """Packets, hours and ports of every scanning source as counted plainly, and each of its ports once."""
    lake = Lake(filled)
    sources, pairs = daily_sources(lake, DAY)
    period = utc_day(DAY)
    rows = lake.ask("SELECT unix_micros(hour) AS at, * FROM sightings WHERE kind = 'scan'", "sightings").to_pylist()
    low, high = (round(t.timestamp() * 1e6) for t in (period.start, period.end))
    mine = [row for row in rows if low <= row["at"] < high]
    by_source: dict[tuple[int, int], list[dict[str, int]]] = {}
    for row in mine:
        by_source.setdefault((row["source_high"], row["source_low"]), []).append(row)
    told = sources.to_pylist()
    assert [(row["source_high"], row["source_low"]) for row in told] == sorted(by_source)
    scanned: dict[int, set[tuple[int, int]]] = {}
    for pair in pairs.to_pylist():
        scanned.setdefault(pair["visitor"], set()).add((pair["protocol"], pair["port"]))
    assert sum(len(ports) for ports in scanned.values()) == pairs.num_rows
    for place, row in enumerate(told):
        seen = by_source[row["source_high"], row["source_low"]]
        ports = {(each["protocol"], each["port"]) for each in seen}
        assert row["packets"] == sum(each["packets"] for each in seen)
        assert row["hours"] == len({each["at"] for each in seen})
        assert row["ports"] == len(ports)
        assert scanned[place] <= ports
        assert len(scanned[place]) == min(len(ports), PORTS_EACH)


def test_a_day_without_sightings_is_empty(filled: Path) -> None:
    """No sources and no pairs, and no error."""
    sources, pairs = daily_sources(Lake(filled), date(2001, 1, 1))
    assert sources.num_rows == pairs.num_rows == 0
