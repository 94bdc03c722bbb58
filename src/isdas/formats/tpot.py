"""
T-Pot's events, exported from Elasticsearch or as Logstash and the honeypots write them: a record for each connection.

A connection is told of by several events, and by Suricata and p0f beside the honeypot; only its opening is a record.
What a honeypot sees is no packet, so flags and sequence numbers are not known.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import tzinfo
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from isdas.formats import events
from isdas.formats.account import Reasons, account, kept, refuse
from isdas.formats.batch import Batch, Work
from isdas.formats.context import Context
from isdas.formats.cowrie import PASSED_OVER
from isdas.formats.fields import Ints, Mask
from isdas.formats.jsonlines import table_of
from isdas.formats.lines import BLOCK_BYTES, LineBlock
from isdas.formats.objects import Form, form_of, object_lines
from isdas.formats.rows import assemble
from isdas.formats.stream import byte_stream
from isdas.formats.tpot_rules import DIONAEA_OPENED, OUTGOING, RULES, UDP_OPENED, UDP_SERVICES, WATCHERS
from isdas.model.columns import Capability
from isdas.model.port import NO_PORT

CAPABILITIES = Capability.DESTINATION | Capability.TCP | Capability.UDP | Capability.ICMP | Capability.SOURCE_PORT

_HEAD_BYTES = 1 << 16
_BLOCK_BYTES = 2 * BLOCK_BYTES
"""An event has a kilobyte: blocks of fewer of them cost more in what every block costs, a tenth of all."""

_WRAPPERS = ("attacks", "hits")
_PROTOCOLS = {"tcp": 6, "udp": 17, "icmp": 1, "tls": 6, "dtls": 17, "ipv6-icmp": 58, "icmpv6": 58}
_BARE = Form(0, b"", True, None)

_STRING, _NUMBER = pa.string(), pa.int64()
_FIELDS: dict[str, pa.DataType] = {
    **dict.fromkeys(("@timestamp", "timestamp", "start_time", "type", "event_type", "eventid"), _STRING),
    **dict.fromkeys(("reason", "action", "proto", "protocol", "data_type", "transport_type"), _STRING),
    **dict.fromkeys(("src_ip", "dest_ip", "dst_ip", "t-pot_hostname", "t-pot_ip_ext"), _STRING),
    **dict.fromkeys(("src_port", "dest_port", "dst_port"), _NUMBER),
    "is_virtual": pa.bool_(),
    "connection": pa.struct([("protocol", _STRING), ("transport", _STRING), ("type", _STRING)]),
    "attack_connection": pa.struct(
        [
            ("local_ip", _STRING),
            ("local_port", _NUMBER),
            ("remote_ip", _STRING),
            ("remote_port", _NUMBER),
            ("protocol", _STRING),
        ]
    ),
}
_SCHEMA = pa.schema(list(_FIELDS.items()))
_WRAPPED = pa.schema([("_source", pa.struct(list(_FIELDS.items())))])

Columns = dict[str, pa.Array]


def sniff(head: bytes) -> bool:
    """Whether the first object is an event of T-Pot, of Dionaea or of Honeytrap."""
    form = form_of(head, _WRAPPERS)
    if form is None or form.first is None:
        return False
    event = form.first.get("_source", form.first)
    if not isinstance(event, dict):
        return False
    connection, attack = event.get("connection"), event.get("attack_connection")
    return (
        "t-pot_ip_ext" in event
        or "t-pot_hostname" in event
        or (isinstance(connection, dict) and {"transport", "type"} <= connection.keys() and "src_ip" in event)
        or (isinstance(attack, dict) and {"local_port", "remote_ip"} <= attack.keys())
    )


def read(path: Path, context: Context, block_bytes: int = _BLOCK_BYTES) -> Iterator[Work]:
    """
    The connections of a file, plain or compressed, in stretches: events a line each, in an array, as ``attacks``, or as
    the ``hits`` of a search.

    Raises:
        InputRefused: ``unreadable``.
    """
    with byte_stream(path) as stream:
        head = stream.look(_HEAD_BYTES)
        form = form_of(head, _WRAPPERS)
    wrapped = b'"_source"' in head
    for block, _ in object_lines(path, form or _BARE, block_bytes):
        yield partial(_batch, block, wrapped, context.zone)


def _batch(block: LineBlock, wrapped: bool, zone: tzinfo) -> Batch:
    said, lines, reasons = _events(block, wrapped)
    protocol = _protocol(said)
    records = _opens(said, protocol) | ~kept(reasons)
    warnings = Counter({PASSED_OVER: int(len(lines) - records.sum())})
    wanted = pa.array(records)
    said = {name: column.filter(wanted) for name, column in said.items()}
    lines, reasons, protocol = lines[records], reasons[records], protocol[records]
    values: dict[str, Any] = {"position": block.first + lines, "protocol": protocol}
    values["time"], good = events.stamps(_first(said, "@timestamp", "timestamp", "start_time"), zone)
    refuse(reasons, ~good, "bad-time")
    nulls, capabilities = _hosts(said, values, reasons)
    values["sensor"], nulls["sensor"] = events.labels(said["t-pot_hostname"])
    return account(block, lines, reasons, assemble(values, nulls, kept(reasons), capabilities), warnings)


def _events(block: LineBlock, wrapped: bool) -> tuple[Columns, Ints, Reasons]:
    """The fields of all events, out of ``_source`` where they are in it; those within others with dots in the names."""
    table, lines, reasons = table_of(block, _WRAPPED if wrapped else _SCHEMA)
    path = ("_source",) if wrapped else ()
    said: Columns = {}
    for name, kind in _FIELDS.items():
        for inner in [(field.name,) for field in kind] if pa.types.is_struct(kind) else [()]:
            said[".".join((name, *inner))] = events.column_of(table, *path, name, *inner)
    return said, lines, reasons


def _first(said: Columns, *names: str) -> pa.Array:
    """The first of some columns that says something, row by row; dots lead into structs."""
    column = said[names[0]]
    for name in names[1:]:
        if not column.null_count:
            break
        if said[name].null_count < len(column):
            column = pc.coalesce(column, said[name]) if column.null_count < len(column) else said[name]
    return column


def _protocol(said: Columns) -> Ints:
    """The transport protocol: as an event names it, else that of the service, else that of the honeypot."""
    stated = np.full(len(said["type"]), -1, np.int64)
    for name in ("connection.transport", "attack_connection.protocol", "proto", "transport_type", "protocol"):
        if said[name].null_count < len(stated):
            stated = np.where(stated < 0, events.by_name(said[name], _PROTOCOLS, -1), stated)
    usual = events.by_text(said["type"], lambda text: RULES[text].protocol if text in RULES else 6, 6)
    usual[events.among(said["data_type"], UDP_SERVICES)] = 17
    return np.where(stated < 0, usual, stated)


def _opens(said: Columns, protocol: Ints) -> Mask:
    """Which events open a connection to a honeypot."""
    opens = ~(events.among(said["type"], WATCHERS) | events.mask(said["is_virtual"]))
    for name, rule in RULES.items():
        if rule.field and (its := events.among(said["type"], (name,))).any():
            opens &= ~its | events.among(said[rule.field], rule.values)
    kind = said["connection.type"]
    if kind.null_count < len(kind):
        accepted = events.among(kind, DIONAEA_OPENED)
        accepted |= (protocol == 17) & events.among(kind, (UDP_OPENED,))
        accepted &= ~events.among(pc.utf8_lower(said["connection.protocol"]), OUTGOING)
        opens &= accepted | events.mask(pc.is_null(kind))
    return opens


def _hosts(said: Columns, values: dict[str, Any], reasons: Reasons) -> tuple[dict[str, Mask], Ints]:
    """Put in addresses and ports; gives what is not known of which rows, and what each could show."""
    high, low, good = events.halves(_first(said, "src_ip", "attack_connection.remote_ip"))
    refuse(reasons, ~good, "bad-source")
    values["source_high"], values["source_low"] = high, low
    values["ip_version"] = events.versions(high, low)
    aimed = _destination(said, values)
    port, source_port = (
        events.within(_first(said, *names), 65535)
        for names in (
            ("dest_port", "dst_port", "attack_connection.local_port"),
            ("src_port", "attack_connection.remote_port"),
        )
    )
    ported = np.isin(values["protocol"], (6, 17))
    refuse(reasons, ported & ~port[1], "bad-port")
    values["port"] = np.where(ported, port[0], NO_PORT)
    values["source_port"] = source_port[0]
    known = ported & source_port[1]
    capabilities = np.full(len(aimed), int(Capability.TCP | Capability.UDP | Capability.ICMP), np.int64)
    capabilities |= np.where(aimed, int(Capability.DESTINATION), 0) | np.where(known, int(Capability.SOURCE_PORT), 0)
    return {"source_port": ~known, "destination_high": ~aimed, "destination_low": ~aimed}, capabilities


def _destination(said: Columns, values: dict[str, Any]) -> Mask:
    """
    Put in the address that was aimed at, and give where it is known.

    Honeypots run in containers and know no other address than the one within, which changes with every start: the
    outer address of the machine, where an event tells it, stands for any private one.
    """
    high, low, good = events.halves(_first(said, "dest_ip", "dst_ip", "attack_connection.local_ip"))
    outer_high, outer_low, outer = events.halves(said["t-pot_ip_ext"])
    instead = outer & (~good | _private(high, low))
    values["destination_high"] = np.where(instead, outer_high, high)
    values["destination_low"] = np.where(instead, outer_low, low)
    return good | outer


def _private(high: Ints, low: Ints) -> Mask:
    """Which addresses are of RFC 1918, or ``fc00::/7`` (RFC 4193)."""
    number = low & 0xFFFFFFFF
    four = (high == 0) & (low >> 32 == 0xFFFF)
    ten, twelve, sixteen = number >> 24 == 10, number >> 20 == 0xAC1, number >> 16 == 0xC0A8
    return np.asarray((four & (ten | twelve | sixteen)) | ((high >> 57) & 0x7F == 0xFC >> 1))
