"""
What is inside of the frames and packets that the walk has marked: carriers are taken off, and tunnels if they are to
be, until a packet is found; it takes the row of what carried it.

It costs nothing where nothing is marked. What turns out to hold no packet stays as it was.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from isdas.decode import carriers, links, tunnels, walk
from isdas.decode.payload import Heads
from isdas.decode.rows import ROW, Rows
from isdas.model.frames import Frames

MOST_TUNNELS = 4
"""How many tunnels one inside the other are taken off."""

_NAME_BITS = 5
_ROUNDS = 12
"""Headers in a frame that are taken off at most, tunnels and carriers together."""

_NOT_IP = 2

Numbers = npt.NDArray[np.int64]


class Tunnelled(NamedTuple):
    """
    The packets that came in a tunnel.

    Attributes:
        rows: int64[k], their rows.
        labels: int64[k], the tunnels of each, for `name_of`.
        source_high: int64[k], upper half of the source in the outermost header.
        source_low: int64[k], the lower half.
    """

    rows: Numbers
    labels: Numbers
    source_high: Numbers
    source_low: Numbers


def name_of(label: int) -> str:
    """The names of the tunnels of a label, the outermost first."""
    names: list[str] = []
    while label:
        names.insert(0, tunnels.NAMES[label & ((1 << _NAME_BITS) - 1)])
        label >>= _NAME_BITS
    return "/".join(names)


def take_off_carriers(
    frames: Frames, rows: Rows, n: int, refused: npt.NDArray[np.int64], warnings: npt.NDArray[np.int64]
) -> tuple[Rows, int]:
    """The rows of the packets inside carriers in place of the carriers'; what holds no packet is counted, and goes."""
    known = rows.column("known")[:n]
    carried = np.flatnonzero(known & walk.CARRIED)
    _descend(frames, rows, carried, walk.CARRIED, None, refused, warnings)
    kept = np.flatnonzero(known & walk.CARRIED == 0)
    if len(kept) == n:
        return rows, n
    return rows.only(kept), len(kept)


def take_off_tunnels(
    frames: Frames, rows: Rows, n: int, ours: Numbers | None, warnings: npt.NDArray[np.int64]
) -> Tunnelled | None:
    """
    The rows of the packets inside tunnels in place of the tunnels'; None if there is no such packet.

    A packet to one of the networks *ours*, int64[k, 4], stays, whatever it carries.
    """
    marked = np.flatnonzero(rows.column("known")[:n] & walk.TUNNEL)
    high, low = (rows.column(name)[marked].copy() for name in ("source_high", "source_low"))
    # A tunnel that holds no packet is a packet itself, so that nothing of it is refused.
    refused = np.zeros(64, np.int64)
    labels = _descend(frames, rows, marked, walk.CARRIED | walk.TUNNEL, ours, refused, warnings)
    found = np.flatnonzero(labels)
    return Tunnelled(marked[found], labels[found], high[found], low[found]) if len(found) else None


def _descend(
    frames: Frames,
    rows: Rows,
    marked: Numbers,
    bits: int,
    ours: Numbers | None,
    refused: npt.NDArray[np.int64],
    warnings: npt.NDArray[np.int64],
) -> Numbers:
    """Put what is found inside the rows *marked* into them; the label of the tunnels it was in, 0 where none was."""
    found_in = np.zeros(len(marked), np.int64)
    here, at, owner, label = rows, marked, np.arange(len(marked)), found_in.copy()
    for _ in range(_ROUNDS):
        stays = _addressed_to(here, at, ours) | (label >= 1 << _NAME_BITS * (MOST_TUNNELS - 1))
        begins, numbers, names = _contents(frames.buffer, here, at, stays)
        for code in begins[begins < 0].tolist():
            refused[-1 - code] += 1
        going = np.flatnonzero(begins >= 0)
        label = np.where(names > 0, label << _NAME_BITS | names, label)[going]
        at, owner = at[going], owner[going]
        inner, n = _walked(_moved(frames, here, at, begins[going], numbers[going]), refused, warnings)
        back = inner.column("position")[:n]
        owner, label, known = owner[back], label[back], inner.column("known")[:n]
        whole = np.flatnonzero(known & walk.CARRIED == 0)
        _put(rows, marked[owner[whole]], inner, whole)
        found_in[owner[whole]] = label[whole]
        here, at = inner, np.flatnonzero(known & bits)
        owner, label = owner[at], label[at]
        if not len(at):
            break
    refused[_NOT_IP] += int((here.column("known")[at] & walk.CARRIED != 0).sum())
    return found_in


def _addressed_to(rows: Rows, at: Numbers, ours: Numbers | None) -> npt.NDArray[np.bool_]:
    """Which of the rows *at* are packets to one of the networks *ours*."""
    mine = np.zeros(len(at), np.bool_)
    if ours is not None:
        high, low = rows.column("destination_high")[at], rows.column("destination_low")[at]
        for address_high, address_low, mask_high, mask_low in ours:
            mine |= (high & mask_high == address_high) & (low & mask_low == address_low)
    mine &= rows.column("known")[at] & walk.CARRIED == 0
    return mine


_TUNNEL = ("ip_version", "protocol", "port", "source_port", "payload_at", "payload_held")
_CARRIER = ("ip_id", "payload_at", "payload_held")


def _contents(buffer: npt.NDArray[np.uint8], rows: Rows, at: Numbers, stays: Any) -> tuple[Numbers, Any, Numbers]:
    """Where what the rows *at* hold begins, its link type, and the tunnel's number, 0 for a carrier."""
    begins, numbers, names = np.full(len(at), -1, np.int64), np.zeros(len(at), np.int32), np.zeros(len(at), np.int64)
    carried = rows.column("known")[at] & walk.CARRIED != 0
    if len(part := np.flatnonzero(carried)):
        code, begin, held = (rows.column(name)[at[part]] for name in _CARRIER)
        begins[part], numbers[part] = carriers.take_off(buffer, code, begin, held)
    if len(part := np.flatnonzero(~carried & ~stays)):
        version, protocol, port, source_port, begin, held = (rows.column(name)[at[part]] for name in _TUNNEL)
        inside = tunnels.take_off(buffer, version, protocol, port, source_port, begin, held)
        begins[part], numbers[part], names[part] = inside
    return begins, numbers, names


def _moved(frames: Frames, rows: Rows, at: Numbers, begins: Numbers, numbers: Any) -> Frames:
    """As frames, what the rows *at* hold from where it begins; their positions are their places in *at*."""
    skipped = begins - rows.column("payload_at")[at]
    captured, original = (rows.column(name)[at] - skipped for name in ("payload_held", "payload_length"))
    return Frames(
        frames.buffer,
        begins,
        captured.astype(np.int32),
        np.maximum(original, 0).astype(np.int32),
        rows.column("time")[at],
        numbers,
        np.arange(len(at)),
    )


def _walked(frames: Frames, refused: npt.NDArray[np.int64], warnings: npt.NDArray[np.int64]) -> tuple[Rows, int]:
    rows = Rows.empty(len(frames))
    columns = frames.offsets, frames.captured, frames.original, frames.times_us, frames.links, frames.positions
    heads = Heads.empty(len(frames), 0)
    n = walk.walk(frames.buffer, *columns, links.table(), np.zeros(1, ROW), *rows, refused, warnings, *heads)
    return rows, n


def _put(rows: Rows, to: Numbers, inner: Rows, whole: Numbers) -> None:
    """Put packets found inside into rows, which keep their position."""
    position = rows.column("position")
    kept = position[to]
    rows.wide[:, to] = inner.wide[:, whole]
    rows.medium[:, to] = inner.medium[:, whole]
    rows.narrow[:, to] = inner.narrow[:, whole]
    position[to] = kept
