"""
The form of segments and requests, read and made by hand from docs/reference/protocol.md alone.
"""

import json
import re
import struct
from pathlib import Path
from typing import Any

import pyarrow as pa
from blake3 import blake3
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from isdas.model.packets import Packets
from isdas.transport.keys import Key
from isdas.transport.protocol import SEGMENTS, Enrolment, Rotation, pack_segments, read_request, signed_request
from isdas.transport.receipt import START, Receipt, following, sign
from isdas.transport.segment import Header, digest, seal, unseal

PAGE = Path(__file__).parent.parent.parent / "docs" / "reference" / "protocol.md"
KEY = Key(bytes(range(32)))
WIDTHS = {"int8": "b", "int16": "h", "int32": "i", "int64": "q", "time": "q", "bool": "B"}


def types_in_page() -> dict[str, str]:
    """The types of columns as the page says."""
    rows = re.findall(
        r"^\| `(int8|int16|int32|int64|time|bool|text|bytes)` \| (.*) \|$", PAGE.read_text(), re.MULTILINE
    )
    return {name: kind for kind, names in rows for name in re.findall(r"`(\w+)`", names)}


def read_by_hand(data: bytes, public: bytes) -> tuple[dict[str, Any], dict[str, list[Any]]]:
    """Header and columns of a segment."""
    assert data[:8] == b"ISDASEG1"
    (size,) = struct.unpack_from("<I", data, 8)
    header = json.loads(data[12 : 12 + size])
    body = data[12 + size : 12 + size + header["body_bytes"]]
    Ed25519PublicKey.from_public_bytes(public).verify(data[-64:], data[:-64])
    assert len(data) == 12 + size + len(body) + 64
    assert blake3(body).hexdigest() == header["body_blake3"]
    raw = pa.Codec("zstd").decompress(body, decompressed_size=header["raw_bytes"], asbytes=True)
    found, at, n, types = {}, 0, header["packets"], types_in_page()
    for name, nullable, *labels in header["columns"]:
        present = [True] * n
        if nullable:
            present = [bool(raw[at + i // 8] >> i % 8 & 1) for i in range(n)]
            at += (n + 7) // 8
        width = WIDTHS.get(types[name], "i")
        numbers = struct.unpack_from(f"<{n}{width}", raw, at)
        at += struct.calcsize(f"<{n}{width}")
        values: list[Any] = [bool(number) if types[name] == "bool" else number for number in numbers]
        if types[name] == "text":
            values = [labels[0][number] for number in numbers]
        elif types[name] == "bytes":
            values = []
            for length in numbers:
                values.append(raw[at : at + length])
                at += length
        found[name] = [value if there else None for value, there in zip(values, present, strict=True)]
    assert at == len(raw)
    return header, found


def test_a_segment_is_read_by_the_page(packets: Packets, header: Header) -> None:
    """Header, signature, body and every column."""
    sealed = seal(packets, header, KEY)
    said, found = read_by_hand(sealed, KEY.public)
    _, back = unseal(sealed, lambda _: KEY.public)
    assert said["received"] == header.received
    assert len(found) > 25
    for name, values in found.items():
        column = back.table.column(name)
        there = column.cast(pa.int64()).to_pylist() if name == "time" else column.to_pylist()
        assert values == there, name


def test_a_segment_is_made_by_the_page() -> None:
    """One of two packets, without this package."""
    raw = struct.pack("<2q", 5_000_000, 6_000_000) + bytes([0b10]) + struct.pack("<2i", 0, 445)
    body = pa.Codec("zstd").compress(raw, asbytes=True)
    header = {
        "schema": 1, "key": KEY.fingerprint, "spool": "00" * 8, "sequence": 3, "software": "other-1.0",
        "start_us": 0, "end_us": 60_000_000, "sealed_us": 60_000_000, "clock_epoch": 0, "clock_offset_s": None,
        "addresses": 1, "packets": 2, "received": 5, "dropped": {"kernel": 2}, "refused": {}, "odd": {}, "own": 1,
        "lost": [], "spool_bytes": 0, "spool_segments": 0, "uptime_s": 60,
        "columns": [["time", False], ["port", True]],
        "raw_bytes": len(raw), "body_bytes": len(body), "body_blake3": blake3(body).hexdigest(),
    }  # fmt: skip
    text = json.dumps(header).encode()
    content = b"ISDASEG1" + struct.pack("<I", len(text)) + text + body
    sealed = content + Ed25519PrivateKey.from_private_bytes(bytes(range(32))).sign(content)
    said, found = unseal(sealed, lambda name: KEY.public if name == KEY.fingerprint else None)
    assert said.received == 5
    assert found.table.column("port").to_pylist() == [None, 445]


def test_header_fields_are_on_the_page() -> None:
    """All, and no others."""
    section = PAGE.read_text().split("### Header\n")[1].split("\n### ")[0]
    fields = "".join(line.split("|")[1] for line in section.splitlines() if line.startswith("| `"))
    named = set(re.findall(r"`(\w+)`", fields))
    assert named == set(Header.__dataclass_fields__)


def test_columns_are_on_the_page(packets: Packets) -> None:
    """All that a sensor may fill, with the types that they have."""
    from isdas.model import columns
    from isdas.transport.body import pack

    types = types_in_page()
    kinds = {"string": "text", "binary": "bytes", "timestamp[us, tz=UTC]": "time"}
    filled = [spec for spec in columns.COLUMNS if spec.source in ("intake", "frame", "header") and spec.compute is None]
    by_hub = {"sensor", "intake", "editions", "position"}
    expected = {spec.name: kinds.get(str(spec.type), str(spec.type)) for spec in filled if spec.name not in by_hub}
    assert types == expected
    assert {name for name, *_ in pack(packets)[0]} <= types.keys()


def test_examples_of_the_page_hold() -> None:
    """Each is what the code gives for the key of bytes 0 to 31."""
    examples = dict(re.findall(r"^\| ([a-z ]+) \| `([0-9a-f]+)` \|$", PAGE.read_text(), re.MULTILINE))
    chain = following(START, bytes(range(32)))
    receipt = Receipt(KEY.fingerprint, "00" * 8, 0, bytes(range(32)).hex(), chain.hex(), 1_000_000)
    headers = {
        "isdas-key": KEY.fingerprint, "isdas-sent": "1000000", "isdas-clock-epoch": "2",
        "isdas-clock-offsets": "1:-5,2:7", "isdas-nonce": "ab" * 16, "isdas-signature": examples["request"],
    }  # fmt: skip
    empty = seal(Packets.of({}, 0), Header("", "00" * 8, 0, "1.0", 0, 60_000_000, 60_000_000), KEY)
    body = pack_segments([empty])
    assert read_request("POST", SEGMENTS, headers).believed(KEY.public, body)
    enrolment = json.loads(Enrolment("token", KEY.public, "tokyo-1", "1.0").as_json(KEY))
    assert examples == {
        "public key": KEY.public.hex(),
        "fingerprint": KEY.fingerprint,
        "segment": digest(empty),
        "request": examples["request"],
        "enrolment": enrolment["signature"],
        "rotation": Rotation.of(Key(bytes(range(1, 33))), KEY).proof.hex(),
        "chain": chain.hex(),
        "receipt": sign(receipt, KEY).signature,
    }
    assert signed_request(KEY, "GET", "/x", b"", sent_us=1).key == KEY.fingerprint
