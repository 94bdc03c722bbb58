"""
JSON lines to Packets by a column profile.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from isdas.formats import profiled_json
from isdas.formats.profile import Profile
from isdas.formats.profiled_json import read_json
from isdas.model.errors import InputRefused
from isdas.model.packets import Packets
from isdas.model.tally import Tally

GOOD: dict[str, Any] = {
    "when": "2013-05-01T00:00:00",
    "src": "192.0.2.1",
    "proto": "tcp",
    "sensor": "tokyo",
    "dport": 445,
    "sport": 6000,
    "type": None,
    "ttl": 110,
}


@pytest.fixture
def take_json(tmp_path: Path, profile: Profile) -> Any:
    """Read lines: the rows, the tally and the refusals of all batches."""

    def _take(lines: list[Any], by: Profile = profile) -> tuple[list[dict[str, Any]], Tally, list[Any]]:
        path = tmp_path / "file.jsonl"
        path.write_bytes(b"".join((each if isinstance(each, bytes) else orjson.dumps(each)) + b"\n" for each in lines))
        batches = [work() for work in read_json(path, by)]
        tally = Tally()
        for batch in batches:
            batch.packets.table.validate(full=True)
            assert batch.tally.reconciles
            assert batch.tally.refused.total() == len(batch.refusals)
            tally.add(batch.tally)
        rows = Packets.concat(batch.packets for batch in batches).table.to_pylist()
        return rows, tally, [refusal for batch in batches for refusal in batch.refusals]

    return _take


def test_values_may_be_typed_or_texts(take_json: Any) -> None:
    """A number is the same whether it is written as one or as a text, also where lines differ."""
    texts = {name: value if value is None else str(value) for name, value in GOOD.items()}
    rows, tally, _ = take_json([GOOD, texts, {**GOOD, "ttl": 110.0}, {**GOOD, "dport": "445"}])
    assert tally.stored == 4
    same = [{**row, "position": 0} for row in rows]
    assert same == [same[0]] * 4
    assert (rows[0]["port"], rows[0]["ttl"], rows[0]["source_port"]) == (445, 110, 6000)


def test_every_line_is_accounted_for(take_json: Any) -> None:
    """Lines that are no objects and values that make no sense refuse their lines; blank lines are no records."""
    bad = {**GOOD, "dport": "http"}
    rows, tally, refusals = take_json([GOOD, b"{", b"", [1], bad, {**GOOD, "ttl": "many"}, {**GOOD, "src": 7}, GOOD])
    assert [row["position"] for row in rows] == [1, 8]
    assert tally.read == 7
    assert [(r.line_number, r.reason) for r in refusals] == [
        (2, "not-json"),
        (4, "not-an-object"),
        (5, "bad-port"),
        (6, "bad-ttl"),
        (7, "bad-source"),
    ]


def test_missing_fields_are_empty(take_json: Any) -> None:
    """A field that a line lacks is unknown, and a TCP packet without a port is refused."""
    some = {name: value for name, value in GOOD.items() if name not in ("ttl", "sport", "sensor")}
    rows, _, refusals = take_json([some, {name: value for name, value in GOOD.items() if name != "dport"}])
    assert [(row["ttl"], row["source_port"], row["sensor"]) for row in rows] == [(None, None, None)]
    assert [refusal.reason for refusal in refusals] == ["bad-port"]


def test_dotted_names_reach_into_objects(take_json: Any, profile: Profile) -> None:
    """A dotted name is a field of that name or one inside objects."""
    by = replace(profile, columns={"port": "net.dst.port", "ttl": "ip.ttl"})
    rows, _, _ = take_json([{**GOOD, "net": {"dst": {"port": 22}}, "ip.ttl": 9}, {**GOOD, "net": None}], by)
    assert [(row["port"], row["ttl"]) for row in rows] == [(22, 9)]


def test_unwanted_lines_are_no_records(take_json: Any, profile: Profile) -> None:
    """Lines that the profile does not ask for are passed over and counted."""
    by = replace(profile, where={"drop": ("true",)})
    rows, tally, _ = take_json([{**GOOD, "drop": True}, {**GOOD, "drop": False}, GOOD], by)
    assert (len(rows), tally.read, tally.warnings) == (1, 1, {"not-wanted": 2})


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty-file"),
        (b"when,src\n", "not-json-lines"),
        (b"[{}]\n", "not-json-lines"),
        (b"\x00\xff\n", "not-json-lines"),
        (b'{"when": 1, "source": "x"}\n', "wrong-columns"),
    ],
)
def test_files_refused_whole(tmp_path: Path, profile: Profile, content: bytes, reason: str) -> None:
    """A file without objects, or without what every record must say, is refused before the first stretch."""
    path = tmp_path / "file.jsonl"
    path.write_bytes(content)
    with pytest.raises(InputRefused) as refused:
        read_json(path, profile)
    assert refused.value.reason == reason


_VALUE = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 70_000), st.floats(allow_nan=False, width=32), st.text(max_size=5)
)
_LINES = st.one_of(
    st.just(orjson.dumps(GOOD)),
    # No sensor is called by a fraction, which would be "1" or "1.0" by what stands around it.
    st.dictionaries(st.sampled_from(sorted(GOOD)), _VALUE)
    .filter(lambda changes: not isinstance(changes.get("sensor"), float))
    .map(lambda changes: orjson.dumps({**GOOD, **changes})),
    st.binary(max_size=12).map(lambda octets: octets.replace(b"\n", b"")),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=st.lists(_LINES, max_size=12))
def test_any_lines_reconcile(take_json: Any, lines: list[bytes]) -> None:
    """Whatever the lines are, each that is not blank is one packet or one refusal, and the good ones are all taken."""
    lines = [orjson.dumps(GOOD), *lines]
    rows, tally, refusals = take_json(lines)
    there = [i for i, line in enumerate(lines, 1) if line.strip()]
    assert sorted([row["position"] for row in rows] + [r.line_number for r in refusals]) == there
    good = {i for i, line in enumerate(lines, 1) if line == orjson.dumps(GOOD)}
    assert good <= {row["position"] for row in rows}
    assert tally.read == len(there)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=st.lists(_LINES, min_size=1, max_size=12), size=st.integers(1, 400))
def test_block_size_changes_nothing(take_json: Any, lines: list[bytes], size: int) -> None:
    """A file read in many small blocks gives the rows and refusals that it gives in one, whatever the types."""
    lines = [orjson.dumps(GOOD), *lines]
    whole = take_json(lines)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(profiled_json, "BLOCK_BYTES", size)
        assert take_json(lines) == whole
