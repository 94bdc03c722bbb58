"""
A proxy for tests: it takes CONNECT (RFC 9110, section 9.3.6), and passes on what comes without looking at it.
"""

import select
import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Proxy(socketserver.ThreadingTCPServer):
    """
    The proxy, on 127.0.0.1.

    Attributes:
        asked: where it was asked to connect to, as ``host:port``.
        passed: bytes that went to and from there.
    """

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        """Listen."""
        super().__init__(("127.0.0.1", 0), _Tunnel)
        self.asked: list[str] = []
        self.passed = 0

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Tunnel(socketserver.StreamRequestHandler):
    rbufsize = 0
    server: Proxy

    def handle(self) -> None:
        """One connection, until either side ends it."""
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += self.rfile.read(1)
        method, target, _ = head.split(b"\r\n")[0].split()
        assert method == b"CONNECT"
        host, port = target.decode().rsplit(":", 1)
        self.server.asked.append(target.decode())
        with socket.create_connection((host, int(port))) as there:
            self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            self._pass_on(there)

    def _pass_on(self, there: socket.socket) -> None:
        ends = {self.connection: there, there: self.connection}
        while True:
            for ready in select.select([*ends], [], [])[0]:
                data = ready.recv(1 << 16)
                if not data:
                    return
                self.server.passed += len(data)
                ends[ready].sendall(data)


@contextmanager
def proxy() -> Iterator[Proxy]:
    """A proxy that runs."""
    with Proxy() as made:
        thread = threading.Thread(target=made.serve_forever)
        thread.start()
        try:
            yield made
        finally:
            made.shutdown()
            thread.join()
