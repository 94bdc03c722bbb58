"""
Tables with a profile, of each kind.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from isdas.formats.profile import KINDS, Profile
from isdas.formats.profiled import READERS, read_profiled
from isdas.model.packets import Packets

_WORDS = st.text(st.sampled_from("0123456789.:-xt "), max_size=6)
_ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "when": st.sampled_from(["2013-05-01 00:00:00.25", "2013-05-01T23:59:59", "2013-05-32", ""]),
            "src": st.one_of(st.sampled_from(["192.0.2.1", "2001:db8::1"]), _WORDS),
            "proto": st.sampled_from(["tcp", "UDP", "1", "58", "arp", "0", "255"]),
            "sensor": st.sampled_from(["tokyo", "osaka", ""]),
            "dport": st.one_of(st.sampled_from(["445", "0", "65535", "65536"]), _WORDS),
            "sport": st.sampled_from(["6000", "", "-1"]),
            "type": st.sampled_from(["8", "", "256"]),
            "ttl": st.sampled_from(["110", "", "40000"]),
        }
    ),
    min_size=1,
    max_size=12,
)


def taken(path: Path, profile: Profile) -> tuple[list[dict[str, Any]], dict[str, int]]:
    """The rows, numbered by their order, and the reasons of those refused."""
    batches = [work() for work in read_profiled(path, profile)]
    rows = Packets.concat(batch.packets for batch in batches).table.to_pylist()
    reasons = [refusal.reason for batch in batches for refusal in batch.refusals]
    return [{**row, "position": None} for row in rows], {reason: reasons.count(reason) for reason in reasons}


def typed(text: str) -> str | int | None:
    """A text as a program would write it that knows types."""
    return int(text) if text.isdecimal() and str(int(text)) == text else text or None


def test_each_kind_has_a_reader() -> None:
    """Every kind that a profile may be has its reader."""
    assert set(READERS) == set(KINDS)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=_ROWS)
def test_kinds_say_the_same(tmp_path: Path, profile: Profile, rows: list[dict[str, str]]) -> None:
    """The same table as CSV, as JSON lines of texts and of typed values, and as Parquet gives the same packets."""
    names = list(rows[0])
    lines = [",".join(names), *(",".join(row[name] for name in names) for row in rows)]
    (tmp_path / "t.csv").write_text("".join(f"{line}\n" for line in lines))
    (tmp_path / "t.json").write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in rows))
    values = [{name: typed(text) for name, text in row.items()} for row in rows]
    (tmp_path / "v.json").write_bytes(b"".join(orjson.dumps({**rows[0], **row}) + b"\n" for row in values))
    columns = {name: pa.array([row[name] for row in rows], pa.string()) for name in names}
    # A column of Parquet has one type.
    numbers = pa.array([typed(row["ttl"]) for row in rows], pa.int64())
    pq.write_table(pa.table({**columns, "ttl": numbers}), tmp_path / "t.parquet")
    expected = taken(tmp_path / "t.csv", profile)
    assert taken(tmp_path / "t.json", replace(profile, kind="json")) == expected
    assert taken(tmp_path / "v.json", replace(profile, kind="json")) == expected
    assert taken(tmp_path / "t.parquet", replace(profile, kind="parquet")) == expected
