"""
What a log of a DShield submission says of a packet or a connection.

Firewall logs are packets; web requests and logins are connections that were established, of which no flags are known.
"""

import re
from collections import Counter
from datetime import tzinfo
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from isdas.formats import events, fields
from isdas.formats.account import Reasons, kept, refuse
from isdas.formats.fields import Ints, Mask
from isdas.formats.profile import ProtocolColumn
from isdas.formats.rows import assemble
from isdas.model import address
from isdas.model.columns import Capability
from isdas.model.packets import Packets
from isdas.model.port import NO_PORT

_TRANSPORTS = Capability.TCP | Capability.UDP | Capability.ICMP
CAPABILITIES = _TRANSPORTS | Capability.TCP_FLAGS | Capability.SOURCE_PORT | Capability.DESTINATION
"""The most that a log shows."""

OTHER, FIREWALL, WEB, LOGIN, TELNET, COWRIE = range(6)
KINDS = {
    "firewall": FIREWALL,
    "webhoneypot": WEB,
    "web_honeypot": WEB,
    "404report": WEB,
    "httprequest": WEB,
    "sshlogin": LOGIN,
    "telnetlogin": TELNET,
    "cowrie": COWRIE,
    "email": OTHER,
}
"""Types of submissions; those that are not here are passed over like e-mails."""

FLAGS = {"F": 1, "S": 2, "R": 4, "P": 8, "A": 16, "U": 32, "E": 64, "2": 64, "C": 128, "1": 128}
"""A letter each; DShield writes ECE as 2 and CWR as 1, after the reserved bits that they were."""

_TCP, _UDP, _ICMP, _ICMPV6 = 6, 17, 1, 58
_PORTS = {LOGIN: 22, TELNET: 23}
_MASKED = re.compile(r"\d{1,3}(?:\.\d{1,3}){0,2}(?:\.(?:x{1,3}|\*|\?)){1,3}", re.ASCII | re.IGNORECASE)
_HOST_PORT = r"^(?:[^:]*|\[[^\]]*\]):(?P<port>\d{1,5})$"
_URL_PORT = r"(?i)^https?://(?:[^/:\[\]@]*@)?(?:[^/:\[\]]*|\[[^\]]*\]):(?P<port>\d{1,5})(?:[/?#]|$)"


def packets(
    table: pa.Table, numbers: Ints, kinds: npt.NDArray[Any], reasons: Reasons, warnings: Counter[str], zone: tzinfo
) -> Packets:
    """
    The packets of n logs that have no reason against them.

    Args:
        table: the fields of the logs.
        numbers: int64[n], the number of each, which becomes the position.
        kinds: int64[n], what kind of log each is.
        reasons: object[n], why a log is refused, or None; what is found here is put into it.
        warnings: what is odd about logs that are stored is counted here.
        zone: that of times that state no offset.
    """
    said = {name: events.column_of(table, name) for name in table.column_names}
    values: dict[str, Any] = {"position": numbers}
    values["time"], good = _times(said, zone)
    refuse(reasons, ~good, "bad-time")
    high, low, good = events.halves(_first(said, "sip", "source_ip", "src_ip"))
    refuse(reasons, ~good, "bad-source")
    values |= {"source_high": high, "source_low": low, "ip_version": events.versions(high, low)}
    aimed = _first(said, "dip", "dst_ip")
    values["destination_high"], values["destination_low"], shown = destinations(aimed)
    masked = fields.filled(fields.texts(aimed)) & (shown != int(Capability.DESTINATION))
    logged = kinds == FIREWALL
    protocol, good = fields.protocols(fields.plain(said["proto"]), ProtocolColumn())
    refuse(reasons, logged & ~good, "bad-protocol")
    values["protocol"] = np.where(logged, np.where(good, protocol, 0), _TCP)
    nulls = _ports(said, values, kinds, reasons)
    values["tcp_flags"], good, none = flags(said["flags"])
    tcp = logged & (values["protocol"] == _TCP)
    refuse(reasons, tcp & ~good & ~none, "bad-tcp-flags")
    nulls["tcp_flags"] = ~tcp | none
    nulls["destination_high"] = nulls["destination_low"] = shown == 0
    stays = kept(reasons)
    warnings["masked-destination"] += int((stays & masked).sum())
    able = np.where(logged, int(_TRANSPORTS), int(Capability.TCP)) | shown
    # Packets without flags tell that flags are logged as little as they tell flags.
    able |= np.where(logged & ~(tcp & none), int(Capability.TCP_FLAGS), 0)
    able |= np.where(nulls["source_port"], 0, int(Capability.SOURCE_PORT))
    return assemble(values, nulls, stays, able)


def _first(said: dict[str, pa.Array], *names: str) -> pa.Array:
    column = said[names[0]]
    for name in names[1:]:
        column = pc.coalesce(column, said[name]) if column.null_count else column
    return column


def _times(said: dict[str, pa.Array], zone: tzinfo) -> tuple[Ints, Mask]:
    """Unix times, with a fraction or in milliseconds too, or ISO 8601 as Cowrie has it."""
    values, good = events.unix(said["time"])
    rows = np.flatnonzero(~good)
    if len(rows):
        text = said["timestamp"]
        if pa.types.is_string(said["time"].type):
            text = pc.coalesce(text, said["time"])
        values[rows], good[rows] = events.stamps(text.take(pa.array(rows)), zone)
    return values, good


def destinations(column: pa.Array) -> tuple[Ints, Ints, Ints]:
    """
    Upper and lower halves of destinations, and what each shows: nothing, a network or an address.

    Sensors may be set to hide their own address: some digits are then letters or stars, or the last are 0. An address
    that they could not find out is that of their own loopback.
    """
    high, low, good = events.halves(column)
    four = good & address.is_ipv4(high, low)
    number = np.where(four, low & 0xFFFFFFFF, 1)
    nothing = ~good | (number == 0) | (number >> 24 == 127)
    network = four & ~nothing & (number & 0xFF == 0)
    shown = np.where(nothing, 0, np.where(network, int(Capability.DESTINATION_NETWORK), int(Capability.DESTINATION)))
    hidden = np.flatnonzero(~good)
    if len(hidden):
        found = events.by_text(column.take(pa.array(hidden)), _network, -1)
        told = hidden[found >= 0]
        low[told], shown[told] = address.from_ipv4(found[found >= 0]), int(Capability.DESTINATION_NETWORK)
    return high, low, shown


def _network(text: str) -> int:
    """The first address of what is left of a masked address; -1 if nothing is."""
    if not _MASKED.fullmatch(text.strip()):
        return -1
    octets = [int(part) if part.isdecimal() else 0 for part in text.strip().split(".")]
    octets += [0] * (4 - len(octets))
    return int.from_bytes(bytes(octets[:4]), "big") if max(octets) <= 255 and len(octets) == 4 else -1


def flags(column: pa.Array) -> tuple[Ints, Mask, Mask]:
    """Flags from their letters, in any order; which are such; and which rows have none: absent is not empty."""
    values = events.by_text(column, _bits, -2)
    return np.maximum(values, 0), values >= 0, values == -2


def _bits(text: str) -> int:
    letters = text.strip().upper()
    return -1 if set(letters) - FLAGS.keys() else sum({FLAGS[letter] for letter in letters})


def _ports(
    said: dict[str, pa.Array], values: dict[str, Any], kinds: npt.NDArray[Any], reasons: Reasons
) -> dict[str, Mask]:
    """Put in port, source port and ICMP code; gives which rows lack the latter two."""
    protocol = values["protocol"]
    logged = kinds == FIREWALL
    ported, icmp = np.isin(protocol, (_TCP, _UDP)), logged & np.isin(protocol, (_ICMP, _ICMPV6))
    to, to_known = events.within(said["dport"], 65535)
    to, to_known = _of_connections(said, kinds, to, to_known)
    refuse(reasons, ported & ~to_known, "bad-port")
    origin, origin_known = events.within(said["sport"], 65535)
    # The ports of ICMP are its type and its code.
    typed = icmp & origin_known & (origin <= 255)
    refuse(reasons, icmp & ~typed, "bad-icmp-type")
    values["port"] = np.where(ported & to_known, to, np.where(typed, origin, NO_PORT))
    values["source_port"], values["icmp_code"] = np.where(ported, origin, 0), np.where(icmp, to, 0)
    return {"source_port": ~(ported & origin_known), "icmp_code": ~(icmp & to_known & (to <= 255))}


def _of_connections(said: dict[str, pa.Array], kinds: npt.NDArray[Any], to: Ints, known: Mask) -> tuple[Ints, Mask]:
    """The destination ports with those of web requests and logins, which are not said but follow."""
    to, known = to.copy(), known.copy()
    for kind, number in _PORTS.items():
        rows = (kinds == kind) & ~known
        to[rows], known[rows] = number, True
    for kind, read in ((WEB, _web_ports), (COWRIE, _cowrie_ports)):
        rows = np.flatnonzero((kinds == kind) & ~known)
        if len(rows):
            to[rows] = read({name: column.take(pa.array(rows)) for name, column in said.items()})
            known[rows] = to[rows] >= 0
    return np.maximum(to, 0), known


def _web_ports(said: dict[str, pa.Array]) -> Ints:
    """The port in the Host header or the URL that was asked for, else 80."""
    port = np.full(len(said["url"]), 80, np.int64)
    secure = events.mask(pc.match_substring_regex(said["url"], "(?i)^https://"))
    port[secure] = 443
    hosts = [events.column_of(pa.table(said), "headers", name) for name in _names(said)]
    for column, form in [(said["url"], _URL_PORT), *((host, _HOST_PORT) for host in hosts)]:
        found = pc.struct_field(pc.extract_regex(column, form), [0])
        number, good = events.within(found, 65535)
        port = np.where(good & (number > 0), number, port)
    stated, good = events.within(said["port"], 65535)
    return np.where(good, stated, port)


def _names(said: dict[str, pa.Array]) -> list[str]:
    """The spellings of the Host header that are asked for."""
    return [field.name for field in said["headers"].type] if "headers" in said else []


def _cowrie_ports(said: dict[str, pa.Array]) -> Ints:
    """SSH has told its version and key exchange before a login, telnet has neither; without a login nobody knows."""
    ssh = fields.filled(fields.texts(said["hassh"])) | fields.filled(fields.texts(said["banner"]))
    user = events.mask(pc.is_valid(_first(said, "user", "username")))
    return np.where(ssh, 22, np.where(user, 23, -1))
