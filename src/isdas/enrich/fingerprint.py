"""
Unlisted fingerprints: what the headers of a rise have in common that those before it had not.

The cheap form of NICT's search over relations between header fields, which found Mirai's hosts before its source was
published (Tanaka, Han et al.). It finds what to look at and names nobody; the listed fingerprints are in
`isdas.enrich.tool`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from isdas.enrich.rules import bytes_of, header
from isdas.model import options
from isdas.model.packets import Packets

IN_EXCESS = 0.8
"""An invariant's least share of the excess."""

BEFORE = 0.2
"""And its greatest share of what was there before."""

_Ints = npt.NDArray[np.int64]
_Mask = npt.NDArray[np.bool_]
Feature = tuple[_Ints, _Mask]
"""int64[n], what a feature is of each packet; bool[n], whether the packet shows it."""


@dataclass(frozen=True, slots=True)
class Invariant:
    """
    A header feature that most of an excess has and little of what was before.

    Attributes:
        feature: what was compared: a column, or a relation such as ``sequence = destination``.
        value: what it is in the excess.
        packets: packets with it during the rise, *of* those that show the feature.
        sources: their distinct sources.
        before, of_before: the same packets before, not scaled.
        excess_share: share of the excess, between 0 and 1.
        before_share: share of what was before; 0 if nothing was.
    """

    feature: str
    value: str
    packets: int
    of: int
    sources: int
    before: int
    of_before: int
    excess_share: float
    before_share: float

    def as_dict(self) -> dict[str, object]:
        """The form that reports print."""
        shares = {"excess_share": round(self.excess_share, 4), "before_share": round(self.before_share, 4)}
        counts = {"packets": self.packets, "of": self.of, "sources": self.sources}
        counts |= {"before": self.before, "of_before": self.of_before}
        return {"feature": self.feature, "value": self.value, **counts, **shares}


def invariants(before: Packets, during: Packets, *, scale: float = 1.0) -> list[Invariant]:
    """
    What more than IN_EXCESS of the excess and less than BEFORE of the packets before it have, largest share first.

    Args:
        before, during: packets of one port and kind before and during a rise.
        scale: how much more of the second was observed than of the first, as a factor of time and sensors.

    Every packet that does not show a feature is left out of its shares. Of a feature that none of the packets before
    shows, though there are some, nothing is said.
    """
    found = []
    for name, (of, write) in FEATURES.items():
        was, now = of(before), of(during)
        value = _most(was, now, scale)
        # That a relation does not hold is no finding; what no packet before could show is no news.
        if value is None or (name in _RELATIONS and not value) or (len(before) and not was[1].any()):
            continue
        counts = _counts(was, now, value)
        shares = _shares(*counts, scale)
        if shares[0] > IN_EXCESS and shares[1] < BEFORE:
            packets, shown, had, had_shown = counts
            sources = _sources(during, now[1] & (now[0] == value))
            found.append(Invariant(name, write(value), packets, shown, sources, had, had_shown, *shares))
    return sorted(found, key=lambda i: (-i.excess_share, i.before_share, i.feature))


def _most(before: Feature, during: Feature, scale: float) -> int | None:
    """The value with the largest excess; None if nothing rose."""
    values, counts = np.unique(during[0][during[1]], return_counts=True)
    if not len(values):
        return None
    usual, often = np.unique(before[0][before[1]], return_counts=True)
    at = np.minimum(np.searchsorted(usual, values), max(len(usual) - 1, 0))
    known = usual[at] == values if len(usual) else np.zeros(len(values), np.bool_)
    excess = counts.astype(np.float64)
    excess[known] -= scale * often[at[known]]
    best = int(excess.argmax())
    return int(values[best]) if excess[best] > 0 else None


def _counts(before: Feature, during: Feature, value: int) -> tuple[int, int, int, int]:
    """Packets with a value and packets that show the feature, during and before."""
    return tuple(int(n) for of, shown in (during, before) for n in ((shown & (of == value)).sum(), shown.sum()))  # type: ignore[return-value]


def _shares(packets: int, shown: int, had: int, had_shown: int, scale: float) -> tuple[float, float]:
    """Share of the excess, 0 if there is none, and share of what was before."""
    excess = shown - scale * had_shown
    share = min(1.0, (packets - scale * had) / excess) if excess > 0 else 0.0
    return share, had / had_shown if had_shown else 0.0


def _sources(packets: Packets, which: _Mask) -> int:
    pairs = np.column_stack([packets.numpy("source_high")[which], packets.numpy("source_low")[which]])
    return len(np.unique(pairs, axis=0))


def _column(name: str) -> Callable[[Packets], Feature]:
    """The feature that is a column as it stands."""

    return lambda packets: column_of(packets, name)


def column_of(packets: Packets, name: str) -> Feature:
    """A column as it stands, and which packets have it."""
    values, known = header(packets, name)
    if not len(known):
        return values.astype(np.int64), np.ones(len(packets), np.bool_)
    return values.astype(np.int64), np.unpackbits(known, count=len(packets), bitorder="little").astype(np.bool_)


def _relation(names: tuple[str, ...], holds: Callable[..., Any]) -> Callable[[Packets], Feature]:
    """The feature that some columns stand in a relation: 1 or 0."""

    def of(packets: Packets) -> Feature:
        columns = [column_of(packets, name) for name in names]
        shown = np.logical_and.reduce([known for _, known in columns])
        if "destination_low" in names:
            shown &= packets.numpy("ip_version") == 4
        return np.asarray(holds(*(values & 0xFFFFFFFF for values, _ in columns))).astype(np.int64), shown

    return of


def initial_ttl(packets: Packets) -> Feature:
    """Where the TTL began, if no way is longer than from one usual beginning down to the next."""
    ttl, known = column_of(packets, "ttl")
    return np.array([32, 64, 128, 255])[np.searchsorted([32, 64, 128], ttl)], known


def _first_bytes(packets: Packets) -> Feature:
    """The first four bytes of the payload as a number; packets with fewer do not show it."""
    payload = bytes_of(packets, "payload")
    begins, ends = payload.begins[:-1].astype(np.int64), payload.begins[1:].astype(np.int64)
    shown = ends - begins >= 4
    number = np.zeros(len(packets), np.int64)
    for k in range(4):
        number[shown] = number[shown] << 8 | payload.data[begins[shown] + k]
    return number, shown


def _swapped(number: _Ints) -> _Ints:
    return (number & 0xFF) << 24 | (number & 0xFF00) << 8 | (number >> 8 & 0xFF00) | number >> 24


_TARGET, _SEQUENCE, _IDENT = "destination_low", "tcp_sequence", "ip_id"

_RELATIONS: dict[str, tuple[tuple[str, ...], Callable[..., Any]]] = {
    "sequence = destination": ((_SEQUENCE, _TARGET), lambda s, d: s == d),
    "sequence = destination, bytes reversed": ((_SEQUENCE, _TARGET), lambda s, d: s == _swapped(d)),
    "sequence and destination share 16 bits": (
        (_SEQUENCE, _TARGET),
        lambda s, d: ((s ^ d) & 0xFFFF == 0) | ((s ^ d) >> 16 == 0),
    ),
    "halves of sequence equal": ((_SEQUENCE,), lambda s: s >> 16 == s & 0xFFFF),
    "lower half of sequence 0": ((_SEQUENCE,), lambda s: s & 0xFFFF == 0),
    "upper half of sequence 0": ((_SEQUENCE,), lambda s: s >> 16 == 0),
    "identification = destination ^ port ^ sequence": (
        (_IDENT, _TARGET, "port", _SEQUENCE),
        lambda i, d, p, s: i == (d ^ p ^ s) & 0xFFFF,
    ),
    "identification = destination, 16 bits": (
        (_IDENT, _TARGET),
        lambda i, d: (i == d & 0xFFFF) | (i == d >> 16),
    ),
    "identification = sequence, 16 bits": (
        (_IDENT, _SEQUENCE),
        lambda i, s: (i == s & 0xFFFF) | (i == s >> 16),
    ),
    "identification = port": ((_IDENT, "port"), lambda i, p: i == p),
    "identification = source port": ((_IDENT, "source_port"), lambda i, p: i == p),
    "source port = port": (("source_port", "port"), lambda a, b: a == b),
    "source port = sequence, 16 bits": (
        ("source_port", _SEQUENCE),
        lambda p, s: (p == s & 0xFFFF) | (p == s >> 16),
    ),
}


def _holds(value: int) -> str:
    return "holds" if value else "does not hold"


FEATURES: dict[str, tuple[Callable[[Packets], Feature], Callable[[int], str]]] = {
    "identification": (_column("ip_id"), str),
    "DF": (_column("dont_fragment"), str),
    "type of service": (_column("tos"), str),
    "initial TTL": (initial_ttl, str),
    "IP length": (_column("ip_length"), str),
    "flags": (_column("tcp_flags"), str),
    "sequence": (_column("tcp_sequence"), str),
    "acknowledgement": (_column("tcp_acknowledgement"), str),
    "window": (_column("tcp_window"), str),
    "options": (_column("tcp_option_layout"), lambda value: options.text(value) or "none"),
    "maximum segment size": (_column("tcp_mss"), str),
    "window scale": (_column("tcp_window_scale"), str),
    "timestamp": (_column("tcp_timestamp"), str),
    "source port": (_column("source_port"), str),
    "payload length": (_column("payload_length"), str),
    "payload begins": (_first_bytes, lambda value: value.to_bytes(4, "big").hex(" ")),
    **{name: (_relation(*relation), _holds) for name, relation in _RELATIONS.items()},
}
"""Every feature: how to get it from packets, and how to write a value of it."""
