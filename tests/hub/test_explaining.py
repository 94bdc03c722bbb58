"""What explains a surge, from all tables."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from conftest import a_surge

from isdas.alerts.config import Config as AlertsConfig
from isdas.hub.explaining import complete
from isdas.lake.around import companions, known_before, ports_by_source
from isdas.lake.lake import Lake
from isdas.model.explanation import Explanation
from isdas.model.port import Port
from isdas.model.time import Period

TOKYO = ZoneInfo("Asia/Tokyo")
DATA = Period.parse("2008-10-06", "2008-10-07", TOKYO)
SMB = Port.parse("445/tcp")


def test_companions_are_the_other_ports_of_the_same_sources(filled: Path) -> None:
    """Counted as written down, and never more than all sources."""
    lake = Lake(filled)
    found, n = companions(lake, SMB, DATA)
    rows = lake.ask("SELECT source_low, protocol, port, kind FROM sightings", "sightings").to_pylist()
    scans = [row for row in rows if row["kind"] == "scan"]
    mine = {row["source_low"] for row in scans if (row["protocol"], row["port"]) == SMB}
    assert n == len(mine)
    for port, sources in found.items():
        assert port != SMB
        assert sources == len({r["source_low"] for r in scans if (r["protocol"], r["port"]) == port} & mine)
    few = list(found)[-1:]
    assert companions(lake, SMB, DATA, only=few)[0] == {port: found[port] for port in few}


def test_known_sources_are_those_seen_before_on_any_port(filled: Path) -> None:
    """New and known are all that scan the port."""
    lake = Lake(filled)
    second = Period.parse("2008-10-07", "2008-10-07", TOKYO)
    first = Period.parse("2008-10-06", "2008-10-06", TOKYO)
    new, known = known_before(lake, SMB, second, first)
    assert new + known == companions(lake, SMB, second)[1]
    assert known_before(lake, SMB, second, second) == (0, new + known)


def test_breadth_counts_ports(filled: Path) -> None:
    """Every source of the port has at least that port."""
    rows = ports_by_source(Lake(filled), SMB, DATA).to_pylist()
    assert len(rows) == companions(Lake(filled), SMB, DATA)[1]
    assert min(row["ports"] for row in rows) == 1


def test_a_surge_is_completed(filled: Path) -> None:
    """Systems, new sources and candidates published before it; nothing of what was found in sightings is lost."""
    surge = a_surge(explanation=Explanation(packets_per_source=3.0))
    done = complete(Lake(filled), [surge], DATA, AlertsConfig(zone="Asia/Tokyo"))[0]
    found = done.explanation
    assert found is not None
    assert found.packets_per_source == 3.0
    assert found.new_sources is not None
    assert found.candidates
    assert all(one.published < "2008-10-08" for one in found.candidates)
    assert all(one.against for one in found.candidates)
    assert all(0.0 <= mix.excess <= 1.0 for mix in found.systems)
    assert replace(done, explanation=surge.explanation) == surge


def test_what_was_found_out_outlives_the_packets(tmp_path: Path, filled: Path) -> None:
    """A surge looked into again a week later keeps what its packets told; one just detected is looked into anew."""
    surge = a_surge()
    first = complete(Lake(filled), [surge], DATA, AlertsConfig())[0]
    later = replace(DATA, end=datetime(2008, 11, 1, tzinfo=UTC))
    empty = Lake(tmp_path)
    again = complete(empty, [surge], later, AlertsConfig(), [first])[0]
    assert first.explanation is not None
    assert again.explanation is not None
    assert again.explanation.systems == first.explanation.systems
    assert again.explanation.new_sources == first.explanation.new_sources
    soon = replace(DATA, end=surge.detected_at + timedelta(hours=1))
    assert complete(empty, [surge], soon, AlertsConfig(), [first])[0].explanation.new_sources == 0  # type: ignore[union-attr]


@pytest.mark.parametrize("verdict", ["backscatter", "spoofed", "artefact", "single-source"])
def test_what_is_no_threat_has_no_cause(filled: Path, verdict: str) -> None:
    """No vulnerability is named for what is not about the port."""
    done = complete(Lake(filled), [a_surge(verdict=verdict)], DATA, AlertsConfig())[0]
    assert done.explanation is not None
    assert done.explanation.candidates == ()
