"""
A cable between two network namespaces that a test makes: what one end sends, the other end hears, and nobody else.

The addresses are those set aside for tests (RFC 5737, RFC 3849), and nothing has a route to anywhere else.
"""

import ctypes
import fcntl
import os
import socket
import struct
import subprocess
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pytest
from namespaces import missing, named, namespaces

NEAR, FAR = "192.0.2.1", "192.0.2.2"
NEAR6, FAR6 = "2001:db8::1", "2001:db8::2"
NEAR_MAC, FAR_MAC = "02:00:00:00:00:01", "02:00:00:00:00:02"
INTERFACE = "near0"

_CLONE_NEWNET = 0x40000000
_TUNSETIFF, _IFF_TUN, _IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class End:
    """One end of the cable: a namespace of its own."""

    name: str

    def do(self, function: Callable[[], _Value]) -> _Value:
        """What a function gives that runs in the namespace, in a thread of its own; sockets it opens stay there."""
        found: list[_Value] = []
        failed: list[BaseException] = []

        def within() -> None:
            try:
                enter(self.name)
                found.append(function())
            except BaseException as error:
                failed.append(error)

        thread = threading.Thread(target=within)
        thread.start()
        thread.join()
        if failed:
            raise failed[0]
        return found[0]

    def ip(self, command: str) -> None:
        """Run ``ip`` there."""
        subprocess.run(["ip", "-n", self.name, *command.split()], check=True, capture_output=True, text=True)

    def command(self, *words: str) -> list[str]:
        """The command line that runs a program there."""
        return ["ip", "netns", "exec", self.name, *words]

    def run(self, *words: str, timeout: float = 60) -> str:
        """What a program says that runs there until it ends."""
        done = subprocess.run(self.command(*words), capture_output=True, text=True, timeout=timeout, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout


def enter(name: str) -> None:
    """Put this thread into a namespace."""
    with Path("/run/netns", name).open() as file:
        if ctypes.CDLL(None, use_errno=True).setns(file.fileno(), _CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "setns")


@dataclass(frozen=True, slots=True)
class Cable:
    """
    Both ends.

    Attributes:
        near: where the sensor is, with the interface INTERFACE.
        far: where everybody else is, with the interface ``far0``.
    """

    near: End
    far: End

    def send(self, frames: Iterable[bytes]) -> int:
        """Send frames from the far end as they are; how many."""

        def sending() -> int:
            with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as out:
                out.bind(("far0", 0))
                return sum(bool(out.send(frame)) for frame in frames)

        return self.far.do(sending)


def tunnel(end: End, name: str, address: str) -> int:
    """A descriptor of a tun interface there: what is written to it comes out of the interface as IP."""

    def opened() -> int:
        device = os.open("/dev/net/tun", os.O_RDWR)
        fcntl.ioctl(device, _TUNSETIFF, struct.pack("16sH22x", name.encode(), _IFF_TUN | _IFF_NO_PI))
        return device

    if not Path("/dev/net/tun").exists():
        pytest.skip("there is no /dev/net/tun")
    device = end.do(opened)
    end.ip(f"addr add {address} dev {name}")
    end.ip(f"link set {name} up")
    return device


@pytest.fixture
def cable() -> Iterator[Cable]:
    """A cable, gone again afterwards whatever happens."""
    if reason := missing():
        pytest.skip(reason)
    with laid() as made:
        yield made


@contextmanager
def laid() -> Iterator[Cable]:
    """Lay a cable, and take it away afterwards."""
    made = Cable(End(named("isdas-cable", "near")), End(named("isdas-cable", "far")))
    a, b = made.near.name, made.far.name
    steps = [
        f"link add {INTERFACE} netns {a} address {NEAR_MAC} type veth peer name far0 netns {b} address {FAR_MAC}",
    ]
    for end, device, address, address6, other, other6, mac in (
        (a, INTERFACE, NEAR, NEAR6, FAR, FAR6, FAR_MAC),
        (b, "far0", FAR, FAR6, NEAR, NEAR6, NEAR_MAC),
    ):
        steps += [
            f"-n {end} link set lo up",
            f"-n {end} addr add {address}/24 dev {device}",
            f"-n {end} addr add {address6}/64 dev {device} nodad",
            f"-n {end} link set {device} up",
            f"-n {end} neigh add {other} lladdr {mac} dev {device} nud permanent",
            f"-n {end} neigh add {other6} lladdr {mac} dev {device} nud permanent",
        ]
    with namespaces((a, b), steps):
        yield made


def ethernet(packet: bytes, tags: Sequence[int] = ()) -> bytes:
    """A frame from the far end to the near end with an IP packet, behind VLAN tags."""
    kind = 0x0800 if packet[0] >> 4 == 4 else 0x86DD
    macs = bytes.fromhex((NEAR_MAC + FAR_MAC).replace(":", ""))
    return macs + b"".join(struct.pack("!HH", 0x8100, tag) for tag in tags) + struct.pack("!H", kind) + packet


def ip(protocol: int, body: bytes, source: str = FAR, destination: str = NEAR, fragment: int = 0) -> bytes:
    """An IP packet of either version; *fragment* is the word with flags and offset of version 4."""
    if ":" in source:
        head = struct.pack("!IHBB", 6 << 28, len(body), protocol, 64)
        return head + socket.inet_pton(socket.AF_INET6, source) + socket.inet_pton(socket.AF_INET6, destination) + body
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(body), 7, fragment, 64, protocol, 0)
    return head + socket.inet_aton(source) + socket.inet_aton(destination) + body


def tcp(source_port: int, port: int, flags: int = 2) -> bytes:
    """A TCP header."""
    return struct.pack("!HHIIBBHHH", source_port, port, 1, 0, 5 << 4, flags, 1024, 0, 0)


def udp(source_port: int, port: int, payload: bytes = b"") -> bytes:
    """A UDP header and its payload."""
    return struct.pack("!HHHH", source_port, port, 8 + len(payload), 0) + payload


def syns(n: int, port: int = 445) -> list[bytes]:
    """Frames with a SYN each, from one port after the other."""
    return [ethernet(ip(6, tcp(1024 + i % 60000, port))) for i in range(n)]
