"""
What the hub answers is believed only if it is what it should be.
"""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from isdas.model.errors import ConfigError
from isdas.transport.ask import Unanswered, authority, enrol, rotate, standing
from isdas.transport.keys import Key
from isdas.transport.protocol import Enrolment, Standing

KEY = Key(bytes(range(32)))
SAID = Standing("active", "tokyo-1", KEY.public, 5, 6)


class Handler(BaseHTTPRequestHandler):
    """Answers everything with the same."""

    status, body = 200, b""

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""

    def answer(self) -> None:
        """Send it."""
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self.send_response(self.status)
        self.send_header("content-length", str(len(self.body)))
        self.end_headers()
        self.wfile.write(self.body)

    do_GET = do_POST = answer


@pytest.fixture
def url() -> Iterator[str]:
    """Where somebody answers."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def ask(url: str, what: str) -> Standing:
    """Ask for one thing."""
    with httpx.Client(base_url=url, trust_env=False) as client:
        match what:
            case "enrol":
                return enrol(client, Enrolment("token", KEY.public), KEY)
            case "rotate":
                return rotate(client, KEY, Key.make(), sent_us=1)
    with httpx.Client(base_url=url, trust_env=False) as client:
        return standing(client, KEY, sent_us=1)


@pytest.mark.parametrize("what", ["enrol", "rotate", "standing"])
def test_answers_are_read(what: str, url: str) -> None:
    """A standing is given back; a status, nonsense, a flood and silence are told apart."""
    Handler.status, Handler.body = 200, SAID.as_json()
    assert ask(url, what) == SAID
    Handler.status = 403
    with pytest.raises(Unanswered, match="403") as caught:
        ask(url, what)
    assert caught.value.status == 403
    Handler.status, Handler.body = 200, b"<html>"
    with pytest.raises(Unanswered, match="no hub"):
        ask(url, what)
    Handler.body = bytes(1 << 17)
    with pytest.raises(Unanswered, match="too long"):
        ask(url, what)
    with pytest.raises(Unanswered, match="cannot be reached") as caught:
        ask("http://127.0.0.1:9", what)
    assert caught.value.status is None


def test_what_is_no_certificate_is_no_authority(url: str) -> None:
    """Nor is a fingerprint that is none."""
    Handler.status, Handler.body = 200, b"hello"
    with pytest.raises(Unanswered, match="no certificate"):
        authority(url, "0" * 64)
    Handler.body = b"\xff\xfe"
    with pytest.raises(Unanswered, match="no certificate"):
        authority(url, "0" * 64)
    with pytest.raises(ConfigError, match="64 hexadecimal"):
        authority(url, "x" * 64)
