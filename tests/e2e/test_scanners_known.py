"""Packets of a registered network, from a log of lines to figures by scanner."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

Isdas = Callable[..., Any]
REGISTER = """edition = "test"

[[scanner]]
name = "survey"
networks = ["198.51.100.0/25"]

[[scanner]]
name = "probe"
class = "disputed"
from = 2024-05-02
networks = ["198.51.100.128/25"]
"""


def test_figures_by_scanner(isdas: Isdas, tmp_path: Path) -> None:
    """
    Packets count under the scanner that the register has at their time, and the series says nothing of its own.

    Of two days with one packet each from a survey, a probe that is registered from the second day on, and somebody
    else, the survey has two, the probe one, and nobody three.
    """
    lines = [
        f"2024-05-0{day}T12:00:0{i}+00:00 gate kernel: IN=eth0 OUT= SRC={source} DST=192.0.2.1 LEN=40 TTL=50 ID=7 "
        f"PROTO=TCP SPT=40000 DPT=443 WINDOW=1024 RES=0x00 SYN URGP=0\n"
        for day in (1, 2)
        for i, source in enumerate(("198.51.100.7", "198.51.100.200", "203.0.113.5"))
    ]
    (tmp_path / "gate.log").write_text("".join(lines))
    (tmp_path / "mine.toml").write_text(REGISTER)
    data = tmp_path / "data"
    data.mkdir()
    (data / "isdas.toml").write_text(f'[enrich]\nscanner_register = "{tmp_path / "mine.toml"}"\n')
    account = json.loads(isdas("ingest", tmp_path / "gate.log", "--json", "--data", data).out)
    assert (account["read"], account["stored"]) == (6, 6)

    assert _counts(isdas, data, "scanner") == {"survey": 2, "probe": 1, "none": 3}
    assert _counts(isdas, data, "scanner_class") == {"acknowledged": 2, "disputed": 1, "none": 3}
    (edition,) = _counts(isdas, data, "editions")
    assert "scanners=mine@test-" in edition
    assert edition.split(";") == sorted(edition.split(";"))


def _counts(isdas: Isdas, data: Path, by: str) -> dict[str, int]:
    said = isdas("series", "--by", by, "--measure", "packets", "--kind", "all", "--json", "--data", data)
    assert said.status == 0, said.err
    series = json.loads(said.out)["series"]
    return {one["key"]: round(sum(value or 0 for value in one["values"])) for one in series}
