"""Tests of isdas.hub.authority."""

import http.client
import http.server
import ssl
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from isdas.hub.authority import Papers, adopt, holds, issue
from isdas.model.errors import ConfigError
from isdas.model.time import now


class Handler(http.server.BaseHTTPRequestHandler):
    """Says that it is there."""

    def do_GET(self) -> None:
        """Nothing but well."""
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing."""


@contextmanager
def listening(papers: Papers) -> Iterator[int]:
    """The port of a server with the hub's certificate on 127.0.0.1."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(papers.certificate, papers.key)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


def reached(papers: Papers, port: int) -> int:
    """What a client that trusts only the authority, and looks closely, gets to see."""
    context = ssl.create_default_context(cafile=str(papers.authority))
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    connection = http.client.HTTPSConnection("127.0.0.1", port, context=context, timeout=60)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status
    finally:
        connection.close()


@pytest.fixture
def papers(tmp_path: Path) -> Papers:
    """An empty folder for papers."""
    return Papers(tmp_path / "tls")


def test_a_client_that_trusts_the_authority_reaches_the_hub(papers: Papers) -> None:
    """One call makes what TLS needs, and a strict client is content with it."""
    issue(papers, ["hub.example", "127.0.0.1"])
    with listening(papers) as port:
        assert reached(papers, port) == 204


def test_another_hub_is_not_trusted(papers: Papers, tmp_path: Path) -> None:
    """A certificate of another authority, or for another address, is refused by the client."""
    issue(papers, ["127.0.0.1"])
    other = Papers(tmp_path / "other")
    issue(other, ["127.0.0.1"])
    with listening(other) as port, pytest.raises(ssl.SSLCertVerificationError):
        reached(papers, port)
    issue(papers, ["hub.example"])
    with listening(papers) as port, pytest.raises(ssl.SSLCertVerificationError, match="IP address mismatch"):
        reached(papers, port)


def test_a_renewed_certificate_is_of_the_same_authority(papers: Papers) -> None:
    """Sensors that have the authority's certificate need no other when the hub's is renewed."""
    issue(papers, ["hub.example"])
    before = papers.authority.read_bytes()
    issue(papers, ["127.0.0.1", "::1"], days=30)
    assert papers.authority.read_bytes() == before
    names, until = holds(papers)
    assert names == ["127.0.0.1", "::1"]
    assert (until - now()).days in {29, 30}
    with listening(papers) as port:
        assert reached(papers, port) == 204


def test_keys_are_for_their_owner_alone(papers: Papers) -> None:
    """Nobody else can read the keys; everybody may read the certificates."""
    issue(papers, ["127.0.0.1"])
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in papers.folder.iterdir()}
    assert modes == {"ca.pem": 0o644, "ca.key": 0o600, "hub.pem": 0o644, "hub.key": 0o600}


def test_a_given_certificate_is_taken(papers: Papers, tmp_path: Path) -> None:
    """A certificate with its key from elsewhere serves; one with another's key does not."""
    elsewhere, another = Papers(tmp_path / "elsewhere"), Papers(tmp_path / "another")
    issue(elsewhere, ["127.0.0.1"])
    issue(another, ["127.0.0.1"])
    adopt(papers, elsewhere.certificate, elsewhere.key)
    with listening(papers) as port:
        assert reached(elsewhere, port) == 204
    with pytest.raises(ConfigError, match="not the key"):
        adopt(papers, elsewhere.certificate, another.key)
    with pytest.raises(ConfigError, match="no certificate in PEM"):
        adopt(papers, elsewhere.key, elsewhere.key)
    with pytest.raises(ConfigError, match="no key in PEM"):
        adopt(papers, elsewhere.certificate, elsewhere.certificate)
    assert holds(papers)[0] == ["127.0.0.1"]


@pytest.mark.parametrize("names", [[], ["a b"], ["http://hub"], [""], ["a..b"], ["hub/"], ["東京"]], ids=str)
def test_what_is_no_name_is_told(papers: Papers, names: list[str]) -> None:
    """A certificate for nothing, or for what is no name, is not made."""
    with pytest.raises(ConfigError, match="name"):
        issue(papers, names)
    with pytest.raises(ConfigError, match="isdas fleet ca"):
        holds(papers)
