"""
Programs at either end of a cable, run in a process each: ``cable_peer.py answer|shell|use|log-in ADDRESS [SOURCE]``.

They stand for an NTP and a DNS server and a hub, for a shell that can be logged in to, and for those that use them.
"""

import selectors
import socket
import sys
from contextlib import suppress

TCP_PORTS, UDP_PORTS = (443, 8446), (53, 123)


def answer(address: str) -> None:
    """Answer what comes by UDP and TCP until killed."""
    chosen = selectors.DefaultSelector()
    for kind, ports in ((socket.SOCK_STREAM, TCP_PORTS), (socket.SOCK_DGRAM, UDP_PORTS)):
        for port in ports:
            made = socket.socket(socket.AF_INET, kind)
            made.bind((address, port))
            if kind == socket.SOCK_STREAM:
                made.listen()
            chosen.register(made, selectors.EVENT_READ)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while True:
        for key, _ in chosen.select():
            ready = key.fileobj
            assert isinstance(ready, socket.socket)
            if ready.type == socket.SOCK_STREAM:
                with ready.accept()[0] as session:
                    session.sendall(session.recv(1000) * 10)
            else:
                data, whom = ready.recvfrom(1000)
                ready.sendto(data, whom)


def shell(address: str) -> None:
    """Take sessions on port 22 until killed."""
    with socket.create_server((address, 22)) as listening:
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        while True:
            with listening.accept()[0] as session, suppress(OSError):
                while data := session.recv(1000):
                    session.sendall(data)


def use(address: str) -> None:
    """Ask each service once and wait for its answer."""
    for port in TCP_PORTS:
        with socket.create_connection((address, port), timeout=5) as session:
            session.sendall(b"segment" * 50)
            while session.recv(1000):
                pass
    for port in UDP_PORTS:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
            asking.settimeout(5)
            if port == 123:
                asking.bind(("", port))
            asking.sendto(b"what?", (address, port))
            asking.recv(1000)


def log_in(address: str, source: str) -> None:
    """Have a session of some lines on port 22."""
    with socket.create_connection((address, 22), timeout=5, source_address=(source, 0)) as session:
        for _ in range(10):
            session.sendall(b"uptime\n")
            session.recv(1000)


if __name__ == "__main__":
    {"answer": answer, "shell": shell, "use": use, "log-in": log_in}[sys.argv[1]](*sys.argv[2:])
