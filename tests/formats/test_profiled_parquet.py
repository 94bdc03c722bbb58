"""
Parquet to Packets by a column profile.
"""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from isdas.formats import profiled_parquet
from isdas.formats.batch import Refusal
from isdas.formats.profile import Profile, TimeColumn
from isdas.formats.profiled_parquet import read_parquet
from isdas.model.errors import InputRefused
from isdas.model.packets import Packets
from isdas.model.tally import Tally

WHEN = datetime(2013, 5, 1, tzinfo=UTC)


def table(n: int = 4, **changes: Any) -> pa.Table:
    """A table of good rows with typed values; *changes* replace columns."""
    columns: dict[str, Any] = {
        "when": pa.array([WHEN] * n, pa.timestamp("us", "UTC")),
        "src": ["192.0.2.1"] * n,
        "proto": pa.array(["tcp"] * n).dictionary_encode(),
        "sensor": ["tokyo"] * n,
        "dport": pa.array([445] * n, pa.uint16()),
        "sport": pa.array([6000.0] * n),
        "type": pa.nulls(n),
        "ttl": pa.array([110] * n, pa.int8()),
    }
    return pa.table({**columns, **changes})


@pytest.fixture
def take_parquet(tmp_path: Path, profile: Profile) -> Any:
    """Write and read a table: the rows, the tally and the refusals of all batches."""

    def _take(
        content: pa.Table | bytes, by: Profile = profile, group: int | None = None
    ) -> tuple[list[dict[str, Any]], Tally, list[Refusal]]:
        path = tmp_path / "file.parquet"
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            pq.write_table(content, path, row_group_size=group, write_page_checksum=True)
        batches = [work() for work in read_parquet(path, by)]
        tally = Tally()
        for batch in batches:
            batch.packets.table.validate(full=True)
            assert batch.tally.reconciles
            assert batch.tally.refused.total() == len(batch.refusals)
            tally.add(batch.tally)
        rows = Packets.concat(batch.packets for batch in batches).table.to_pylist()
        return rows, tally, [refusal for batch in batches for refusal in batch.refusals]

    return _take


def test_typed_values(take_parquet: Any) -> None:
    """Times, numbers and dictionaries are read as what they are; a position is the number of the row."""
    rows, tally, _ = take_parquet(table(2))
    assert (tally.read, tally.stored) == (2, 2)
    row = rows[1]
    assert (row["time"], row["port"], row["source_port"], row["ttl"]) == (WHEN, 445, 6000, 110)
    assert (row["position"], row["sensor"], row["protocol"], row["ip_version"]) == (1, "tokyo", 6, 4)


def test_bad_rows_are_refused_by_themselves(take_parquet: Any) -> None:
    """A row that cannot be a packet is refused with its number and its values."""
    rows, tally, refusals = take_parquet(table(src=["192.0.2.1", None, "?", "::1"]))
    assert [row["position"] for row in rows] == [0, 3]
    assert tally.refused == {"bad-source": 2}
    assert [refusal.line_number for refusal in refusals] == [1, 2]
    assert "src=?" in refusals[1].text
    assert "dport=445" in refusals[1].text


def test_columns_of_structs(take_parquet: Any, profile: Profile) -> None:
    """A dotted name reaches into a struct."""
    by = replace(profile, columns={"port": "to.port", "ttl": "ip.ttl"})
    content = table(2, **{"to": [{"port": 22, "x": 1}, {"port": 23, "x": 2}], "ip.ttl": [7, None]})
    assert [(row["port"], row["ttl"]) for row in take_parquet(content, by)[0]] == [(22, 7), (23, None)]


def test_unwanted_rows_are_no_records(take_parquet: Any, profile: Profile) -> None:
    """Rows that the profile does not ask for are passed over and counted."""
    by = replace(profile, where={"drop": ("true",)})
    rows, tally, _ = take_parquet(table(drop=[True, False, True, None]), by)
    assert ([row["position"] for row in rows], tally.read) == ([0, 2], 2)
    assert tally.warnings == {"not-wanted": 2}


@pytest.mark.parametrize(
    ("changes", "how", "message"),
    [
        ({"when": [1, 2, 3, 4]}, TimeColumn("when"), "numbers need a time.format: one of unix, unix-ms"),
        ({"when": pa.array([0] * 4, pa.timestamp("s"))}, TimeColumn("when", zone="stated"), "states no zone"),
        ({"when": [True] * 4}, TimeColumn("when"), "no date is in it"),
        ({"src": [1, 2, 3, 4]}, TimeColumn("when"), 'say notation = "ipv4-integer"'),
        ({"dport": [[1], [2], [3], []]}, TimeColumn("when"), "a column of single values is needed"),
    ],
)
def test_wrong_types(take_parquet: Any, profile: Profile, changes: Any, how: TimeColumn, message: str) -> None:
    """A column whose type cannot be what the profile says refuses the file, with what to write instead."""
    with pytest.raises(InputRefused, match=message) as refused:
        take_parquet(table(**changes), replace(profile, time=how))
    assert refused.value.reason == "wrong-type"


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"", "empty-file"), (b"PAR1", "damaged-parquet"), (b"PAR1" + b"\xff" * 60 + b"PAR1", "damaged-parquet")],
)
def test_what_is_no_parquet(take_parquet: Any, content: bytes, reason: str) -> None:
    """A file whose description cannot be read is refused."""
    with pytest.raises(InputRefused) as refused:
        take_parquet(content)
    assert refused.value.reason == reason


def test_missing_columns_are_named(take_parquet: Any) -> None:
    """A file that lacks columns of the profile is refused with what it lacks and what it has."""
    with pytest.raises(InputRefused, match=r"lacks the columns 'dport', 'ttl' .* 'when', 'src'") as refused:
        take_parquet(table().drop_columns(["dport", "ttl"]))
    assert refused.value.reason == "wrong-columns"


def test_damaged_row_group(take_parquet: Any, tmp_path: Path) -> None:
    """A row group that is damaged is left with a warning, and those around it are read."""
    hundred = [f"192.0.2.{i}" for i in range(100)]
    whole = take_parquet(table(100, src=hundred), group=20)
    content = bytearray((tmp_path / "file.parquet").read_bytes())
    at = pq.ParquetFile(tmp_path / "file.parquet").metadata.row_group(2).column(1).data_page_offset
    content[at + 30 : at + 40] = b"\xff" * 10
    rows, tally, _ = take_parquet(bytes(content))
    assert rows == [row for row in whole[0] if not 40 <= row["position"] < 60]
    assert tally.warnings == {"damaged-row-group": 1}


def test_file_of_which_nothing_can_be_read(take_parquet: Any, tmp_path: Path) -> None:
    """A file whose only row group is damaged is refused."""
    take_parquet(table(100, src=[f"192.0.2.{i}" for i in range(100)]))
    content = bytearray((tmp_path / "file.parquet").read_bytes())
    at = pq.ParquetFile(tmp_path / "file.parquet").metadata.row_group(0).column(1).data_page_offset
    content[at + 30 : at + 40] = b"\xff" * 10
    with pytest.raises(InputRefused, match="no row can be read") as refused:
        take_parquet(bytes(content))
    assert refused.value.reason == "damaged-parquet"


def test_absent_file(tmp_path: Path, profile: Profile) -> None:
    """A file that cannot be opened is refused as such."""
    with pytest.raises(InputRefused) as refused:
        read_parquet(tmp_path / "absent", profile)
    assert refused.value.reason == "unreadable"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(group=st.integers(1, 50), size=st.integers(1, 50))
def test_row_groups_and_stretches_change_nothing(take_parquet: Any, group: int, size: int) -> None:
    """A table written in any row groups and read in any stretches gives the rows and numbers that it gives in one."""
    content = table(50, src=[f"192.0.2.{i}" if i % 7 else "?" for i in range(50)])
    whole = take_parquet(content)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(profiled_parquet, "BATCH_ROWS", size)
        assert take_parquet(content, group=group) == whole


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(at=st.integers(0, 10_000), octets=st.binary(min_size=1, max_size=8), cut=st.integers(0, 10_000))
@example(at=258, octets=b"\0", cut=0)
def test_any_damage_reconciles_or_refuses(take_parquet: Any, tmp_path: Path, at: int, octets: bytes, cut: int) -> None:
    """Whatever is overwritten or cut off, rows reconcile or the file is refused as damaged or as what it became."""
    path = tmp_path / "whole.parquet"
    if not path.exists():
        pq.write_table(table(30, src=[f"192.0.2.{i}" for i in range(30)]), path, row_group_size=10)
    content = bytearray(path.read_bytes())
    at %= len(content)
    content[at : at + len(octets)] = octets
    content = content[: len(content) - cut] if cut < len(content) // 4 else content
    reason = ""
    try:
        take_parquet(bytes(content))
    except InputRefused as refusal:
        reason = refusal.reason
    assert reason in {"", "damaged-parquet", "wrong-columns", "wrong-type"}
