"""
The sensor API: what sensors ask of the hub over HTTPS (`transport.protocol`).

Bodies are bounded before they are read. Who is not believed gets a status and nothing else, and is counted.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from isdas.hub.authority import Papers
from isdas.hub.door import Door, micros
from isdas.hub.enrolment import enrol, rotate
from isdas.hub.room import Full
from isdas.hub.sender import Sender, Senders
from isdas.hub.turned_away import TurnedAway
from isdas.lake.lake import Lake
from isdas.lake.sensors import ACTIVE
from isdas.model.errors import LakeError
from isdas.transport.keys import Key
from isdas.transport.protocol import (
    AUTHORITY,
    ENROL,
    MOST_BODY_BYTES,
    ROTATE,
    SEGMENTS,
    SELF,
    Answer,
    Enrolment,
    Misunderstood,
    Rotation,
    Standing,
    read_request,
    unpack_segments,
)

_SMALL_BYTES = 4096
_LEAST_BODY_S = 60.0
_SLOWEST_BYTES_S = 5_000
"""The slowest line that a sensor may have; nobody may hold room for ever."""

_LATER_S = "10"
_JSON = "application/json"

Beacon = Callable[[int], dict[str, Any] | None]
"""Gives what the sensor with a number is told of beacons."""

_Handler = Callable[[Request], Awaitable[Response]]


def sensor_api(lake: Lake, door: Door, key: Key, beacon: Beacon = lambda _: None) -> APIRouter:
    """
    The paths that sensors ask for.

    Args:
        lake: where the fleet is recorded.
        door: where segments go.
        key: the hub's.
        beacon: what sensors are told of beacons.
    """
    router, api = APIRouter(), _Api(lake, door, key, beacon)
    for path, method, handler in (
        (ENROL, "POST", api.enrol),
        (SELF, "GET", api.standing),
        (AUTHORITY, "GET", api.authority),
        (ROTATE, "POST", api.rotate),
        (SEGMENTS, "POST", api.segments),
    ):
        router.add_api_route(path, _guarded(handler, door), methods=[method], response_model=None)
    return router


def _guarded(handler: _Handler, door: Door) -> _Handler:
    """The handler, with what it turns away counted and answered by a bare status."""

    async def guarded(request: Request) -> Response:
        try:
            return await handler(request)
        except TurnedAway as turned:
            door.counted.add(turned.reason, turned.sensor)
            return Response(status_code=turned.status)
        except (Misunderstood, ClientDisconnect):
            door.counted.add("misunderstood")
            return Response(status_code=400)
        except (LakeError, Full):
            door.counted.add("no-room")
            return Response(status_code=503, headers={"Retry-After": _LATER_S})

    return guarded


class _Api:
    """The handlers. What asks the database or checks a signature is done beside the loop that serves others."""

    def __init__(self, lake: Lake, door: Door, key: Key, beacon: Beacon) -> None:
        self._lake = lake
        self._door = door
        self._key = key
        self._beacon = beacon
        self._senders = Senders(lake.sensors)

    async def enrol(self, request: Request) -> Response:
        """Let a new key wait for approval."""
        received_us, body = micros(), await _body(request, _SMALL_BYTES)
        state = await run_in_threadpool(lambda: enrol(self._lake, Enrolment.from_json(body)))
        return Response(self._standing(received_us, state), 202, media_type=_JSON)

    async def authority(self, request: Request) -> Response:
        """The certificate of an own authority: no secret, and believed only by who was told its fingerprint."""
        try:
            pem = await run_in_threadpool(Papers.of(self._lake.path).authority.read_bytes)
        except OSError:
            return Response(status_code=404)
        return Response(pem, media_type="application/x-pem-file")

    async def standing(self, request: Request) -> Response:
        """Tell a sensor how it stands, and what time it is."""
        received_us = micros()
        sender = await run_in_threadpool(self._believed, request, SELF, b"")
        if sender.key.state != ACTIVE or sender.key.sensor is None:
            return Response(self._standing(received_us, sender.key.state), media_type=_JSON)
        settings = await run_in_threadpool(self._beacon, sender.key.sensor)
        return Response(self._standing(received_us, ACTIVE, sender.key.name, settings), media_type=_JSON)

    async def rotate(self, request: Request) -> Response:
        """Take a new key in place of the one that signs."""
        received_us, body = micros(), await _body(request, _SMALL_BYTES)
        sender = await run_in_threadpool(self._believed, request, ROTATE, body)
        await run_in_threadpool(lambda: rotate(self._lake, sender, Rotation.from_json(body)))
        return Response(self._standing(received_us, ACTIVE, sender.key.name), media_type=_JSON)

    async def segments(self, request: Request) -> Response:
        """Take segments, and answer when they are in."""
        received_us = micros()
        # Before the body is read, so that nobody unknown takes room for one.
        signed = read_request("POST", SEGMENTS, request.headers)
        await run_in_threadpool(self._senders.expected, signed)
        size = int(request.headers.get("content-length", MOST_BODY_BYTES))
        if size > MOST_BODY_BYTES:
            raise TurnedAway(413, "too-large")
        with self._door.room.taking(size):
            body = await _body(request, size)
            sender = await run_in_threadpool(self._believed, request, SEGMENTS, body)
            results = await asyncio.wrap_future(self._door.take(sender, unpack_segments(body), received_us))
        return Response(Answer(received_us, micros(), results).as_json(), media_type=_JSON)

    def _believed(self, request: Request, path: str, body: bytes) -> Sender:
        seen_from = request.client.host if request.client else ""
        return self._senders.believed(read_request(request.method, path, request.headers), body, seen_from)

    def _standing(self, received_us: int, state: str, name: str = "", beacon: dict[str, Any] | None = None) -> bytes:
        return Standing(state, name, self._key.public, received_us, micros(), beacon).as_json()


async def _body(request: Request, most_bytes: int) -> bytes:
    """
    The body of a request.

    Raises:
        TurnedAway: it is larger, or comes too slowly.
    """
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(_LEAST_BODY_S + most_bytes / _SLOWEST_BYTES_S):
            async for part in request.stream():
                size += len(part)
                if size > most_bytes:
                    raise TurnedAway(413, "too-large")
                parts.append(part)
    except TimeoutError:
        raise TurnedAway(408, "too-slow") from None
    return b"".join(parts)
