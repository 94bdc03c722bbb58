"""
What a sensor asks of the hub beside sending segments: to be enrolled, how it stands, and to change its key.
"""

import hashlib
import hmac
import ssl

import httpx

from isdas.model.errors import ConfigError, IsdasError
from isdas.transport.keys import Key
from isdas.transport.protocol import (
    AUTHORITY,
    ENROL,
    ROTATE,
    SELF,
    Enrolment,
    Misunderstood,
    Rotation,
    Standing,
    signed_request,
)

_MOST_BYTES = 1 << 16
_SHA256_DIGITS = 64


class Unanswered(IsdasError):
    """
    The hub did not answer as it should.

    Attributes:
        status: of the answer; None if there was none.
    """

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


def enrol(client: httpx.Client, said: Enrolment, key: Key) -> Standing:
    """
    Have a key wait for approval.

    Raises:
        Unanswered: with status 403 if the token is unknown, expired or spent, or the key is not wanted.
    """
    return _standing(_asked(client, "POST", ENROL, said.as_json(key), {}))


def standing(client: httpx.Client, key: Key, *, sent_us: int) -> Standing:
    """
    How a sensor stands.

    Args:
        sent_us: the sensor's clock, microseconds since 1970.

    Raises:
        Unanswered: with status 401 if nobody knows the key, 403 if nothing is taken from it any more.
    """
    request = signed_request(key, "GET", SELF, b"", sent_us=sent_us)
    return _standing(_asked(client, "GET", SELF, b"", request.headers()))


def rotate(client: httpx.Client, old: Key, new: Key, *, sent_us: int) -> Standing:
    """
    Have a new key in place of the old one; asked again, the answer is the same.

    Raises:
        Unanswered: with status 401 or 403 if the hub does not know the old key, or another has followed it.
    """
    body = Rotation.of(old, new).as_json()
    request = signed_request(old, "POST", ROTATE, body, sent_us=sent_us)
    return _standing(_asked(client, "POST", ROTATE, body, request.headers()))


def authority(hub: str, sha256: str, *, proxy: str | None = None, timeout_s: float = 30.0) -> bytes:
    """
    The certificate (PEM) of the hub's own authority, if it is the one with a SHA-256 fingerprint.

    It is asked for without knowing whom, and believed for its fingerprint alone.

    Raises:
        Unanswered: there is none, or it is another.
        ConfigError: the fingerprint is none.
    """
    expected = sha256.replace(":", "").replace(" ", "").lower()
    if len(expected) != _SHA256_DIGITS or not set(expected) <= set("0123456789abcdef"):
        raise ConfigError("the fingerprint of a certificate has 64 hexadecimal digits: `isdas fleet ca` shows it")
    anyone = ssl.create_default_context()
    anyone.check_hostname = False
    anyone.verify_mode = ssl.CERT_NONE
    with httpx.Client(base_url=hub, verify=anyone, proxy=proxy, timeout=timeout_s) as client:
        pem = _asked(client, "GET", AUTHORITY, b"", {})
    try:
        found = hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem.decode("ascii"))).hexdigest()
    except ValueError as error:
        raise Unanswered(f"{hub} answers with something that is no certificate") from error
    if not hmac.compare_digest(found, expected):
        raise Unanswered(f"the authority of {hub} has the fingerprint {found}: it is another hub, or somebody between")
    return pem


def _asked(client: httpx.Client, method: str, path: str, body: bytes, headers: dict[str, str]) -> bytes:
    try:
        with client.stream(method, path, content=body, headers=headers) as reply:
            if reply.status_code not in (200, 202):
                raise Unanswered(f"the hub answers {reply.status_code}", reply.status_code)
            answer = b""
            for part in reply.iter_bytes():
                answer += part
                if len(answer) > _MOST_BYTES:
                    raise Unanswered("the hub's answer is too long")
            return answer
    except httpx.HTTPError as error:
        raise Unanswered(f"{client.base_url} cannot be reached: {error or type(error).__name__}") from error


def _standing(body: bytes) -> Standing:
    try:
        return Standing.from_json(body)
    except Misunderstood as error:
        raise Unanswered(f"what answers is no hub: {error}") from error
