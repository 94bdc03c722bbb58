"""
What the walk over netfilter LOG lines goes by and gives: fields and the words for them, and why lines are refused.

It does not walk. The grammar is that of the kernel's nf_log_syslog and of ulogd2's printpkt, by observation of both.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from isdas.model import columns
from isdas.model.columns import Capability
from isdas.model.packets import Packets

REFUSALS = (
    "line-too-long",
    "cut-line",
    "outgoing-packet",
    "not-ip",
    "glued-lines",
    "no-wall-time",
    "bad-time",
    "truncated-packet",
    "bad-source",
    "bad-destination",
    "bad-protocol",
    "bad-source-port",
    "bad-port",
    "bad-icmp-type",
    "bad-field",
    "cut-record",
)
"""Why a LOG line is no packet. Its index is the code that the walk gives."""

WARNINGS = ("passed-over-line", "incomplete-packet", "bad-tcp-option")
"""What is odd about a packet that is stored nevertheless, and lines that are no LOG lines."""

NO_RECORD, KEPT = -1, -2
"""What the walk gives instead of a refusal: the line is no LOG line, or it is stored."""

FOUND = 5
BEGIN, FIELDS_FROM, OUTGOING, REPEATS, HOST_CODE = range(FOUND)
"""What is noted of a LOG line when it is found: where IN= begins, where the fields do, whether the packet goes out, for
how many packets it stands, and which change of the host it follows."""

COLUMNS = (
    "time",
    "position",
    "packets",
    "capabilities",
    "ip_version",
    "source_high",
    "source_low",
    "destination_high",
    "destination_low",
    "protocol",
    "source_port",
    "port",
    "icmp_code",
    "tos",
    "ttl",
    "ip_id",
    "dont_fragment",
    "more_fragments",
    "fragment_offset",
    "ip_length",
    "tcp_flags",
    "tcp_sequence",
    "tcp_acknowledgement",
    "tcp_window",
    "tcp_header_length",
    "tcp_mss",
    "tcp_window_scale",
    "tcp_timestamp",
    "tcp_option_layout",
    "udp_length",
    "payload_length",
    "quoted_protocol",
    "quoted_source_high",
    "quoted_source_low",
    "quoted_destination_high",
    "quoted_destination_low",
    "quoted_source_port",
    "quoted_port",
)
"""The columns that the walk fills, in the order of its rows."""

ASIDE = (
    "destination_version",
    "quoted_source_version",
    "quoted_destination_version",
    "precedence",
    "reserved",
    "urgent",
    "ip_options",
    "tcp_options",
    "marks",
    "why",
    "host",
)
"""What it notes beside columns: versions of addresses, PREC=, RES=, URGP=, bytes of options, words, the first refusal
for the value of a field, and which change of the host the line follows."""

SLOTS = (*COLUMNS, *ASIDE)
SLOT = {name: i for i, name in enumerate(SLOTS)}
"""Where in the row of a line each of them is."""

ABSENT = -1
"""What a slot holds that the line says nothing of. Halves of addresses may be -1 too: their version tells."""

NETWORK, TRANSPORT, QUOTED_NETWORK, QUOTED_TRANSPORT, DEEPER = range(5)
"""The part of a line: before and behind PROTO=, the same in the brackets of an ICMP error, and brackets in those."""

SKIPPED, DECIMAL, HEXADECIMAL, ADDRESS, PROTOCOL, AGAIN, SEEN = range(7)
"""How a value is read; AGAIN is what no single LOG line has there, and of SEEN it only matters that it is there."""

MF, DF, NOT_IP, TRUNCATED, INCOMPLETE, EXTENDED, GLUED, BAD_OPTION, NUMBERED, ESP, LINK = (1 << i for i in range(11))
"""Bits of ``marks``."""


class Field(NamedTuple):
    """A word before ``=``: how its value is read, into which slot, its largest, and the refusal for a wrong one."""

    how: int
    slot: str = ""
    most: int = 0
    refusal: str = "bad-field"


_BYTE, _SHORT, _LONG = 0xFF, 0xFFFF, 0xFFFFFFFF
_AGAIN, _SEEN = Field(AGAIN), Field(SEEN)

FIELDS: dict[int, dict[str, Field]] = {
    NETWORK: {
        "IN": _AGAIN,
        "MAC": _SEEN,
        "MACSRC": _SEEN,
        "SRC": Field(ADDRESS, "source_high", refusal="bad-source"),
        "DST": Field(ADDRESS, "destination_high", refusal="bad-destination"),
        # An IPv6 packet may be 40 bytes longer than the length that its header states.
        "LEN": Field(DECIMAL, "ip_length", _SHORT + 40),
        "TOS": Field(HEXADECIMAL, "tos", _BYTE),
        "PREC": Field(HEXADECIMAL, "precedence", _BYTE),
        "TC": Field(DECIMAL, "tos", _BYTE),
        "TTL": Field(DECIMAL, "ttl", _BYTE),
        "HOPLIMIT": Field(DECIMAL, "ttl", _BYTE),
        "ID": Field(DECIMAL, "ip_id", _SHORT),
        "FRAG": Field(DECIMAL, "fragment_offset", _SHORT),
        "PROTO": Field(PROTOCOL, "protocol", refusal="bad-protocol"),
    },
    TRANSPORT: {
        "IN": _AGAIN,
        "SRC": _AGAIN,
        "DST": _AGAIN,
        "PROTO": _AGAIN,
        "SPT": Field(DECIMAL, "source_port", _SHORT, "bad-source-port"),
        "DPT": Field(DECIMAL, "port", _SHORT, "bad-port"),
        "SEQ": Field(DECIMAL, "tcp_sequence", _LONG),
        "ACK": Field(DECIMAL, "tcp_acknowledgement", _LONG),
        "WINDOW": Field(DECIMAL, "tcp_window", _SHORT),
        "RES": Field(HEXADECIMAL, "reserved", _BYTE),
        "URGP": Field(DECIMAL, "urgent", _SHORT),
        "LEN": Field(DECIMAL, "udp_length", _SHORT),
        "TYPE": Field(DECIMAL, "port", _BYTE, "bad-icmp-type"),
        "CODE": Field(DECIMAL, "icmp_code", _BYTE),
    },
    QUOTED_NETWORK: {
        "SRC": Field(ADDRESS, "quoted_source_high"),
        "DST": Field(ADDRESS, "quoted_destination_high"),
        "PROTO": Field(PROTOCOL, "quoted_protocol"),
    },
    QUOTED_TRANSPORT: {
        "SPT": Field(DECIMAL, "quoted_source_port", _SHORT),
        "DPT": Field(DECIMAL, "quoted_port", _SHORT),
        "TYPE": Field(DECIMAL, "quoted_port", _BYTE),
    },
}
"""What each word before ``=`` means in each part of a line; words that are not here are passed over."""

_TCP_FLAGS = ("FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR", "AE")

FLAGS: dict[int, dict[str, tuple[str, int]]] = {
    NETWORK: {
        "DF": ("marks", DF),
        "MF": ("marks", MF),
        # The kernel's word for the bit of an IPv6 fragment header that more fragments follow.
        "INCOMPLETE": ("marks", MF),
        "ARP": ("marks", NOT_IP),
        "OPT": ("marks", EXTENDED),
        # The last that the kernel writes of an IPv6 packet whose next header is ESP.
        "ESP": ("marks", ESP),
        "TRUNCATED": ("marks", TRUNCATED),
    },
    TRANSPORT: {
        **{name: ("tcp_flags", 1 << i) for i, name in enumerate(_TCP_FLAGS)},
        "INCOMPLETE": ("marks", INCOMPLETE),
        "TRUNCATED": ("marks", INCOMPLETE),
    },
}
"""What each word that stands alone means: the bit that it sets, and where."""

NUMBERS = {
    "TCP": 6,
    "UDP": 17,
    "ICMP": 1,
    "ICMPv6": 58,
    "UDPLITE": 136,
    "ESP": 50,
    "AH": 51,
    "SCTP": 132,
    "IGMP": 2,
    "GRE": 47,
    "IPv6": 41,
}
"""Protocols by the names that are written for their numbers."""

SHOWN = (
    Capability.DESTINATION
    | Capability.TTL
    | Capability.IP_ID
    | Capability.TCP_FLAGS
    | Capability.WINDOW
    | Capability.LENGTH
    | Capability.TCP
    | Capability.UDP
    | Capability.ICMP
    | Capability.SOURCE_PORT
)
"""What every LOG line is able to show."""

MULTIPLIER = -7046029254386353131
"""The golden ratio as a 64-bit fraction, which spreads words over the places of the tables below (Knuth, 6.4)."""

PLACES = 256


def key(word: str) -> int:
    """A word as the walk sees it: its last eight bytes as a number."""
    return int.from_bytes(word.encode()[-8:], "big")


def _words() -> list[str]:
    return sorted(
        {word for fields in FIELDS.values() for word in fields} | {word for flags in FLAGS.values() for word in flags}
    )


def _places() -> dict[str, int]:
    """A place for each word, the next free one behind where it should be."""
    places: dict[str, int] = {}
    for word in _words():
        place = ((key(word) * MULTIPLIER) % (1 << 64)) >> 56
        while place in places.values():
            place = (place + 1) % PLACES
        places[word] = place
    return places


class Tables(NamedTuple):
    """
    FIELDS and FLAGS as the walk looks them up: the parts of a line by the places of words.

    Attributes:
        keys: int64[PLACES], the word at each place, 0 where there is none.
        hows, slots, mosts, refusals: int64[parts, PLACES], of the words before ``=``.
        flag_slots, bits: int64[parts, PLACES], of the words that stand alone; no bit is 0.
    """

    keys: npt.NDArray[np.int64]
    hows: npt.NDArray[np.int64]
    slots: npt.NDArray[np.int64]
    mosts: npt.NDArray[np.int64]
    refusals: npt.NDArray[np.int64]
    flag_slots: npt.NDArray[np.int64]
    bits: npt.NDArray[np.int64]


def _tables() -> Tables:
    made = Tables(np.zeros(PLACES, np.int64), *(np.zeros((5, PLACES), np.int64) for _ in range(6)))
    places = _places()
    for word, place in places.items():
        made.keys[place] = key(word)
    for part, fields in FIELDS.items():
        for word, field in fields.items():
            at = part, places[word]
            made.hows[at], made.mosts[at] = field.how, field.most
            made.slots[at], made.refusals[at] = SLOT.get(field.slot, 0), REFUSALS.index(field.refusal)
    for part, flags in FLAGS.items():
        for word, (slot, bit) in flags.items():
            made.flag_slots[part, places[word]], made.bits[part, places[word]] = SLOT[slot], bit
    return made


TABLES = _tables()

_HALVES = ("source_high", "source_low", "destination_high", "destination_low")


def to_packets(rows: npt.NDArray[np.int64], hosts: pa.DictionaryArray) -> Packets:
    """
    Packets of what the walk has filled.

    Args:
        rows: int64[len(SLOTS), n], one column of it for each packet.
        hosts: the host of each packet, null where the line names none.
    """
    unquoted = rows[SLOT["quoted_protocol"]] == ABSENT
    values: dict[str, Any] = {"sensor": hosts}
    for name in COLUMNS:
        data = rows[SLOT[name]]
        null = None if name in _HALVES or name == "port" else data == ABSENT
        if name.startswith("quoted_") and name.endswith(("high", "low")):
            null = unquoted
        if null is None or not null.all():
            values[name] = _array(name, data, null)
    return Packets.of(values, rows.shape[1])


def _array(name: str, data: npt.NDArray[np.int64], null: npt.NDArray[np.bool_] | None) -> pa.Array:
    """An Arrow array of a column; its memory is that of *data* where the type allows it."""
    kind = columns.column(name).type
    bits: npt.NDArray[Any]
    if pa.types.is_boolean(kind):
        bits = np.packbits(data > 0, bitorder="little")
    elif pa.types.is_timestamp(kind):
        bits = data
    else:
        bits = data.astype(kind.to_pandas_dtype(), copy=False)
    validity = pa.py_buffer(np.packbits(~null, bitorder="little")) if null is not None and null.any() else None
    return pa.Array.from_buffers(kind, len(data), [validity, pa.py_buffer(bits)])
