"""Tests of isdas.hub.api: what sensors, and others, get from a hub over HTTP."""

import asyncio
import hashlib
import ssl
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from isdas.hub.authority import Papers, authority_fingerprint, issue
from isdas.hub.enrolment import make_token
from isdas.lake.audit import deeds
from isdas.lake.refusals import NOBODY, refused
from isdas.transport.keys import Key
from isdas.transport.protocol import (
    AUTHORITY,
    ENROL,
    MOST_BODY_BYTES,
    ROTATE,
    SEGMENTS,
    SELF,
    Enrolment,
    Rotation,
    Standing,
    pack_segments,
)

Do = Callable[..., Any]


def ask(hub: Any, sender: Any, method: str, path: str, body: bytes = b"") -> httpx.Response:
    """The answer to a signed request."""
    return hub.client.request(method, path, content=body, headers=sender.ask(method, path, body).headers())


def enrol(hub: Any, sender: Any, token: str) -> httpx.Response:
    """The answer to an enrolment."""
    said = Enrolment(token, sender.key.public, "tokyo-1", "1.0")
    return hub.client.post(ENROL, content=said.as_json(sender.key))


def reasons(hub: Any) -> dict[tuple[str, str], int]:
    """What was turned away, as it is written down."""
    hub.door.counted.write()
    return {(r.sensor, r.reason): r.count for r in refused(hub.lake.records.database)}


def test_from_a_token_to_the_first_segment(hub: Any, sender: Any) -> None:
    """Enrolled, a sensor waits and gets nothing else; approved, it sends."""
    token = make_token(hub.lake, "hana", groups=["domestic"])
    answer = enrol(hub, sender, token)
    assert answer.status_code == 202
    standing = Standing.from_json(answer.content)
    assert (standing.state, standing.name, standing.hub) == ("waiting", "", hub.key.public)
    assert Standing.from_json(ask(hub, sender, "GET", SELF).content).state == "waiting"
    refusal = ask(hub, sender, "POST", SEGMENTS, pack_segments([sender.minute(0)]))
    assert (refusal.status_code, refusal.content) == (403, b"")
    hub.lake.sensors.approve(sender.key.fingerprint, "hana", replace=False)
    standing = Standing.from_json(ask(hub, sender, "GET", SELF).content)
    assert (standing.state, standing.name) == ("active", "tokyo-1")
    assert standing.received_us <= standing.sent_us
    assert hub.states(sender, sender.minute(0)) == [("admitted", "")]
    assert reasons(hub) == {(NOBODY, "waiting-key"): 1}


def test_a_stolen_token_is_worthless_after_use(hub: Any, sender: Any, sensor_of: Do) -> None:
    """Who comes second with a token gets nothing; the first may ask again, since the answer may have been lost."""
    token = make_token(hub.lake, "hana")
    thief = sensor_of(0)
    assert enrol(hub, sender, token).status_code == 202
    refusal = enrol(hub, thief, token)
    assert (refusal.status_code, refusal.content) == (403, b"")
    assert enrol(hub, sender, token).status_code == 202
    assert enrol(hub, thief, "guessed").status_code == 403
    assert [key.fingerprint for key in hub.lake.sensors.every_key()] == [sender.key.fingerprint]
    assert reasons(hub) == {(NOBODY, "bad-token"): 2}
    assert [deed.what for deed in deeds(hub.lake.records.database)] == ["token", "enrol"]


def test_nobody_learns_anything(hub: Any, tokyo: Any, sensor_of: Do) -> None:
    """Without a signature, with an unknown key, with another's name or a changed body: a status, and a count."""
    stranger, body = sensor_of(0), pack_segments([tokyo.minute(0)])
    headers = tokyo.ask("POST", SEGMENTS, body).headers()
    answers = [
        hub.client.post(SEGMENTS, content=body),
        hub.client.get(SELF),
        ask(hub, stranger, "GET", SELF),
        ask(hub, stranger, "POST", SEGMENTS, body),
        hub.client.post(SEGMENTS, content=body + b"x", headers=headers),
        hub.client.post(SEGMENTS, content=body, headers={**headers, "isdas-sent": "1"}),
        hub.client.post(ROTATE, content=b"", headers=headers),
        hub.client.post(ENROL, content=b"{}"),
    ]
    assert [answer.status_code for answer in answers] == [400, 400, 401, 401, 401, 401, 401, 400]
    assert all(answer.content == b"" for answer in answers)
    assert hub.stored() == []
    assert reasons(hub) == {
        (NOBODY, "misunderstood"): 3,
        (NOBODY, "unknown-key"): 2,
        ("tokyo-1", "bad-signature"): 3,
    }


def test_a_replayed_request_gets_nothing(hub: Any, tokyo: Any) -> None:
    """The very same request again is turned away and counted, whatever it asks for."""
    body = pack_segments([tokyo.minute(0)])
    for method, path, content in (("POST", SEGMENTS, body), ("GET", SELF, b"")):
        headers = tokyo.ask(method, path, content).headers()
        found = [hub.client.request(method, path, content=content, headers=headers) for _ in range(3)]
        assert [answer.status_code for answer in found] == [200, 401, 401]
        assert found[1].content == b""
    assert len(hub.stored()) == 3
    assert reasons(hub) == {("tokyo-1", "replayed"): 4}


@pytest.mark.parametrize("state", ["revoked", "retired"])
def test_an_ended_sensor_gets_nothing(hub: Any, tokyo: Any, state: str) -> None:
    """From the moment of its end a sensor is turned away, whatever it asks for, also with a new token."""
    assert hub.states(tokyo, tokyo.minute(0)) == [("admitted", "")]
    hub.lake.sensors.end("tokyo-1", "hana", state)
    body = pack_segments([tokyo.minute(1)])
    answers = [ask(hub, tokyo, "POST", SEGMENTS, body), ask(hub, tokyo, "GET", SELF)]
    answers.append(ask(hub, tokyo, "POST", ROTATE, Rotation.of(tokyo.key, Key.make()).as_json()))
    answers.append(enrol(hub, tokyo, make_token(hub.lake, "hana")))
    assert [answer.status_code for answer in answers] == [403, 403, 403, 403]
    assert all(answer.content == b"" for answer in answers)
    assert len(hub.stored()) == 3
    assert reasons(hub) == {("tokyo-1", f"{state}-key"): 4}


def test_a_key_is_rotated(hub: Any, tokyo: Any) -> None:
    """The new key sends from then on, the old one only what asks for the same again."""
    old, new = tokyo.key, Key.make()
    rotation = Rotation.of(old, new).as_json()
    assert ask(hub, tokyo, "POST", ROTATE, rotation).status_code == 200
    assert ask(hub, tokyo, "POST", ROTATE, rotation).status_code == 200
    assert ask(hub, tokyo, "POST", ROTATE, Rotation.of(old, Key.make()).as_json()).status_code == 403
    assert ask(hub, tokyo, "POST", SEGMENTS, pack_segments([tokyo.minute(0)])).status_code == 403
    tokyo.key = new
    assert hub.states(tokyo, tokyo.minute(0)) == [("admitted", "")]
    stolen = Rotation(new.public, Rotation.of(Key.make(), new).proof)
    assert ask(hub, tokyo, "POST", ROTATE, stolen.as_json()).status_code == 403
    assert [deed.what for deed in deeds(hub.lake.records.database, "tokyo-1")] == ["enrol", "approve", "rotate"]


def test_bodies_are_bounded(hub: Any, tokyo: Any) -> None:
    """More than a request may hold is not read, whether it says how long it is or not."""
    headers = tokyo.ask("POST", SEGMENTS, b"").headers()
    large = bytes(MOST_BODY_BYTES + 1)
    assert hub.client.post(SEGMENTS, content=large, headers=headers).status_code == 413
    parts = (bytes(1 << 20) for _ in range(10))
    assert hub.client.post(SEGMENTS, content=parts, headers=headers).status_code == 413
    assert hub.client.post(ENROL, content=bytes(5000)).status_code == 413
    assert hub.client.post(SEGMENTS, content=b"", headers=tokyo.ask("POST", SEGMENTS, b"").headers()).status_code == 400
    assert hub.door.room.taken == 0


def test_without_room_sensors_are_asked_to_come_later(hub: Any, tokyo: Any) -> None:
    """What there is no room for is not read; the sensor is told when to try again, and may."""
    with hub.door.room.taking((64 << 20) - 100):
        refusal = ask(hub, tokyo, "POST", SEGMENTS, pack_segments([tokyo.minute(0)]))
        assert (refusal.status_code, refusal.headers["retry-after"]) == (503, "10")
    assert hub.states(tokyo, tokyo.minute(0)) == [("admitted", "")]
    assert reasons(hub) == {(NOBODY, "no-room"): 1}


def test_a_cut_off_request_leaves_nothing(hub: Any, tokyo: Any) -> None:
    """A connection that ends in the middle of a body: no packet is in, no room is kept, and the whole goes in later."""
    body = pack_segments([tokyo.minute(0)])
    lines = [f"{name}: {value}" for name, value in tokyo.ask("POST", SEGMENTS, body).headers().items()]
    head = "\r\n".join([f"POST {SEGMENTS} HTTP/1.1", "host: hub", f"content-length: {len(body)}", *lines, "", ""])

    async def cut() -> None:
        host, _, port = hub.url.removeprefix("http://").partition(":")
        _, writer = await asyncio.open_connection(host, int(port))
        writer.write(head.encode() + body[: len(body) // 2])
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    asyncio.run(cut())
    assert hub.states(tokyo, tokyo.minute(0)) == [("admitted", "")]
    assert len(hub.stored()) == 3


def test_the_authority_is_there_for_who_asks(hub: Any) -> None:
    """Its certificate, and nothing else of its papers; a hub with a given certificate has none."""
    assert hub.client.get(AUTHORITY).status_code == 404
    papers = Papers.of(hub.lake.path)
    issue(papers, ["127.0.0.1"])
    answer = hub.client.get(AUTHORITY)
    assert (answer.status_code, answer.content) == (200, papers.authority.read_bytes())
    found = hashlib.sha256(ssl.PEM_cert_to_DER_cert(answer.text)).hexdigest()
    assert authority_fingerprint(papers) == found
    assert authority_fingerprint(Papers(papers.folder / "other")) is None
