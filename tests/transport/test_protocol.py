"""
What sensors and the hub say comes back as it was said, signed requests are believed only as they were signed.
"""

from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isdas.transport import protocol
from isdas.transport.keys import Key
from isdas.transport.protocol import (
    SEGMENTS,
    Answer,
    Enrolment,
    Misunderstood,
    Result,
    Rotation,
    Standing,
    pack_segments,
    read_request,
    signed_request,
    unpack_segments,
)
from isdas.transport.receipt import Receipt, sign

KEY, HUB = Key(bytes(range(32))), Key(bytes(32))


def test_a_request_is_believed_as_it_was_signed() -> None:
    """With its own body, path, headers and key only; each has a nonce of its own."""
    offsets = {0: -3_600_000_000, 2: 17}
    request = signed_request(KEY, "POST", SEGMENTS, b"body", sent_us=5, epoch=2, offsets_us=offsets)
    read = read_request("POST", SEGMENTS, request.headers())
    assert read == request
    assert read.believed(KEY.public, b"body")
    assert not read.believed(HUB.public, b"body")
    assert not read.believed(KEY.public, b"other")
    for change in (
        {"method": "GET"},
        {"path": "/"},
        {"sent_us": 6},
        {"epoch": 3},
        {"offsets_us": {}},
        {"nonce": "0" * 32},
    ):
        assert not replace(read, **change).believed(KEY.public, b"body")
    assert signed_request(KEY, "POST", SEGMENTS, b"", sent_us=5, epoch=2).nonce != request.nonce


@pytest.mark.parametrize(
    "change",
    [
        {protocol.SENT: "-1"},
        {protocol.SENT: "9" * 30},
        {protocol.EPOCH: "x"},
        {protocol.OFFSETS: "1"},
        {protocol.OFFSETS: "1:--2"},
        {protocol.NONCE: ""},
        {protocol.KEY: "\n" * 32},
        {protocol.SIGNATURE: "zz"},
    ],
)
def test_headers_of_another_form_are_misunderstood(change: dict[str, str]) -> None:
    """So is a request without one of them."""
    headers = signed_request(KEY, "POST", SEGMENTS, b"", sent_us=5, epoch=2).headers()
    with pytest.raises(Misunderstood):
        read_request("POST", SEGMENTS, headers | change)
    with pytest.raises(Misunderstood):
        read_request("POST", SEGMENTS, {k: v for k, v in headers.items() if k not in change})


@given(st.lists(st.binary(max_size=50), min_size=1, max_size=64))
def test_segments_come_out_of_a_body(segments: list[bytes]) -> None:
    """As many as went in."""
    assert unpack_segments(pack_segments(segments)) == segments


@given(st.binary(max_size=100))
def test_any_body_is_segments_or_misunderstood(body: bytes) -> None:
    """Nothing else is raised, and nothing is lost of what is understood."""
    with suppress(Misunderstood):
        assert pack_segments(unpack_segments(body)) == body


def test_too_many_segments_are_misunderstood() -> None:
    """However small."""
    with pytest.raises(Misunderstood):
        unpack_segments(pack_segments([b""] * 65))


def test_answers_come_back() -> None:
    """With and without receipts."""
    receipt = sign(Receipt(KEY.fingerprint, "0" * 16, 1, "a" * 64, "b" * 64, 9), HUB)
    results = [Result("a" * 64, "admitted", "", receipt), Result("b" * 64, "refused", "bad-body")]
    answer = Answer(1, 2, results)
    assert Answer.from_json(answer.as_json()) == answer
    standing = Standing("active", "tokyo-1", HUB.public, 1, 2, {"port": 9})
    assert Standing.from_json(standing.as_json()) == standing


def test_an_enrolment_shows_that_the_key_is_there() -> None:
    """One with somebody else's public key is misunderstood."""
    said = Enrolment("token", KEY.public, "tokyo", "0.1")
    assert Enrolment.from_json(said.as_json(KEY)) == said
    with pytest.raises(Misunderstood):
        Enrolment.from_json(said.as_json(HUB))


def test_a_rotation_needs_both_keys() -> None:
    """The request is signed by the old one; the new one shows that it follows it."""
    rotation = Rotation.from_json(Rotation.of(KEY, HUB).as_json())
    assert rotation.public == HUB.public
    assert rotation.proven(KEY.public)
    assert not rotation.proven(HUB.public)


@given(st.binary(max_size=60) | st.sampled_from([b"{}", b"[]", b"null", b'{"results": []}']))
def test_any_bytes_are_misunderstood(body: bytes) -> None:
    """By everybody who reads one."""
    for reader in (Answer, Enrolment, Standing, Rotation):
        with pytest.raises(Misunderstood):
            reader.from_json(body)  # type: ignore[attr-defined]
