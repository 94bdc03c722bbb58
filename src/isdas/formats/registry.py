"""
Every format of other people's records that is read, beside captures and profiled tables.

A new format is a module with `CAPABILITIES`, `sniff` and `read`, and a row here. Modules are loaded when something is
asked of them: most runs need none or one.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol, cast

from isdas.formats.batch import Work
from isdas.formats.context import Context
from isdas.formats.envelope import Envelope, envelope_of
from isdas.model.columns import Capability

SNIFFED_BYTES = 1 << 16
"""How much of a file, decompressed, a format is recognised by."""

HEAD_BYTES = 1 << 20
"""The same where lines are in envelopes, which are many times as long as what is in them."""


class Module(Protocol):
    """What the module of a format has; the same as `Format` says of itself."""

    CAPABILITIES: Capability

    def sniff(self, head: bytes, /) -> bool:
        """Whether a decompressed beginning is of this format."""

    def read(self, path: Path, context: Context, /) -> Iterator[Work]:
        """The file in stretches."""


class ArchiveModule(Module, Protocol):
    """What the module of a format of archives has beside that."""

    def reader(self, recognise: Callable[[bytes], Any], /) -> Callable[[Path, Context], Iterator[Work]]:
        """A `read` whose members have the formats that *recognise* gives."""


@dataclass(frozen=True, slots=True)
class Format:
    """
    One format.

    Attributes:
        name: as on the command line.
        title: one line that says what it is.
        module: the module of isdas.formats that reads it.
        ordered: whether its records stand in the order of their times. Flows do not, which are written when they end
            with the time at which they began, nor does what a search or an archive gives in an order of its own.
        one_pass: whether a file is read from its beginning to its end once, after a look at the beginning.
        archive: whether it holds files, of any format but these.
    """

    name: str
    title: str
    module: str
    ordered: bool = True
    one_pass: bool = True
    archive: bool = False

    @property
    def capabilities(self) -> Capability:
        """The most that its records can show."""
        return module(self.module).CAPABILITIES

    def sniff(self, head: bytes) -> bool:
        """Whether a decompressed beginning of at most SNIFFED_BYTES is of this format."""
        return module(self.module).sniff(head)

    def read(self, path: Path, context: Context) -> Iterator[Work]:
        """
        The file in stretches, in its order: the caller's thread reads, any thread may understand.

        Raises:
            InputRefused: the file cannot be read at all; at the latest before the first stretch.
        """
        return module(self.module).read(path, context)

    def reader(self, recognise: Callable[[bytes], Any]) -> Callable[[Path, Context], Iterator[Work]]:
        """For an archive: a `read` whose members have the formats that *recognise* gives."""
        return cast(ArchiveModule, module(self.module)).reader(recognise)


@cache
def module(name: str) -> Module:
    """A module of isdas.formats that reads a format."""
    return cast(Module, import_module(f"isdas.formats.{name}"))


FORMATS = (
    Format("flowtuple-v3", "CAIDA FlowTuple v3, Avro of Corsaro 3", "flowtuple_v3"),
    Format("flowtuple-v4", "CAIDA FlowTuple v4, Avro by destination networks", "flowtuple_v4"),
    Format("flowtuple-v2", "CAIDA FlowTuple v2, binary of Corsaro 2 (.cors)", "corsaro"),
    Format("flowtuple-v2-text", "CAIDA FlowTuple v2 as text, of cors2ascii", "corsaro_text"),
    Format("dshield", "DShield submissions, JSON documents, lines or logs", "dshield"),
    Format("dshield-table", "DShield firewall logs, nine fields with tabs", "dshield_table"),
    Format("cowrie", "Cowrie's cowrie.json", "cowrie"),
    Format("tpot", "T-Pot events, from Elasticsearch, Logstash, Dionaea or Honeytrap", "tpot", ordered=False),
    Format("spoki", "Spoki's raw log of packets", "spoki"),
    Format("merit", "Merit darknet events, JSON", "merit", ordered=False),
    Format("shadowserver", "Shadowserver darknet reports, CSV of today and until 2021", "shadowserver", ordered=False),
    Format("tar", "Archives of captures and of files in any of these formats", "tar", ordered=False, archive=True),
    Format("zip", "The same, of zip", "zip", ordered=False, one_pass=False, archive=True),
    Format("eve", "Suricata EVE: flows, halves of flows or alerts, JSON lines", "eve", ordered=False),
    Format("zeek", "Zeek conn.log, text or JSON lines", "zeek", ordered=False),
    Format(
        "nfcapd",
        "NetFlow, IPFIX and sFlow records of nfcapd, through nfdump",
        "nfdump",
        ordered=False,
        one_pass=False,
    ),
    Format("netfilter", "LOG lines of iptables, nftables and ulogd in a syslog", "netfilter", one_pass=False),
    Format("nict-darknet-2022", "NICT Darknet Dataset 2022, CSV of TCP SYNs with hashed sources", "nict"),
)
"""In the order in which they are tried; the pickier before the more general."""


def recognise(head: bytes) -> Format | None:
    """The first format that a decompressed beginning is of, or what is in the envelopes of its lines."""
    head = head[:SNIFFED_BYTES] if (envelope := envelope_of(head)) is None else _opened(envelope, head)
    return next((each for each in FORMATS if each.sniff(head)), None)


def recognise_file(head: bytes) -> Format | None:
    """The same of a file that may lie in an archive."""
    found = recognise(head)
    return None if found is None or found.archive else found


def _opened(envelope: Envelope, head: bytes) -> bytes:
    # Compiled, and seldom needed.
    from isdas.formats.opening import opened

    return opened(envelope, head)


def format_of(name: str) -> Format | None:
    """The format called *name*."""
    return next((each for each in FORMATS if each.name == name), None)
