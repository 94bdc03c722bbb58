"""
A network interface: what its frames are, whether it is up, and which addresses it has (netdevice(7), rtnetlink(7)).

It sends no packets and needs no privileges.
"""

import errno
import fcntl
import ipaddress
import socket
import struct
from dataclasses import dataclass

from isdas.model.errors import IsdasError, NotFound

ETHERNET, RAW_IP = 1, 101
"""Link types (LINKTYPE_*) of the frames that an interface gives."""

_LINK_OF_HARDWARE = {1: ETHERNET, 772: ETHERNET, 512: RAW_IP, 519: RAW_IP, 768: RAW_IP, 769: RAW_IP, 776: RAW_IP,
                     778: RAW_IP, 823: RAW_IP, 0xFFFE: RAW_IP}  # fmt: skip
"""ARPHRD_* to link type: Ethernet, loopback; PPP, raw IP, IPIP, IP6IP6, SIT, GRE, GRE6, and none, which is tun."""

_FLAGS, _HARDWARE, _INDEX = 0x8913, 0x8927, 0x8933
_UP, _RUNNING = 1, 0x40
_REQUEST_BYTES = 40
_HAS_HEADER = {1, 772, 0xFFFE}

_GET_ADDRESSES, _NEW_ADDRESS, _DONE, _ERROR = 22, 20, 3, 2
_REQUEST_AND_DUMP = 0x301
_ADDRESS, _LOCAL = 1, 2
_FLAGS_ATTRIBUTE = 8
_TENTATIVE = 0x40 | 0x08
"""IFA_F_TENTATIVE and IFA_F_DADFAILED: the address is not, or will never be, the interface's."""

_SCOPE_LINK = 253
_GROUPS = 0x1 | 0x10 | 0x100
"""RTMGRP_LINK, RTMGRP_IPV4_IFADDR, RTMGRP_IPV6_IFADDR."""


@dataclass(frozen=True, slots=True)
class Interface:
    """
    An interface that packets can be read from.

    Attributes:
        name, index: as ``ip link`` shows them.
        link: link type of its frames.
        cooked: whether the kernel must take off a header that is not always there (SOCK_DGRAM).
    """

    name: str
    index: int
    link: int
    cooked: bool


def find(name: str) -> Interface:
    """
    The interface of a name.

    Raises:
        NotFound: there is none.
        IsdasError: its frames are not understood.
    """
    try:
        index = socket.if_nametoindex(name)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as control:
            hardware = struct.unpack_from("H", _asked(control, _HARDWARE, name), 16)[0]
    except OSError:
        there = ", ".join(sorted(each for _, each in socket.if_nameindex()))
        raise NotFound(f"no interface {name!r} here; there are {there}") from None
    if hardware not in _LINK_OF_HARDWARE:
        raise IsdasError(f"frames of the interface {name} (hardware type {hardware}) are not understood")
    return Interface(name, index, _LINK_OF_HARDWARE[hardware], hardware not in _HAS_HEADER)


class Watch:
    """
    Looks after an interface, and tells when something about it may have changed.

    It stays in the network namespace in which it was made.
    """

    def __init__(self, interface: Interface) -> None:
        """Look from now on."""
        self._interface = interface
        self._control = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
        self._asking = _netlink(0)
        self._changes = _netlink(_GROUPS)
        self._changes.setblocking(False)

    def fileno(self) -> int:
        """Can be read when there is something to tell."""
        return self._changes.fileno()

    def changed(self) -> bool:
        """Whether any interface or address has changed since this was last asked."""
        changed = False
        while True:
            try:
                self._changes.recv(1 << 16)
            except BlockingIOError:
                return changed
            except OSError as error:
                if error.errno != errno.ENOBUFS:
                    raise
            changed = True

    def up(self) -> bool | None:
        """Whether the interface is up and has a carrier; None if it is gone, even if another has its name by now."""
        name = self._interface.name
        try:
            if struct.unpack_from("i", _asked(self._control, _INDEX, name), 16)[0] != self._interface.index:
                return None
            flags = struct.unpack_from("H", _asked(self._control, _FLAGS, name), 16)[0]
        except OSError:
            return None
        return bool(flags & _UP and flags & _RUNNING)

    def addresses(self) -> tuple[str, ...]:
        """The addresses that others can send to, sorted; those of the link alone are left out."""
        found: list[str] = []
        header = struct.pack("=IHHII", 24, _GET_ADDRESSES, _REQUEST_AND_DUMP, 1, 0)
        self._asking.send(header + struct.pack("=BBBBI", 0, 0, 0, 0, 0))
        while True:
            data = self._asking.recv(1 << 17)
            for kind, body in _messages(data):
                if kind in (_DONE, _ERROR):
                    return tuple(sorted(found, key=lambda text: (":" in text, text)))
                if kind == _NEW_ADDRESS and (address := _address(body, self._interface.index)):
                    found.append(address)

    def close(self) -> None:
        """Look no more."""
        for each in (self._control, self._asking, self._changes):
            each.close()


def _asked(control: socket.socket, request: int, name: str) -> bytes:
    return fcntl.ioctl(control, request, struct.pack(f"{_REQUEST_BYTES}s", name.encode()[:15]))


def _netlink(groups: int) -> socket.socket:
    made = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, socket.NETLINK_ROUTE)
    made.bind((0, groups))
    return made


def _messages(data: bytes) -> list[tuple[int, bytes]]:
    """Type and body of each netlink message."""
    found, at = [], 0
    while at + 16 <= len(data):
        length, kind = struct.unpack_from("=IH", data, at)
        if length < 16:
            break
        found.append((kind, data[at + 16 : at + length]))
        at += length + -length % 4
    return found


def _address(body: bytes, index: int) -> str:
    """The address that a message tells of; empty if it is not one of the interface that packets can come to."""
    _, _, flags, scope, of_index = struct.unpack_from("=BBBBI", body)
    told: dict[int, bytes] = {}
    at = 8
    while at + 4 <= len(body):
        length, kind = struct.unpack_from("=HH", body, at)
        if length < 4:
            break
        told[kind] = body[at + 4 : at + length]
        at += length + -length % 4
    if _FLAGS_ATTRIBUTE in told:
        flags = int.from_bytes(told[_FLAGS_ATTRIBUTE], "little")
    # Of a link from one point to another IFA_ADDRESS is the other end.
    mine = told.get(_LOCAL) or told.get(_ADDRESS)
    if of_index != index or mine is None or scope == _SCOPE_LINK or flags & _TENTATIVE:
        return ""
    return str(ipaddress.ip_address(mine))
