"""
Which events of T-Pot's honeypots open a connection, so that each connection is one record.

Honeypots that only log requests have no such event: each of their requests is a record.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """
    What an event must say to be a record.

    Attributes:
        field: the field that tells the kinds of its events apart; empty if every event is a record.
        values: what the field says of one that opens a connection.
        protocol: the transport protocol where events do not name it.
    """

    field: str = ""
    values: tuple[str, ...] = ()
    protocol: int = 6


WATCHERS = ("Suricata", "P0f", "Fatt", "NGINX")
"""What listens beside the honeypots, or before T-Pot's own pages: it tells of connections a second time."""

RULES: dict[str, Rule] = {
    "Adbhoney": Rule("eventid", ("adbhoney.session.connect",)),
    "ConPot": Rule("event_type", ("NEW_CONNECTION",)),
    "Cowrie": Rule("eventid", ("cowrie.session.connect",)),
    "Ddospot": Rule(protocol=17),
    "Endlessh": Rule("reason", ("ACCEPT",)),
    "Honeypots": Rule("action", ("connection",)),
    "Redishoneypot": Rule("action", ("NewConnect",)),
    "Sentrypeer": Rule(protocol=17),
}
"""Honeypots by the ``type`` that T-Pot gives their events, as far as they need a rule."""

DIONAEA_OPENED = ("accept", "reject")
"""
What Dionaea says of connections to it. ``pending`` and ``free`` are the same connection before and after, ``listen`` is
a port that it opened, and ``connect`` one that it made itself, to the source; but see UDP_OPENED.
"""

UDP_OPENED = "connect"
"""UDP has nothing to accept: Dionaea calls the first datagram of a source so."""

OUTGOING = ("mirrorc", "tftpclient")
"""What Dionaea calls connections that it makes itself, over whatever transport."""

UDP_SERVICES = ("snmp", "bacnet", "ipmi", "tftp")
"""Services of Conpot over UDP; it names no transport."""
