"""
CAIDA FlowTuple v2 as text.
"""

import gzip
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from isdas.formats import corsaro_text
from isdas.formats.batch import Batch
from isdas.formats.context import Context
from isdas.formats.corsaro_text import read, sniff
from isdas.model.address import text
from isdas.model.packets import Packets

START = 1_615_320_000
LINE = "1.2.3.4|44.1.2.3|40000|445|6|110|0x02|48,3"


def run(number: int, *lines: str) -> str:
    """An interval of a minute with one class."""
    time = START + 60 * number
    return "\n".join([
        f"# CORSARO_INTERVAL_START {number} {time}",
        f"START flowtuple_other {len(lines)}",
        *lines,
        "END flowtuple_other",
        f"# CORSARO_INTERVAL_END {number} {time + 59}",
        "",
    ])  # fmt: skip


def taken(path: Path, content: str | bytes) -> tuple[list[dict[str, Any]], list[Batch]]:
    """The rows of a file, and all that reading it gives."""
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    batches = [work() for work in read(path, Context())]
    for batch in batches:
        batch.packets.table.validate(full=True)
        assert batch.tally.reconciles
        assert batch.tally.stored == len(batch.packets)
        assert batch.tally.refused.total() == len(batch.refusals)
    return Packets.concat(batch.packets for batch in batches).table.to_pylist(), batches


def test_lines_have_the_time_of_their_interval(tmp_path: Path) -> None:
    """Marks are no records; a line is a row with the begin of its interval, and its number as position."""
    rows, (batch,) = taken(tmp_path / "file", run(0, LINE, LINE) + run(1) + run(2, LINE))
    assert [int(row["time"].timestamp()) - START for row in rows] == [0, 0, 120]
    assert [row["position"] for row in rows] == [3, 4, 13]
    assert text(0, rows[0]["destination_low"]) == "44.1.2.3"
    assert (rows[0]["port"], rows[0]["tcp_flags"], rows[0]["packets"], batch.tally.read) == (445, 2, 3, 3)


@pytest.mark.parametrize("size", [1, 30, 100, 1000])
def test_blocks_change_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    """An interval that begins in one block holds in the next."""
    content = b"".join(run(i, *[LINE] * i).encode() for i in range(8))
    whole, _ = taken(tmp_path / "file", content)
    monkeypatch.setattr(corsaro_text, "BLOCK_BYTES", size)
    rows, batches = taken(tmp_path / "file", content)
    assert rows == whole
    assert len(batches) > len(content) // (size + 100)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("", "blank-line"),
        ("a|b", "wrong-column-count"),
        (LINE.replace("1.2.3.4", "1.2.3"), "bad-source"),
        (LINE.replace("44.1.2.3", "x.1.2.3"), "bad-destination"),
        (LINE.replace("44.1.2.3", "44.1.2.*"), "bad-destination"),
        (LINE.replace("40000", "65536"), "bad-source-port"),
        (LINE.replace("445", "many"), "bad-port"),
        (LINE.replace("|6|", "|256|"), "bad-protocol"),
        (LINE.replace("110", "?"), "bad-ttl"),
        (LINE.replace("0x02", "S"), "bad-tcp-flags"),
        (LINE.replace("48", "-"), "bad-ip-length"),
        (LINE.replace(",3", ",0"), "bad-packets"),
        (LINE.replace("40000|445|6", "256|0|1"), "bad-icmp-type"),
    ],
)
def test_bad_lines_are_refused(tmp_path: Path, line: str, reason: str) -> None:
    """A line with a masked, partial or impossible field is refused by its reason, with its number and its text."""
    rows, (batch,) = taken(tmp_path / "file", run(0, LINE, line, LINE))
    assert [row["position"] for row in rows] == [3, 5]
    assert [(each.line_number, each.reason, each.text) for each in batch.refusals] == [(4, reason, line)]


def test_tuples_outside_of_intervals_have_no_time(tmp_path: Path) -> None:
    """A line before the first interval or behind the end of one is refused."""
    rows, (batch,) = taken(tmp_path / "file", f"{LINE}\n{run(0, LINE)}{LINE}\n")
    assert len(rows) == 1
    assert batch.tally.refused == {"bad-time": 2}


def test_marks_must_begin_a_line(tmp_path: Path) -> None:
    """The word for an interval within a line begins none."""
    rows, (batch,) = taken(tmp_path / "file", run(0, "x# CORSARO_INTERVAL_START 7 9", LINE))
    assert int(rows[0]["time"].timestamp()) == START
    assert batch.tally.refused == {"wrong-column-count": 1}


def test_a_cut_file_refuses_its_last_line(tmp_path: Path) -> None:
    """Of a compressed file without its end, the line in which it breaks off is refused though it looks whole."""
    lines = [LINE.replace("40000", str(1000 + i * i % 60000)) for i in range(3000)]
    rows, (batch,) = taken(tmp_path / "file", gzip.compress(run(0, *lines).encode())[:-2000])
    assert 0 < len(rows) < 3000
    assert batch.tally.refused == {"cut-line": 1}
    assert batch.tally.warnings == {"truncated-gzip": 1}


@pytest.mark.parametrize(
    ("head", "known"),
    [
        (run(0, LINE), True),
        ("# CORSARO_VERSION 2.0\n" + run(0, LINE), True),
        (run(0, LINE).replace("\n", "\r\n"), True),
        ("# CORSARO_INTERVAL_START 0 9\n# CORSARO_INTERVAL_END 0 9\n", False),
        (run(0, LINE).replace("flowtuple", "dos"), False),
        ("x" + run(0, LINE), False),
        ("", False),
    ],
    ids=["plain", "header", "dos", "no-class", "other-plugin", "elsewhere", "empty"],
)
def test_sniffed_by_content(head: str, known: bool) -> None:
    """The marks of intervals and of classes of tuples are both needed."""
    assert sniff(head.encode()) is known


_LINES = st.sampled_from([LINE, "# CORSARO_INTERVAL_END 0 9", "# CORSARO_INTERVAL_START 1 9", "START x", ""]) | st.text(
    st.sampled_from("0123.|,x# \r"), max_size=30
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=st.lists(_LINES, max_size=20))
def test_any_lines_reconcile(tmp_path: Path, lines: list[str]) -> None:
    """Whatever the lines are, each that is no mark is one packet or one refusal."""
    _, batches = taken(tmp_path / "file", run(0, LINE, *lines))
    marks = [line for line in lines if line.startswith(("#", "START "))]
    assert sum(batch.tally.read for batch in batches) == 1 + len(lines) - len(marks)
