"""``isdas series``, ``isdas top`` and ``isdas graph``."""

import csv
import io
import json
import shutil
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest

from isdas.cli import figures
from isdas.enrich.kind import KINDS
from isdas.graphs.period import SPANS
from isdas.lake.groups import join
from isdas.lake.lake import Lake
from isdas.model.alert import LANGUAGES
from isdas.model.series import MEASURES

Isdas = Callable[..., Any]
PERIOD = ("--from", "2008-10-05", "--to", "2008-10-07")


def choices(annotated: Any) -> tuple[str, ...]:
    """What an option may be."""
    given = get_args(annotated)[0]
    return tuple(
        word for part in (get_args(given) or (given,)) for word in (get_args(part) or (part,)) if isinstance(word, str)
    )


def test_choices_are_those_of_the_stages() -> None:
    """What the command lets choose is what the stages behind it know."""
    assert choices(figures.Measure) == tuple(MEASURES)
    assert choices(figures.Kind) == (*KINDS, "all")
    assert choices(figures.Span) == SPANS
    assert choices(figures.Language) == LANGUAGES
    assert choices(figures.Bin) == tuple(figures.BIN_HOURS)


def test_series_as_json_has_null_for_a_gap(isdas: Isdas, filled: Path) -> None:
    """Bins are ISO instants, values stand beside coverage, and a day that nobody observed is null, not zero."""
    said = isdas("series", "--port", "445/tcp", *PERIOD, "--by", "region", "--json", "--data", filled)
    assert (said.status, said.err) == (0, "")
    told = json.loads(said.out)
    assert told.keys() >= {"bins", "series", "coverage"}
    assert told["bins"] == ["2008-10-04T15:00:00Z", "2008-10-05T15:00:00Z", "2008-10-06T15:00:00Z"]
    assert [s["key"] for s in told["series"]][:2] == ["JP", "CN"]
    for series in told["series"]:
        assert series["values"][0] is None
        assert all(isinstance(value, float) for value in series["values"][1:])
    assert told["coverage"][0] == 0
    assert told["coverage"][1] == pytest.approx(12, abs=0.5)


def test_series_as_csv_has_an_empty_field_for_a_gap(isdas: Isdas, filled: Path) -> None:
    """The same as CSV: a line per bin, an empty field where nobody observed."""
    said = isdas("series", *PERIOD, "--csv", "--data", filled)
    rows = list(csv.DictReader(io.StringIO(said.out)))
    assert [row["bin"] for row in rows] == ["2008-10-04T15:00:00Z", "2008-10-05T15:00:00Z", "2008-10-06T15:00:00Z"]
    assert rows[0]["total"] == ""
    assert float(rows[1]["total"]) > 0


def test_series_as_a_table_has_a_dash_for_a_gap(isdas: Isdas, filled: Path) -> None:
    """The same to read: local time, and a dash where nobody observed."""
    lines = isdas("series", *PERIOD, "--data", filled).out.splitlines()
    assert lines[0].split() == ["bin", "total"]
    assert lines[1].split() == ["2008-10-05", "00:00", "-"]
    assert float(lines[2].split()[2].replace(",", "")) > 0


@pytest.mark.parametrize(("width", "n_bins"), [("hour", 72), ("6h", 12), ("day", 3)])
def test_bins_have_the_width_asked_for(isdas: Isdas, filled: Path, width: str, n_bins: int) -> None:
    """An hour, six hours or a day."""
    told = json.loads(isdas("series", *PERIOD, "--bin", width, "--json", "--data", filled).out)
    assert len(told["bins"]) == n_bins


def test_measures_and_kinds_differ(isdas: Isdas, filled: Path) -> None:
    """Packets are at least sources; all kinds are at least scans; per sensor is packets over coverage."""

    def total(*arguments: str) -> float:
        told = json.loads(isdas("series", "--from", "2008-10-06", *arguments, "--json", "--data", filled).out)
        return float(sum(told["series"][0]["values"]))

    packets = total("--measure", "packets")
    assert packets > total("--measure", "sources") > 0
    assert total("--measure", "packets", "--kind", "all") > packets
    assert total() == pytest.approx(packets / 12, rel=0.05)


def syns(path: Path, numbers: list[tuple[int, int]]) -> Path:
    """A capture (raw IP) of SYNs from 198.51.100.1 on to 192.0.2.1, port 445: identification and sequence number."""
    packed = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 101)
    for i, (ident, sequence) in enumerate(numbers):
        ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 40, ident, 0, 240, 6, 0, bytes([198, 51, 100, i + 1]), b"\xc0\0\2\1")
        tcp = struct.pack(">HHIIBBHHH", 40_000, 445, sequence, 0, 0x50, 2, 65535, 0, 0)
        packed += struct.pack("<IIII", 1_225_375_200 + i, 0, 40, 40) + ip + tcp
    path.write_bytes(packed)
    return path


def test_a_log_that_cannot_show_a_tool_divides_nothing(isdas: Isdas, tmp_path: Path) -> None:
    """By tool, `of` is what could show it: a log without sequence numbers counts for zmap and not for masscan."""
    target, masscans = 192 << 24 | 2 << 8 | 1, [7, 99]
    numbers = [((target ^ 445 ^ sequence) & 0xFFFF, sequence) for sequence in masscans]
    capture = syns(tmp_path / "a.pcap", [*numbers, (54321, 5), (1, 6)])
    lines = [
        f"2008-10-30T14:0{i}:00Z tokyo kernel: IN=eth0 OUT= SRC=203.0.113.{i + 1} DST=192.0.2.1 LEN=40 TOS=0x00 "
        f"PREC=0x00 TTL=240 ID={ident} PROTO=TCP SPT=40000 DPT=445 WINDOW=65535 RES=0x00 SYN URGP=0\n"
        for i, ident in enumerate([54321, 1, 2])
    ]
    (tmp_path / "b.log").write_text("".join(lines))
    said = isdas("ingest", capture, tmp_path / "b.log", "--sensor", "tokyo", "--data", tmp_path / "data")
    assert said.status == 0
    call = ("series", "--by", "tool", "--measure", "packets", "--from", "2008-10-30", "--to", "2008-10-30")
    told = json.loads(isdas(*call, "--json", "--data", tmp_path / "data").out)
    found = {one["key"]: (one["values"], one["of"]) for one in told["series"]}
    assert found == {"masscan": ([2], [4]), "zmap": ([2], [7]), "none": ([3], [7])}


def test_top_ranks(isdas: Isdas, filled: Path) -> None:
    """The largest come first, as a table with ranks and as JSON with numbers."""
    rows = json.loads(isdas("top", "ports", "--json", "--data", filled).out)
    assert [r["packets"] for r in rows] == sorted((r["packets"] for r in rows), reverse=True)
    assert len(rows) == 10
    lines = isdas("top", "ports", "--limit", "2", "--data", filled).out.splitlines()
    assert lines[0].split() == ["rank", "ports", "packets", "per", "sensor", "sources"]
    assert lines[1].split()[:3] == ["1", rows[0]["key"], f"{rows[0]['packets']:,}"]
    assert len(lines) == 3


@pytest.mark.parametrize("what", ["regions", "sources", "as"])
def test_top_ranks_other_things(isdas: Isdas, filled: Path, what: str) -> None:
    """Regions, sources and ASes can be ranked, of one port too."""
    rows = json.loads(isdas("top", what, "--port", "445/tcp", "--json", "--data", filled).out)
    assert rows[0]["packets"] >= rows[-1]["packets"] > 0


@pytest.mark.parametrize("suffix", ["png", "svg", "csv", "json"])
def test_a_graph_is_written_in_the_form_of_its_name(isdas: Isdas, filled: Path, tmp_path: Path, suffix: str) -> None:
    """The suffix of the output says the form; folders are made; the talk names the file and the title."""
    target = tmp_path / "new" / f"figure.{suffix}"
    said = isdas("graph", "--by", "region", "--port", "445/tcp", "-o", target, "--data", filled)
    assert (said.status, said.out) == (0, "")
    assert said.err.startswith(f"{target}: ")
    assert "445/tcp" in said.err
    assert target.stat().st_size > 100


def test_a_graph_has_its_canonical_name(
    isdas: Isdas, filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without an output the file has the name under which such a figure is published; in Japanese with _ja."""
    monkeypatch.chdir(tmp_path)
    call = ("graph", "--port", "445/tcp", "--period", "quarter", "--to", "2008-10-07", "--data", filled)
    isdas(*call)
    isdas(*call, "--lang", "ja")
    assert sorted(p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*.png")) == [
        "isdas/2008/20080708-1007_445_port.png",
        "isdas/2008/20080708-1007_445_port_ja.png",
    ]


def test_keys_can_be_chosen(isdas: Isdas, filled: Path, tmp_path: Path) -> None:
    """With --keys the lines are these, in this order, and none is called other."""
    isdas("graph", "--by", "region", "--keys", "US,JP", "-o", tmp_path / "x.json", "--data", filled)
    assert [s["key"] for s in json.loads((tmp_path / "x.json").read_text())["series"]] == ["US", "JP"]


def test_a_place_that_cannot_be_written_is_one_line(isdas: Isdas, filled: Path, tmp_path: Path) -> None:
    """An output below a file is an error that names it."""
    (tmp_path / "file").touch()
    said = isdas("graph", "-o", tmp_path / "file" / "x.csv", "--data", filled)
    assert said.status == 2
    assert "x.csv cannot be written" in said.err
    assert said.err.count("\n") == 1


@pytest.fixture
def grouped(filled: Path, tmp_path: Path) -> tuple[Path, list[str]]:
    """A data directory with two of its sensors in the group domestic, and their names."""
    shutil.copytree(filled, tmp_path / "data")
    lake = Lake(tmp_path / "data")
    names = sorted(lake.ask("SELECT DISTINCT sensor FROM coverage", "coverage")["sensor"].to_pylist())[:2]
    join(lake, "domestic", names, "hana")
    return tmp_path / "data", names


def test_every_question_can_be_asked_of_a_group(isdas: Isdas, grouped: tuple[Path, list[str]], tmp_path: Path) -> None:
    """Series, ranking and figure of a group have its sensors alone; an unknown group is told with those there are."""
    data, names = grouped
    by_sensor = isdas(
        "series", "--by", "sensor", "--group", "domestic", "--measure", "packets", "--json", "--data", data
    )
    found = json.loads(by_sensor.out)
    assert sorted(s["key"] for s in found["series"]) == names
    packets = sum(v or 0 for s in found["series"] for v in s["values"])
    ranked = json.loads(isdas("top", "ports", "--limit", 1000, "--group", "domestic", "--json", "--data", data).out)
    assert sum(row["packets"] for row in ranked) == packets > 0
    picture = tmp_path / "graph.json"
    assert isdas("graph", "--group", "domestic", "-o", picture, "--data", data).status == 0
    assert json.loads(picture.read_text())["n_sensors"] == 2
    wrong = isdas("top", "ports", "--group", "foreign", "--data", data)
    assert wrong.status == 2
    assert "there are domestic" in wrong.err
    surges = isdas("surges", "--group", "domestic", "--json", "--data", data)
    assert surges.status == 0
    assert isinstance(json.loads(surges.out), list)
