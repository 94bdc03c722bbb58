"""
Confirming tools: what all SYNs of a source say together, where one alone may fit by chance.

Evidence about a set of packets, for alerts and detection; it never labels a packet, because a label must not depend on
how a file is cut.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from isdas.enrich.kind import ACK, FIN, RST, SYN
from isdas.enrich.tool import NMAP, codes
from isdas.model.address import is_ipv4, texts
from isdas.model.columns import Capability
from isdas.model.kernels import compiled
from isdas.model.packets import Packets
from isdas.model.tool import CONFIRMED, TOOLS

NEARLY_ALL = 0.95
"""Which share of a source's SYNs must fit; Merit's darknet events want all of those that they look at."""

LEAST = 2
"""How many SYNs of a source are needed: of random ones a pair fits a 16-bit rule once in 2**32."""

_NEEDED = int(Capability.SEQUENCE | Capability.DESTINATION | Capability.TCP_FLAGS | Capability.SOURCE_PORT)
_NMAP, _UNICORNSCAN = CONFIRMED
_Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Confirmed:
    """
    Sources and the tools that their SYNs confirm, one place each.

    Attributes:
        low: int64[s], lower halves of IPv4 sources.
        syns: int64[s], how many SYNs of each there are.
        fitting: int64[s], how many bear the fingerprint that most of them bear.
        tools: the tool of each, empty if none is confirmed.
    """

    low: _Ints
    syns: _Ints
    fitting: _Ints
    tools: tuple[str, ...]

    def by_address(self) -> dict[str, str]:
        """The sources with a confirmed tool, as people write them."""
        addresses = texts(np.zeros_like(self.low), self.low)
        return {address: tool for address, tool in zip(addresses, self.tools, strict=True) if tool}


def confirmed(packets: Packets) -> Confirmed:
    """
    The tools that are confirmed for the IPv4 sources of some packets, in the order of their addresses.

    A tool is confirmed if a source has LEAST SYNs and NEARLY_ALL of them bear its label. Two are confirmed only by the
    relation of the sequence numbers to each other:

    - ``nmap``: labels of its shape, and two numbers differ by the number of the try, put into both halves (nmap -sS).
    - ``unicornscan``: sequence number ^ destination ^ (port << 16 + source port) is the same for packets to different
      targets, with the destination in either byte order; any shape.
    """
    rows = _syns(packets)
    low = packets.numpy("source_low")[rows]
    order = np.argsort(low, kind="stable")
    rows, low = rows[order], low[order]
    begins = np.flatnonzero(np.r_[True, np.diff(low) != 0]) if len(low) else np.empty(0, np.int64)
    found = np.zeros((4, len(begins)), np.int64)
    names = ("destination_low", "port", "source_port", "tcp_sequence")
    target, port, source_port, sequence = (packets.numpy(name)[rows].astype(np.int64) for name in names)
    _judge(np.r_[begins, len(low)], codes(packets)[rows], target, port, source_port, sequence, found)
    fitting, best, nmap, unicornscan = found
    syns = np.diff(np.r_[begins, len(low)])
    sure = (syns >= LEAST) & (fitting >= NEARLY_ALL * syns)
    tools = [
        _tool(bool(by_key), bool(by_try), TOOLS[code] if fits else "")
        for by_key, by_try, code, fits in zip(unicornscan, nmap, best.tolist(), sure.tolist(), strict=True)
    ]
    return Confirmed(low[begins], syns, fitting, tuple(tools))


def _tool(by_key: bool, by_try: bool, label: str) -> str:
    if label == TOOLS[NMAP]:
        return _NMAP if by_try else label
    return _UNICORNSCAN if by_key and label in ("", "unicornscan-like") else label


def _syns(packets: Packets) -> _Ints:
    """The rows of SYNs over IPv4 that show all that the relations are made of."""
    flags = packets.numpy("tcp_flags", null=-1)
    opening = (flags >= 0) & (flags & (SYN | ACK | RST | FIN) == SYN)
    shown = packets.numpy("capabilities") & _NEEDED == _NEEDED
    four = is_ipv4(packets.numpy("source_high"), packets.numpy("source_low"))
    return np.flatnonzero(opening & shown & four & (packets.numpy("protocol") == 6))


@compiled
def _judge(begins: Any, label: Any, target: Any, port: Any, source_port: Any, sequence: Any, found: Any) -> None:
    """Fill for each source: SYNs with the commonest label, that label, whether tries agree, whether keys agree."""
    for source in range(len(begins) - 1):
        begin, end = begins[source], begins[source + 1]
        for tool in range(1, len(TOOLS)):
            count = 0
            for i in range(begin, end):
                count += label[i] == tool
            if count > found[0, source]:
                found[0, source], found[1, source] = count, tool
        pairs = other = tries = keys = swapped = 0
        for i in range(begin + 1, end):
            pairs += 1
            difference = sequence[i] ^ sequence[i - 1]
            tries += difference & 0xFF00FF00 == 0 and difference >> 16 == difference & 0xFFFF
            ports = (port[i] << 16) + source_port[i] ^ (port[i - 1] << 16) + source_port[i - 1]
            moved = (target[i] ^ target[i - 1]) & 0xFFFFFFFF
            if moved | ports:
                other += 1
                keys += difference == moved ^ ports
                turned = (moved & 0xFF) << 24 | (moved & 0xFF00) << 8 | (moved >> 8 & 0xFF00) | moved >> 24
                swapped += difference == turned ^ ports
        found[2, source] = pairs > 0 and tries >= NEARLY_ALL * pairs
        found[3, source] = other > 0 and max(keys, swapped) >= NEARLY_ALL * other
