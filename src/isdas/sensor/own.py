"""
The sensor's own traffic: answers to what it has begun itself, which nobody else sent unasked.

It learns from the packets that go out, so that it follows what really happens and needs no list of services. What the
kernel of the sensor answers to a stranger begins nothing: the stranger's packets stay.
"""

import ipaddress
import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from isdas.model.address import halves
from isdas.model.monitored import Monitored
from isdas.model.packets import Packets

ENTRIES = 1 << 16
"""How many connections are known at a time; the one that would be forgotten first gives way."""

_WAYS = 8
_ASKED = 1 << 16

_SECOND_US = 1_000_000
_BEGUN_US, _IDLE_US, _ENDED_US = 180 * _SECOND_US, 86_400 * _SECOND_US, 120 * _SECOND_US
_UDP_US, _ECHO_US, _CALL_US, _PARTS_US = 180 * _SECOND_US, 60 * _SECOND_US, 60 * _SECOND_US, 10 * _SECOND_US
_ASKED_US = 30 * _SECOND_US
"""
How long a connection is remembered: one that has been begun (a SYN is repeated for two minutes), one that is silent,
one that has been ended; UDP (RFC 4787 wants two minutes); an echo; a call to everybody, such as for an address by DHCP;
parts of a packet. And for how long what the sensor sends may be an answer to what it got.
"""

_TCP, _UDP, _ICMP, _ICMP6, _PARTS = 6, 17, 1, 58, 256
_FIN, _SYN, _RST, _ACK = 1, 2, 4, 16

_COLUMNS = (
    "source_high",
    "source_low",
    "destination_high",
    "destination_low",
    "protocol",
    "source_port",
    "port",
    "tcp_flags",
    "fragment_offset",
    "more_fragments",
    "ip_id",
    "ttl",
    "quoted_protocol",
    "quoted_source_high",
    "quoted_source_low",
    "quoted_destination_high",
    "quoted_destination_low",
    "quoted_source_port",
    "quoted_port",
)
(_SH, _SL, _DH, _DL, _PROTOCOL, _SPORT, _PORT, _FLAGS, _OFFSET, _MORE, _ID, _TTL,
 _QP, _QSH, _QSL, _QDH, _QDL, _QSPORT, _QPORT, _TIME) = range(len(_COLUMNS) + 1)  # fmt: skip

Rows = npt.NDArray[np.int64]
"""int64[20, n]: the columns that matter, the time in microseconds last; -1 for null."""


class Own:
    """What the sensor has begun, and what it may leave out for that."""

    def __init__(self, management: Iterable[str] = ()) -> None:
        """
        Nothing is known yet.

        Args:
            management: networks from which everything is the sensor's own.

        Raises:
            IsdasError: one of them is no network.
        """
        self._management = Monitored.parse(management)
        # Without the seed nobody outside can choose packets that meet in one place of the table.
        self._seed = np.uint64(secrets.randbits(64))
        self._keys = np.zeros(ENTRIES, np.uint64)
        self._until = np.zeros(ENTRIES, np.int64)
        self._asked = np.zeros(_ASKED, np.uint64)
        self._asked_at = np.zeros(_ASKED, np.int64)
        self._waiting: list[Rows] = []

    def went_out(self, packets: Packets) -> None:
        """Take in packets that the sensor sent; they count from their time on."""
        if len(packets):
            self._waiting.append(_rows(packets))

    def judge(self, packets: Packets, until_us: int | None = None) -> npt.NDArray[np.bool_]:
        """
        Which packets that came in are the sensor's own: bool[n].

        Args:
            packets: in the order of their times.
            until_us: time before which no further packet is to be expected; None for that of the last one.
        """
        rows = _rows(packets)
        out = np.concatenate(self._waiting, axis=1) if self._waiting else np.empty((len(_COLUMNS) + 1, 0), np.int64)
        own = np.zeros(len(packets), np.bool_)
        taken = _judge(rows, out, until_us or 0, self._seed, self._keys, self._until, self._asked, self._asked_at, own)
        left = out[:, taken:]
        self._waiting = [left] if left.shape[1] else []
        own |= self._management.holds(packets.numpy("source_high"), packets.numpy("source_low"))
        return own

    def jumped(self, by_us: int) -> None:
        """The clock was set: what is known stays known for as long as before."""
        self._until += by_us
        self._asked_at += by_us

    def know(self, connections: Iterable[tuple[str, int, str, int]], now_us: int) -> None:
        """Take TCP connections for own: (local address, port, remote address, port) each."""
        for local, port, remote, remote_port in connections:
            row = np.array([*halves(local), *halves(remote), _TCP, port, remote_port], np.int64)
            _know(row, now_us, self._seed, self._keys, self._until)


def established(folder: Path = Path("/proc/self/net")) -> list[tuple[str, int, str, int]]:
    """
    The TCP connections of this machine that it has begun itself: (local address, port, remote address, port).

    Those at a port on which something listens were begun by others.
    """
    found, listening = [], set()
    for name in ("tcp", "tcp6"):
        try:
            lines = (folder / name).read_text(encoding="ascii").splitlines()[1:]
        except OSError:
            continue
        for line in lines:
            _, local, remote, state = line.split()[:4]
            if state == "0A":
                listening.add(_socket(local)[1])
            elif state in ("01", "02"):
                found.append((*_socket(local), *_socket(remote)))
    return [each for each in found if each[1] not in listening]


def _socket(text: str) -> tuple[str, int]:
    """Address and port of /proc/net/tcp: words in the byte order of the machine."""
    digits, _, port = text.partition(":")
    words = np.frombuffer(bytes.fromhex(digits), ">u4").astype("=u4").tobytes()
    return str(ipaddress.ip_address(words)), int(port, 16)


def _rows(packets: Packets) -> Rows:
    rows = np.empty((len(_COLUMNS) + 1, len(packets)), np.int64)
    for i, name in enumerate(_COLUMNS):
        rows[i] = packets.numpy(name, False if name == "more_fragments" else -1)
    rows[_TIME] = packets.numpy("time").astype("datetime64[us]").view(np.int64)
    return rows


@njit(cache=True, nogil=True)
def _mix(value: Any, word: Any) -> Any:
    """A word mixed into a hash (the finaliser of splitmix64)."""
    x = value ^ (np.uint64(word) + np.uint64(0x9E3779B97F4A7C15))
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


@njit(cache=True, nogil=True)
def _key(
    seed: Any, protocol: Any, local_high: Any, local_low: Any, remote_high: Any, remote_low: Any, port: Any, other: Any
) -> Any:
    """What a connection is known by: never 0, which is an empty place."""
    value = _mix(seed, np.int64(local_high))
    value = _mix(value, np.int64(local_low))
    value = _mix(value, np.int64(remote_high))
    value = _mix(value, np.int64(remote_low))
    value = _mix(value, np.int64(port) << 32 | np.int64(other) & 0xFFFFFFFF)
    return _mix(value, np.int64(protocol)) | np.uint64(1)


@njit(cache=True, nogil=True)
def _find(key: Any, now: Any, keys: Any, until: Any) -> Any:
    """The place of a connection that is known at this time; -1 if it is not."""
    first = np.int64(key >> np.uint64(40)) % (ENTRIES // _WAYS) * _WAYS
    for at in range(first, first + _WAYS):
        if keys[at] == key and until[at] >= now:
            return at
    return np.int64(-1)


@njit(cache=True, nogil=True)
def _put(key: Any, end: Any, keys: Any, until: Any) -> None:
    """Remember a connection until a time, in place of the one that ends first."""
    first = np.int64(key >> np.uint64(40)) % (ENTRIES // _WAYS) * _WAYS
    place: Any = first
    for at in range(first, first + _WAYS):
        if keys[at] == key:
            place = at
            break
        if until[at] < until[place]:
            place = at
    keys[place] = key
    until[place] = end


@njit(cache=True, nogil=True)
def _know(row: Any, now: Any, seed: Any, keys: Any, until: Any) -> None:
    _put(_key(seed, row[4], row[0], row[1], row[2], row[3], row[5], row[6]), now + _IDLE_US, keys, until)


@njit(cache=True, nogil=True)
def _to_everybody(high: Any, low: Any) -> Any:
    """Whether an address is a multicast or the broadcast one, so that the answer comes from another."""
    if high == 0 and low >> 32 == 0xFFFF:
        return (low & 0xF0000000) == 0xE0000000 or (low & 0xFF) == 0xFF
    return (high >> 56) & 0xFF == 0xFF


@njit(cache=True, nogil=True)
def _learn(out: Any, j: int, seed: Any, keys: Any, until: Any, asked: Any, asked_at: Any) -> None:
    """Take in one packet that went out."""
    now, protocol = out[_TIME, j], out[_PROTOCOL, j]
    sport, port = out[_SPORT, j], out[_PORT, j]
    if protocol in (_ICMP, _ICMP6):
        if port == (8 if protocol == _ICMP else 128):
            key = _key(seed, protocol, out[_SH, j], out[_SL, j], out[_DH, j], out[_DL, j], 0, 0)
            _put(key, now + _ECHO_US, keys, until)
        return
    key = _key(seed, protocol, out[_SH, j], out[_SL, j], out[_DH, j], out[_DL, j], sport, port)
    if protocol == _TCP:
        if out[_FLAGS, j] & (_SYN | _ACK) == _SYN:
            _put(key, now + _BEGUN_US, keys, until)
        return
    if protocol != _UDP or port < 0:
        return
    if _to_everybody(out[_DH, j], out[_DL, j]):
        _put(_key(seed, _UDP, 0, 0, 0, 0, sport, port), now + _CALL_US, keys, until)
    place = np.int64(key >> np.uint64(20)) % _ASKED
    answer = asked[place] == key and asked_at[place] + _ASKED_US >= now
    if not answer or _find(key, now, keys, until) >= 0:
        _put(key, now + _UDP_US, keys, until)


@njit(cache=True, nogil=True)
def _is_own(rows: Any, i: int, seed: Any, keys: Any, until: Any, asked: Any, asked_at: Any) -> Any:
    """Whether one packet that came in is an answer."""
    now, protocol = rows[_TIME, i], rows[_PROTOCOL, i]
    sh, sl, dh, dl = rows[_SH, i], rows[_SL, i], rows[_DH, i], rows[_DL, i]
    if rows[_OFFSET, i] > 0:
        return _find(_key(seed, _PARTS, dh, dl, sh, sl, protocol, rows[_ID, i]), now, keys, until) >= 0
    if protocol in (_ICMP, _ICMP6):
        return _is_own_icmp(rows, i, seed, keys, until)
    if protocol not in (_TCP, _UDP) or rows[_PORT, i] < 0:
        return False
    key = _key(seed, protocol, dh, dl, sh, sl, rows[_PORT, i], rows[_SPORT, i])
    place = _find(key, now, keys, until)
    if protocol == _TCP:
        flags = rows[_FLAGS, i]
        if place < 0 or flags & (_SYN | _ACK) == _SYN:
            return False
        if flags & (_FIN | _RST):
            until[place] = now + _ENDED_US
        elif until[place] - now > _ENDED_US or flags & _SYN:
            until[place] = now + _IDLE_US
    elif place >= 0:
        until[place] = now + _UDP_US
    elif _find(_key(seed, _UDP, 0, 0, 0, 0, rows[_PORT, i], rows[_SPORT, i]), now, keys, until) < 0:
        asked[np.int64(key >> np.uint64(20)) % _ASKED] = key
        asked_at[np.int64(key >> np.uint64(20)) % _ASKED] = now
        return False
    if rows[_MORE, i] > 0:
        _put(_key(seed, _PARTS, dh, dl, sh, sl, protocol, rows[_ID, i]), now + _PARTS_US, keys, until)
    return True


@njit(cache=True, nogil=True)
def _is_own_icmp(rows: Any, i: int, seed: Any, keys: Any, until: Any) -> Any:
    now, protocol, kind = rows[_TIME, i], rows[_PROTOCOL, i], rows[_PORT, i]
    sh, sl, dh, dl = rows[_SH, i], rows[_SL, i], rows[_DH, i], rows[_DL, i]
    if protocol == _ICMP6 and 133 <= kind <= 137:
        # Neighbours' and routers' questions, which no router passes on (RFC 4861); ARP of IPv6.
        return rows[_TTL, i] == 255
    if kind == (0 if protocol == _ICMP else 129):
        return _find(_key(seed, protocol, dh, dl, sh, sl, 0, 0), now, keys, until) >= 0
    quoted = rows[_QP, i]
    if quoted < 0:
        return False
    sport, port = rows[_QSPORT, i], rows[_QPORT, i]
    if quoted in (_ICMP, _ICMP6):
        sport = port = np.int64(0)
    key = _key(seed, quoted, rows[_QSH, i], rows[_QSL, i], rows[_QDH, i], rows[_QDL, i], sport, port)
    return _find(key, now, keys, until) >= 0


@njit(cache=True, nogil=True)
def _judge(
    rows: Any, out: Any, until_us: int, seed: Any, keys: Any, until: Any, asked: Any, asked_at: Any, own: Any
) -> int:
    """Go through what came in and what went out in the order of time; how much of what went out is taken in."""
    taken = 0
    for i in range(rows.shape[1]):
        while taken < out.shape[1] and out[_TIME, taken] <= rows[_TIME, i]:
            _learn(out, taken, seed, keys, until, asked, asked_at)
            taken += 1
        own[i] = _is_own(rows, i, seed, keys, until, asked, asked_at)
    while taken < out.shape[1] and out[_TIME, taken] < until_us:
        _learn(out, taken, seed, keys, until, asked, asked_at)
        taken += 1
    return taken
