"""
Every format of other people's records that is read, beside captures and profiled tables.

A new format is a module with a reader and a row here.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from isdas.formats import (
    corsaro,
    corsaro_text,
    cowrie,
    dshield,
    dshield_table,
    eve,
    flowtuple_v3,
    flowtuple_v4,
    merit,
    netfilter,
    nfdump,
    nict,
    shadowserver,
    spoki,
    tar,
    tpot,
    zeek,
)
from isdas.formats.batch import Work
from isdas.formats.context import Context
from isdas.model.columns import Capability

HEAD_BYTES = 1 << 16
"""How much of a file, decompressed, a format is recognised by."""


@dataclass(frozen=True, slots=True)
class Format:
    """
    One format.

    Attributes:
        name: as on the command line.
        title: one line that says what it is.
        capabilities: the most that its records can show.
        sniff: whether a decompressed beginning of at most HEAD_BYTES is of this format.
        read: the file in stretches, in its order: the caller's thread reads, any thread may understand; raises
            InputRefused where the file cannot be read at all, at the latest before the first stretch.
    """

    name: str
    title: str
    capabilities: Capability
    sniff: Callable[[bytes], bool]
    read: Callable[[Path, Context], Iterator[Work]]


FORMATS: tuple[Format, ...] = (
    Format(
        "flowtuple-v3",
        "CAIDA FlowTuple v3, Avro of Corsaro 3",
        flowtuple_v3.CAPABILITIES,
        flowtuple_v3.sniff,
        flowtuple_v3.read,
    ),
    Format(
        "flowtuple-v4",
        "CAIDA FlowTuple v4, Avro by destination networks",
        flowtuple_v4.CAPABILITIES,
        flowtuple_v4.sniff,
        flowtuple_v4.read,
    ),
    Format(
        "flowtuple-v2",
        "CAIDA FlowTuple v2, binary of Corsaro 2 (.cors)",
        corsaro.CAPABILITIES,
        corsaro.sniff,
        corsaro.read,
    ),
    Format(
        "flowtuple-v2-text",
        "CAIDA FlowTuple v2 as text, of cors2ascii",
        corsaro_text.CAPABILITIES,
        corsaro_text.sniff,
        corsaro_text.read,
    ),
    Format(
        "dshield",
        "DShield submissions, JSON documents, lines or logs",
        dshield.CAPABILITIES,
        dshield.sniff,
        dshield.read,
    ),
    Format(
        "dshield-table",
        "DShield firewall logs, nine fields with tabs",
        dshield_table.CAPABILITIES,
        dshield_table.sniff,
        dshield_table.read,
    ),
    Format(
        "cowrie",
        "Cowrie's cowrie.json",
        cowrie.CAPABILITIES,
        cowrie.sniff,
        cowrie.read,
    ),
    Format(
        "tpot",
        "T-Pot events, from Elasticsearch, Logstash, Dionaea or Honeytrap",
        tpot.CAPABILITIES,
        tpot.sniff,
        tpot.read,
    ),
    Format(
        "spoki",
        "Spoki's raw log of packets",
        spoki.CAPABILITIES,
        spoki.sniff,
        spoki.read,
    ),
    Format(
        "merit",
        "Merit darknet events, JSON",
        merit.CAPABILITIES,
        merit.sniff,
        merit.read,
    ),
    Format(
        "shadowserver",
        "Shadowserver darknet reports, CSV of today and until 2021",
        shadowserver.CAPABILITIES,
        shadowserver.sniff,
        shadowserver.read,
    ),
    Format(
        "tar",
        "Archives of files in any of these formats",
        tar.CAPABILITIES,
        tar.sniff,
        tar.reader(lambda head: recognise(head)),
    ),
    Format(
        "eve",
        "Suricata EVE: flows, halves of flows or alerts, JSON lines",
        eve.CAPABILITIES,
        eve.sniff,
        eve.read,
    ),
    Format(
        "zeek",
        "Zeek conn.log, text or JSON lines",
        zeek.CAPABILITIES,
        zeek.sniff,
        zeek.read,
    ),
    Format(
        "nfcapd",
        "NetFlow, IPFIX and sFlow records of nfcapd, through nfdump",
        nfdump.CAPABILITIES,
        nfdump.sniff,
        nfdump.read,
    ),
    Format(
        "netfilter",
        "LOG lines of iptables, nftables and ulogd in a syslog",
        netfilter.CAPABILITIES,
        netfilter.sniff,
        netfilter.read,
    ),
    Format(
        nict.NAME,
        "NICT Darknet Dataset 2022, CSV of TCP SYNs with hashed sources",
        nict.CAPABILITIES,
        nict.sniff,
        nict.read,
    ),
)
"""In the order in which they are tried; the pickier before the more general."""


def recognise(head: bytes) -> Format | None:
    """The first format that a decompressed beginning is of."""
    return next((each for each in FORMATS if each.sniff(head)), None)


def format_of(name: str) -> Format | None:
    """The format called *name*."""
    return next((each for each in FORMATS if each.name == name), None)
