"""
Avro object container files, against fastavro.
"""

import gzip
import io
import zlib
from pathlib import Path
from typing import Any

import fastavro
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from isdas.formats import avro
from isdas.formats.avro import Header, Records, record_name
from isdas.formats.avro_codec import CODECS
from isdas.formats.stream import byte_stream
from isdas.model.errors import InputRefused

SCHEMA = {
    "type": "record",
    "name": "some.where.thing",
    "fields": [{"name": "text", "type": "string"}, {"name": "number", "type": "long"}],
}
SYNC = bytes(range(100, 116))


def container(numbers: list[int], codec: str = "deflate", per_block: int = 4) -> bytes:
    """A container of records with these numbers."""
    if codec == "snappy":
        return snappy(container(numbers, "null", per_block))
    out = io.BytesIO()
    rows = ({"text": "?" * (n % 3), "number": n} for n in numbers)
    # fastavro ends a block once it has so many bytes.
    fastavro.writer(out, SCHEMA, rows, codec=codec, sync_interval=per_block * 4, sync_marker=SYNC)
    return out.getvalue()


def snappy(plain: bytes) -> bytes:
    """A container with its blocks compressed, which fastavro does not do by itself."""
    at = plain.index(SYNC) + len(SYNC)
    header = plain[:at].replace(b"\x08null", b"\x0csnappy", 1)
    blocks = []
    for block in plain[at:].split(SYNC)[:-1]:
        count, size = block[0] >> 1, block[1] >> 1
        assert len(block) == size + 2
        data = block[2:]
        packed = bytes(pa.Codec("snappy").compress(data, asbytes=True)) + zlib.crc32(data).to_bytes(4, "big")
        blocks.append(bytes([count << 1, len(packed) << 1]) + packed + SYNC)
    return header + b"".join(blocks)


def taken(path: Path) -> tuple[Header, list[Records]]:
    """The header of a file, and the records of its stretches."""
    with byte_stream(path) as stream:
        header = avro.read_header(stream, path)
        plan = avro.read_plan(header, path, ("number",))
        return header, [avro.records(stretch, plan) for stretch in avro.stretches(stream, header)]


def read(path: Path, content: bytes) -> tuple[list[int], list[int], dict[str, int]]:
    """The numbers in a file, their positions and the warnings."""
    path.write_bytes(content)
    parts = taken(path)[1]
    warnings: dict[str, int] = {}
    for part in parts:
        for name, count in part.warnings.items():
            warnings[name] = warnings.get(name, 0) + count
    numbers = [n for part in parts for n in part.numbers["number"].tolist()]
    return numbers, [n for part in parts for n in part.positions.tolist()], warnings


@pytest.mark.parametrize("codec", CODECS)
def test_every_codec_gives_every_record(tmp_path: Path, codec: str) -> None:
    """What fastavro wrote with any codec comes back, numbered from 0."""
    numbers = [n * n * (-1) ** n for n in range(1000)]
    found = read(tmp_path / "file", container(numbers, codec))
    assert found == (numbers, list(range(1000)), {})


@pytest.mark.parametrize("size", [1, 3, 10])
def test_stretches_change_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    """Small stretches give what one large one gives, also where a block is larger than a stretch."""
    content = container(list(range(500)))
    whole = read(tmp_path / "file", content)
    monkeypatch.setattr(avro, "STRETCH_RECORDS", size)
    assert read(tmp_path / "file", content) == whole
    assert len(taken(tmp_path / "file")[1]) > 20


def test_header_tells_name_and_codec(tmp_path: Path) -> None:
    """The name of a record is known from the first bytes, without its namespace; other bytes have none."""
    content = container([1, 2], "snappy")
    assert record_name(content) == "thing"
    assert record_name(content[: content.index(SYNC) + 16]) == "thing"
    for other in (b"", b"Obj\x01", content[:60], b"Obj\x02" + content[4:], b"PAR1" * 9):
        assert record_name(other) is None


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda c: c[:100], "truncated-header"),
        (lambda c: b"Obj\x02" + c[4:], "damaged-header"),
        (lambda c: c.replace(b'{"type', b'["type', 1), "damaged-header"),
        (lambda c: c.replace(b"avro.schema", b"avro.scheme", 1), "damaged-header"),
        (lambda c: b"Obj\x01" + b"\xff" * 30, "damaged-header"),
        (lambda c: c.replace(b"deflate", b"deflaty", 1), "unknown-codec"),
        (lambda c: c.replace(b'"number"', b'"figure"', 1), "wrong-columns"),
        (lambda c: c.replace(b'"string"', b'"struct"', 1), "wrong-columns"),
    ],
    ids=["cut", "magic", "schema", "no-schema", "endless", "codec", "field", "type"],
)
def test_files_refused_whole(tmp_path: Path, change: Any, reason: str) -> None:
    """A file whose header cannot be read, or that lacks what is wanted, is refused with a reason."""
    path = tmp_path / "file"
    path.write_bytes(change(container([1, 2, 3])))
    with pytest.raises(InputRefused) as refused:
        taken(path)
    assert refused.value.reason == reason


def test_a_cut_file_gives_its_whole_blocks(tmp_path: Path) -> None:
    """At whatever byte a file is cut, the blocks before are given, and the cut is warned of once."""
    content = container(list(range(30)), "null")
    first = content.index(SYNC) + len(SYNC)
    block_ends = [i + 16 for i in range(len(content)) if content.startswith(SYNC, i)]
    for cut in range(first, len(content)):
        numbers, _, warnings = read(tmp_path / "file", content[:cut])
        assert numbers == list(range(len(numbers)))
        assert warnings == ({} if cut in block_ends else {"truncated-tail": 1})
        assert cut < block_ends[-1]


def test_damage_costs_its_block_alone(tmp_path: Path) -> None:
    """Whatever single byte behind the header is wrong, few records are lost, and none silently."""
    content = container([1000 + n for n in range(40)], "deflate")
    first = content.index(SYNC) + len(SYNC)
    for at in range(first, len(content)):
        harmed = content[:at] + bytes([content[at] ^ 0x55]) + content[at + 1 :]
        numbers, _, warnings = read(tmp_path / "file", harmed)
        lost = {1000 + n for n in range(40)} - set(numbers)
        assert len(lost) <= 10
        assert warnings or len(numbers) == 40


def test_a_count_is_only_a_claim(tmp_path: Path) -> None:
    """A block that says it has very many records gives those that it has, and is damaged."""
    content = container([5], "null")
    end = content.index(SYNC) + len(SYNC)
    claim = b"\xfe\xff\xff\xff\xff\x3f"
    numbers, _, warnings = read(tmp_path / "file", content[:end] + claim + content[end + 1 :])
    assert numbers == [5]
    assert warnings == {"damaged-block": 1}


def test_empty_blocks_that_claim_all_are_cheap(tmp_path: Path) -> None:
    """Blocks of nothing that claim 2^48 records share a stretch, and what follows them has a position that fits."""
    plain = container([1, 2], "null")
    head = plain[: plain.index(SYNC) + len(SYNC)]
    lie = b"\xfe\xff\xff\xff\xff\xff\x7f\x00" + SYNC
    path = tmp_path / "file"
    path.write_bytes(head + 40_000 * lie + plain[len(head) :])
    _, parts = taken(path)
    assert len(parts) == 1
    assert parts[0].numbers["number"].tolist() == [1, 2]
    assert parts[0].positions.tolist() == [0, 1]
    assert parts[0].warnings["damaged-block"] == 40_000


def test_records_beyond_the_count_are_damage(tmp_path: Path) -> None:
    """A block with bytes behind its last record gives the records and is warned of."""
    content = container([5, 6], "null", per_block=100)
    end = content.index(SYNC) + len(SYNC)
    assert content[end] == 4
    numbers, _, warnings = read(tmp_path / "file", content[:end] + b"\x02" + content[end + 1 :])
    assert (numbers, warnings) == ([5], {"damaged-block": 1})


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tail=st.binary(max_size=120), codec=st.sampled_from(sorted(CODECS)), marks=st.integers(0, 2))
def test_any_bytes_behind_a_header(tmp_path: Path, tail: bytes, codec: str, marks: int) -> None:
    """Whatever follows a header, reading ends and raises nothing, and the columns fit each other."""
    content = container([], codec) + tail + SYNC * marks + tail
    numbers, positions, _ = read(tmp_path / "file", content)
    assert len(numbers) == len(positions)


def test_compressed_files_are_read_through(tmp_path: Path) -> None:
    """An Avro file inside gzip is read as well, and a cut of the compression is told."""
    content = container(list(range(3000)), "null")
    assert read(tmp_path / "file", gzip.compress(content))[0] == list(range(3000))
    numbers, _, warnings = read(tmp_path / "file", gzip.compress(content)[:-200])
    assert numbers == list(range(len(numbers)))
    assert warnings == {"truncated-gzip": 1, "truncated-tail": 1}


def test_real_files_against_fastavro(shared: Path) -> None:
    """Every number of every record of the files of Corsaro 3 is what fastavro reads."""
    paths = sorted((shared / "series" / "corsaro" / "avro").glob("*.avro"))
    assert len(paths) == 4
    for path in paths:
        with path.open("rb") as file:
            rows = list(fastavro.reader(file))
        names = tuple(name for name, value in rows[0].items() if isinstance(value, int))
        with byte_stream(path) as stream:
            header = avro.read_header(stream, path)
            plan = avro.read_plan(header, path, names)
            parts = [avro.records(stretch, plan) for stretch in avro.stretches(stream, header)]
        for name in names:
            assert np.concatenate([part.numbers[name] for part in parts]).tolist() == [row[name] for row in rows]
