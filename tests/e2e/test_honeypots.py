"""Four months of nine honeypots' logs of 2013, as they are."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

Isdas = Callable[..., Any]
ROWS = 252_702


def test_every_row_is_accounted_for(isdas: Isdas, tmp_path: Path, shared: Path) -> None:
    """All 252,702 rows are read and stored, a second run adds nothing, and May 2013 is led by SQL Server's port."""
    logs, data = shared / "series" / "honeypots-2013", ("--data", tmp_path)
    first = isdas("ingest", logs, "--json", *data)
    account = json.loads(first.out)
    assert first.status == 0, first.err
    assert (account["read"], account["stored"], account["refused"]) == (ROWS, ROWS, {})
    assert account["files"]["taken"] == 1

    again = json.loads(isdas("ingest", logs, "--json", *data).out)
    assert (again["read"], again["stored"], again["files"]["known"]) == (0, 0, 1)
    verified = json.loads(isdas("lake", "verify", "--json", *data).out)
    assert verified["differences"] == []

    may = ("--from", "2013-05-01", "--to", "2013-05-31")
    ports = json.loads(isdas("top", "ports", *may, "--json", *data).out)
    assert ports[0]["key"] == "1433/tcp"
    assert {"3389/tcp", "445/tcp"} < {row["key"] for row in ports}
    sensors = json.loads(isdas("series", *may, "--by", "sensor", "--json", *data).out)
    assert len(sensors["series"]) == 9
    regions = json.loads(isdas("top", "regions", *may, "--json", *data).out)
    assert {"CN", "US"} < {row["key"] for row in regions[:5]}
