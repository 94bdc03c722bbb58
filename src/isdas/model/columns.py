"""
The one column table: every header column of a packet, said once.

The tables of the lake, the folds, ``isdas series --by`` and the reference page are all made from it, so adding
a column is one edit here (tests/model/test_columns.py follows one from ingest to a series). Read it as
``columns.COLUMNS`` at the time of use, never as a copy.
"""

import enum
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import pyarrow as pa


class Capability(enum.IntFlag):
    """What an input is able to show; a share is only ever divided by packets that could show it."""

    DESTINATION = 1
    TTL = 2
    IP_ID = 4
    TCP_FLAGS = 8
    SEQUENCE = 16
    WINDOW = 32
    OPTIONS = 64
    LENGTH = 128
    PAYLOAD = 256
    TCP = 512
    UDP = 1024
    ICMP = 2048
    SOURCE_PORT = 4096
    DESTINATION_NETWORK = 8192
    """Only the network of the destination is told: the destination is then the network's first address."""
    NOTHING = 0
    CAPTURE = 8191


@dataclass(frozen=True, slots=True)
class Column:
    """
    One column of `Packets`.

    Attributes:
        name: as in tables, files and ``--by``.
        type: the Arrow type at rest. Strings travel dictionary-encoded.
        unit: the unit or notation of a value.
        meaning: one sentence for the reference page.
        source: who fills it: ``intake``, ``frame``, ``header`` (decode or a format) or ``enrich``.
        needs: what an input must be able to show for the column to be known; null otherwise.
        dimension: which folds are kept apart by it, so that ``--by`` can use it: ``sightings`` (400 days),
            ``counts`` (sightings and counts, for ever) or neither.
        compute: for a column that follows from others, the function from the packets (a table of the columns
            before it) to the column; null for columns that an input or a lookup gives.
    """

    name: str
    type: pa.DataType
    unit: str
    meaning: str
    source: str
    needs: Capability = Capability.NOTHING
    dimension: Literal["", "sightings", "counts"] = ""
    compute: Callable[[pa.Table], Any] | None = None


_C = Capability
_TIME = pa.timestamp("us", tz="UTC")

COLUMNS: tuple[Column, ...] = (
    Column("time", _TIME, "UTC", "When the packet was received.", "frame"),
    Column("sensor", pa.string(), "name", "The sensor that received it.", "intake"),
    Column("intake", pa.string(), "identity", "The file or segment it came in with.", "intake"),
    Column(
        "editions",
        pa.string(),
        "name=edition",
        "The lookups that labelled it, by name and edition.",
        "intake",
        dimension="counts",
    ),
    Column("position", pa.int64(), "record number", "Which record of that file or segment, from 0.", "intake"),
    Column(
        "packets", pa.int64(), "packets", "How many packets a record of a summary stands for; null for one.", "intake"
    ),
    Column(
        "capabilities",
        pa.int32(),
        "bit mask",
        "What the input could show (model.columns.Capability).",
        "intake",
        # What one input shows says nothing of another, so that a mask of both would be of neither.
        dimension="counts",
    ),
    Column("ip_version", pa.int8(), "4 or 6", "Version of the Internet Protocol.", "header"),
    Column("source_high", pa.int64(), "bits 127-64", "Source address as IPv6, upper half; 0 for IPv4.", "header"),
    Column(
        "source_low",
        pa.int64(),
        "bits 63-0",
        "Source address as IPv6, lower half; IPv4 is mapped as ::ffff:a.b.c.d (RFC 4291, 2.5.5.2).",
        "header",
    ),
    Column("destination_high", pa.int64(), "bits 127-64", "Destination address, upper half.", "header", _C.DESTINATION),
    Column(
        "destination_low",
        pa.int64(),
        "bits 63-0",
        "Destination address, lower half.",
        "header",
        _C.DESTINATION,
    ),
    Column("protocol", pa.int16(), "IANA number", "Transport protocol: 6 TCP, 17 UDP, 1 ICMP, 58 ICMPv6.", "header"),
    Column("source_port", pa.int32(), "port", "Source port; null without one.", "header", _C.SOURCE_PORT),
    Column("port", pa.int32(), "port", "Destination port; ICMP type for ICMP and ICMPv6; -1 without either.", "header"),
    Column("icmp_code", pa.int16(), "code", "ICMP code; null for other protocols.", "header", _C.ICMP),
    Column("tos", pa.int16(), "bit mask", "Type of service or traffic class.", "header", _C.TTL),
    Column("ttl", pa.int16(), "hops", "Time to live or hop limit on arrival.", "header", _C.TTL),
    Column("ip_id", pa.int32(), "number", "IPv4 identification.", "header", _C.IP_ID),
    Column("dont_fragment", pa.bool_(), "yes or no", "The IPv4 DF bit.", "header", _C.IP_ID),
    Column("more_fragments", pa.bool_(), "yes or no", "Whether more fragments follow.", "header", _C.IP_ID),
    Column("fragment_offset", pa.int32(), "bytes", "Offset of a later fragment; 0 for whole packets.", "header"),
    Column("ip_length", pa.int32(), "bytes", "Length of the IP packet as its header states it.", "header", _C.LENGTH),
    Column(
        "ip_header_length",
        pa.int16(),
        "bytes",
        "Length of the IP header with its options or extension headers.",
        "header",
        _C.TTL,
    ),
    Column("tcp_flags", pa.int16(), "bit mask", "TCP flags, FIN 1 to CWR 128, AE 256.", "header", _C.TCP_FLAGS),
    Column("tcp_sequence", pa.int64(), "number", "TCP sequence number.", "header", _C.SEQUENCE),
    Column("tcp_acknowledgement", pa.int64(), "number", "TCP acknowledgement number.", "header", _C.SEQUENCE),
    Column("tcp_window", pa.int32(), "bytes, unscaled", "TCP window as sent.", "header", _C.WINDOW),
    Column("tcp_header_length", pa.int16(), "bytes", "TCP data offset times four.", "header", _C.OPTIONS),
    Column("tcp_mss", pa.int32(), "bytes", "Maximum segment size option; null without it.", "header", _C.OPTIONS),
    Column("tcp_window_scale", pa.int16(), "bits", "Window scale option; null without it.", "header", _C.OPTIONS),
    Column(
        "tcp_timestamp", pa.int64(), "number", "TSval of the timestamp option; null without it.", "header", _C.OPTIONS
    ),
    Column(
        "tcp_option_layout",
        pa.int64(),
        "hex digits",
        "TCP options in their order, a hexadecimal digit each (model.options); 0 without options.",
        "header",
        _C.OPTIONS,
    ),
    Column("udp_length", pa.int32(), "bytes", "Length that the UDP header states.", "header", _C.LENGTH),
    Column(
        "payload_length",
        pa.int32(),
        "bytes",
        "Bytes after the last header that is understood, as stated.",
        "header",
        _C.LENGTH,
    ),
    Column("payload", pa.binary(), "bytes", "The first bytes of the payload; null without any.", "header", _C.PAYLOAD),
    Column("quoted_protocol", pa.int16(), "IANA number", "Protocol of the packet that an ICMP error quotes.", "header"),
    Column("quoted_source_high", pa.int64(), "bits 127-64", "Source of the quoted packet, upper half.", "header"),
    Column("quoted_source_low", pa.int64(), "bits 63-0", "Source of the quoted packet, lower half.", "header"),
    Column("quoted_destination_high", pa.int64(), "bits 127-64", "Destination of the quoted packet.", "header"),
    Column("quoted_destination_low", pa.int64(), "bits 63-0", "Destination of the quoted packet.", "header"),
    Column("quoted_source_port", pa.int32(), "port", "Source port of the quoted packet.", "header"),
    Column("quoted_port", pa.int32(), "port", "Destination port or ICMP type of the quoted packet.", "header"),
    Column(
        "tunnel",
        pa.string(),
        "name",
        "The tunnel that was taken off, such as gre or gre/vxlan, the outermost first; empty without one.",
        "header",
    ),
    Column(
        "outer_source_high",
        pa.int64(),
        "bits 127-64",
        "Source in the outermost IP header of a packet that came in a tunnel, upper half; null for others.",
        "header",
    ),
    Column("outer_source_low", pa.int64(), "bits 63-0", "That source, lower half.", "header"),
    Column(
        "kind", pa.string(), "name", "scan, backscatter, spoofed, misdirected or other.", "enrich", dimension="counts"
    ),
    Column(
        "tool", pa.string(), "name", "Header fingerprint of the program that sent it.", "enrich", dimension="counts"
    ),
    Column(
        "scanner", pa.string(), "name", "Registered research scanner, empty if none.", "enrich", dimension="sightings"
    ),
    Column(
        "scanner_class",
        pa.string(),
        "name",
        "acknowledged or disputed for a registered research scanner, empty for others.",
        "enrich",
        dimension="sightings",
    ),
    Column(
        "special",
        pa.string(),
        "name",
        "Special-purpose range of the source (RFC 6890), empty for ordinary addresses.",
        "enrich",
        dimension="sightings",
    ),
    Column(
        "region", pa.string(), "ISO 3166-1 alpha-2", "Region of the source; ZZ unknown.", "enrich", dimension="counts"
    ),
    Column("asn", pa.int64(), "AS number", "Origin AS of the source; 0 unknown.", "enrich", dimension="sightings"),
)


def column(name: str) -> Column:
    """The column called *name*; KeyError if there is none."""
    for spec in COLUMNS:
        if spec.name == name:
            return spec
    raise KeyError(f"no column {name!r} in the column table")


def names() -> tuple[str, ...]:
    """The names of all columns, in order."""
    return tuple(c.name for c in COLUMNS)


def dimensions() -> tuple[Column, ...]:
    """The columns that sightings are kept apart by, beside hour, sensor, source, protocol and port."""
    return tuple(c for c in COLUMNS if c.dimension)


def lasting_dimensions() -> tuple[Column, ...]:
    """The columns that counts are kept apart by, beside hour, sensor, protocol and port."""
    return tuple(c for c in COLUMNS if c.dimension == "counts")


def schema() -> pa.Schema:
    """The Arrow schema of packets at rest."""
    return pa.schema([(c.name, c.type) for c in COLUMNS])
