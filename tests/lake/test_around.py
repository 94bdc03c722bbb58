"""What else is seen of the sources of a port."""

from pathlib import Path
from zoneinfo import ZoneInfo

from isdas.lake.around import companions, known_before, ports_by_source
from isdas.lake.lake import Lake
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
