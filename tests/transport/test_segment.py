"""
Segments come back whole or with a reason: any bytes, any flipped bit, any cut, any other key.
"""

import json
from contextlib import suppress
from dataclasses import asdict, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isdas.model.packets import Packets
from isdas.transport.keys import Key
from isdas.transport.segment import MAGIC, REASONS, Header, SegmentRefused, digest, read_header, seal, unseal

KEY = Key(bytes(range(32)))


def public_of(fingerprint: str) -> bytes | None:
    """A hub that knows one key."""
    return KEY.public if fingerprint == KEY.fingerprint else None


def refusal(data: bytes) -> str:
    """Why bytes are no segment."""
    with pytest.raises(SegmentRefused) as caught:
        unseal(data, public_of)
    assert str(caught.value)
    assert caught.value.reason in REASONS
    return caught.value.reason


@pytest.fixture(scope="module")
def small() -> bytes:
    """A segment of a silent minute."""
    said = Header("", "0123456789abcdef", 0, "0.1", 0, 60_000_000, 60_000_001)
    return seal(Packets.of({}, 0), said, KEY)


def test_a_segment_comes_back(packets: Packets, header: Header) -> None:
    """Header and packets are what was sealed; the header can be read without the key."""
    sealed = seal(packets, header, KEY)
    said, back = unseal(sealed, public_of)
    assert back.table.column("time").equals(packets.table.column("time"))
    filled = {"key", "columns", "raw_bytes", "body_bytes", "body_blake3"}
    assert {k: v for k, v in asdict(said).items() if k not in filled} == {
        k: v for k, v in asdict(header).items() if k not in filled
    }
    assert said.key == KEY.fingerprint
    assert read_header(sealed) == said
    assert said.balanced


def test_a_silent_minute_is_small(small: bytes) -> None:
    """A year of them from one sensor is less than half a gigabyte."""
    assert len(small) < 900
    assert len(unseal(small, public_of)[1]) == 0


def test_every_flipped_bit_is_refused(small: bytes) -> None:
    """Whichever of them."""
    for at in range(8 * len(small)):
        damaged = bytearray(small)
        damaged[at // 8] ^= 1 << at % 8
        refusal(bytes(damaged))


def test_every_cut_is_refused(small: bytes) -> None:
    """At whatever length, and with anything behind."""
    for size in range(len(small)):
        refusal(small[:size])
    assert refusal(small + b"x") == "bad-signature"


@settings(max_examples=300)
@given(st.binary(max_size=300), st.booleans())
def test_any_bytes_have_a_reason(data: bytes, begun: bool) -> None:
    """Nothing else is ever raised."""
    refusal(MAGIC + data if begun else data)


@given(data=st.data())
def test_a_header_that_lies_is_refused(small: bytes, data: st.DataObject) -> None:
    """Whatever stands in a field, even signed by the right key, is a segment or has a reason."""
    said = asdict(read_header(small))
    name = data.draw(st.sampled_from(sorted(said)))
    scalars = (
        st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False) | st.text(max_size=9)
    )
    anything = st.recursive(
        scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner)
    )
    said[name] = data.draw(anything)
    sealed = forged(said)
    with suppress(SegmentRefused):
        assert unseal(sealed, public_of)[0].balanced


def forged(said: dict[str, object]) -> bytes:
    """A signed segment with any header at all."""
    text = json.dumps(said).encode()
    content = MAGIC + len(text).to_bytes(4, "little") + text
    return content + KEY.sign(content)


def test_a_foreign_key_is_unknown(packets: Packets, header: Header) -> None:
    """And one that signs in another's name is found out."""
    other = Key.make()
    assert refusal(seal(packets, header, other)) == "unknown-key"
    sealed = seal(packets, header, KEY)
    assert refusal(sealed[:-64] + other.sign(sealed[:-64])) == "bad-signature"


def test_another_schema_is_told_apart(small: bytes) -> None:
    """It is not called damaged."""
    said = asdict(read_header(small)) | {"schema": 2, "new": 1}
    assert refusal(forged(said)) == "unsupported-schema"


def test_a_header_that_does_not_add_up_is_not_sealed(packets: Packets, header: Header) -> None:
    """Neither by the sensor nor by the hub."""
    with pytest.raises(ValueError, match="is not packets"):
        seal(packets, replace(header, received=1), KEY)
    with pytest.raises(ValueError, match="ends before"):
        seal(packets, replace(header, end_us=1), KEY)


def test_segments_differ_in_their_digests(packets: Packets, header: Header) -> None:
    """The digest is that of the bytes; the same packets sealed again are the same bytes."""
    one, other = seal(packets, header, KEY), seal(packets, replace(header, sequence=8), KEY)
    assert digest(one) == digest(seal(packets, header, KEY)) != digest(other)
