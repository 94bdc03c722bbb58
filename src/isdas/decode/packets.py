"""
Frames to Packets: the header columns of every IP packet among the frames.

It does not say what a packet means; that is enrichment.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from isdas.decode import links, walk
from isdas.decode.config import Config
from isdas.decode.inside import Tunnelled, name_of, take_off_carriers, take_off_tunnels
from isdas.decode.payload import Heads, first_bytes, quoted
from isdas.decode.rows import ASIDE, MEDIUM, NARROW, REFUSALS, ROW, WARNINGS, WIDE, Rows
from isdas.model import columns
from isdas.model.columns import Capability
from isdas.model.frames import Frames
from isdas.model.packets import Packets, labels
from isdas.model.tally import Tally

_NEEDS = {
    "source_port": walk.PORTS,
    "icmp_code": walk.ICMP_HEADER,
    "ip_id": walk.IPV4,
    "dont_fragment": walk.IPV4,
    "tcp_flags": walk.TCP_HEADER,
    "tcp_sequence": walk.TCP_HEADER,
    "tcp_acknowledgement": walk.TCP_HEADER,
    "tcp_window": walk.TCP_HEADER,
    "tcp_header_length": walk.TCP_HEADER,
    "tcp_mss": walk.MSS,
    "tcp_window_scale": walk.SCALE,
    "tcp_timestamp": walk.STAMP,
    "tcp_option_layout": walk.TCP_HEADER,
    "udp_length": walk.UDP_HEADER,
    "payload_length": walk.PAYLOAD,
}
"""The columns that may be null, and the bit that says they are not."""

_BEYOND = ("protocol", "port", "payload_at", "payload_held")
"""What is needed to look beyond the headers."""


def decode(
    frames: Frames, config: Config | None = None, ours: npt.NDArray[np.int64] | None = None
) -> tuple[Packets, Tally]:
    """
    The IP packets among the frames, in their order, and what became of every frame.

    A frame with a readable IP header is a packet, whatever follows it; one without is refused as one of
    `isdas.decode.rows.REFUSALS`. ``port`` is the destination port, the type for ICMP and ICMPv6, and NO_PORT for other
    protocols, later fragments and cut transport headers. ``payload_length`` counts the bytes after the TCP header, the
    UDP header, the first eight bytes of ICMP, or the IP header where nothing more is understood. A frame is one packet:
    the innermost in a tunnel or the outermost, as ``config.tunnels`` says; what an ICMP error quotes is kept apart in
    the columns ``quoted_*``. Any bytes decode; nothing raises.

    Args:
        frames: the frames.
        config: settings; the default ones if None.
        ours: int64[k, 4], the monitored networks, each as the signed halves of its address and of its mask.
    """
    config = config or Config()
    rows = Rows.empty(len(frames))
    refused = np.zeros(len(REFUSALS), np.int64)
    warnings = np.zeros(len(WARNINGS), np.int64)
    heads = Heads.fitting(len(frames), config.payload_bytes)
    n = walk.walk(
        frames.buffer,
        frames.offsets,
        frames.captured,
        frames.original,
        frames.times_us,
        frames.links,
        frames.positions,
        links.table()[: links.N_LINKS],
        np.zeros(1, ROW),
        rows.wide,
        rows.medium,
        rows.narrow,
        refused,
        warnings,
        *heads,
    )
    marks = int(np.bitwise_or.reduce(rows.column("known")[:n], initial=0))
    if marks & walk.CARRIED:
        rows, n = take_off_carriers(frames, rows, n, refused, warnings)
        marks |= walk.TUNNEL
    inside = None
    if marks & walk.TUNNEL and config.tunnels != "never":
        inside = take_off_tunnels(frames, rows, n, ours if config.tunnels == "auto" else None, warnings)
    values = _columns(rows, n)
    if inside is not None:
        values |= _of_tunnels(inside, n)
    as_walked = heads.limit == config.payload_bytes and not marks & walk.CARRIED and inside is None
    values |= _beyond_headers(frames.buffer, rows, n, heads if as_walked else None, config.payload_bytes)
    packets = Packets.of(values, n)
    # Few packets among many frames would keep the room that there was for all of them until they are written.
    return packets if n >= len(frames) // 2 else packets.in_own_memory(), _tally(len(frames), n, refused, warnings)


def _of_tunnels(inside: Tunnelled, n: int) -> dict[str, Any]:
    """The columns that only packets out of tunnels have."""
    kinds, codes = np.unique(inside.labels, return_inverse=True)
    names = np.zeros(n, np.int32)
    names[inside.rows] = codes + 1
    values: dict[str, Any] = {"tunnel": labels(names, ["", *map(name_of, kinds.tolist())])}
    bitmap = _bits(names != 0)
    for name, half in (("outer_source_high", inside.source_high), ("outer_source_low", inside.source_low)):
        column = np.zeros(n, np.int64)
        column[inside.rows] = half
        values[name] = _array(name, column, bitmap)
    return values


def _beyond_headers(
    buffer: npt.NDArray[np.uint8], rows: Rows, n: int, heads: Heads | None, limit: int
) -> dict[str, Any]:
    """The columns that few packets have: payloads, which the walk may have copied, and quoted packets."""
    protocol, port, at, held = (rows.column(name)[:n] for name in _BEYOND)
    values: dict[str, Any] = quoted(buffer, protocol, port, at, held)
    payload = first_bytes(buffer, at, held, limit) if heads is None else heads.column(n)
    return values if payload is None else {**values, "payload": payload}


def _columns(rows: Rows, n: int) -> dict[str, Any]:
    known = rows.column("known")[:n]
    bitmaps = {bit: _bitmap(known, bit) for bit in set(_NEEDS.values())}
    values: dict[str, Any] = {"capabilities": int(Capability.CAPTURE), "tunnel": ""}
    for names, table in ((WIDE, rows.wide), (MEDIUM, rows.medium), (NARROW, rows.narrow)):
        for name, data in zip(names, table, strict=True):
            if name not in ASIDE:
                values[name] = _array(name, data[:n], bitmaps.get(_NEEDS.get(name, 0)))
    return values


def _bitmap(known: npt.NDArray[np.int16], bit: int) -> pa.Buffer | None:
    """Arrow's validity bits of the rows that have *bit*; None if all have."""
    has = known & bit != 0
    return None if has.all() else _bits(has)


def _bits(has: npt.NDArray[np.bool_]) -> pa.Buffer:
    return pa.py_buffer(np.packbits(has, bitorder="little"))


def _array(name: str, data: npt.NDArray[Any], bitmap: pa.Buffer | None) -> pa.Array:
    """An Arrow array over the memory of *data*; copied only where the column's type is another."""
    kind = columns.column(name).type
    if pa.types.is_boolean(kind):
        bits = np.packbits(data != 0, bitorder="little")
    elif pa.types.is_timestamp(kind):
        bits = data
    else:
        bits = data.astype(kind.to_pandas_dtype(), copy=False)
    return pa.Array.from_buffers(kind, len(data), [bitmap, pa.py_buffer(bits)])


def _tally(read: int, stored: int, refused: npt.NDArray[np.int64], warnings: npt.NDArray[np.int64]) -> Tally:
    tally = Tally(read=read, stored=stored)
    for reason, count in zip(REFUSALS, refused.tolist(), strict=True):
        tally.refuse(reason, count)
    for name, count in zip(WARNINGS, warnings.tolist(), strict=True):
        tally.warn(name, count)
    return tally
