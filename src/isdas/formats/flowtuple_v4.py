"""
CAIDA FlowTuple v4: Avro files in which a record sums the packets from a source to a port of a destination network.

Of TTL, source ports, sizes and TCP flags a record has only how many there were and the commonest. A value is taken
where it was the only one; TCP flags also where their frequencies are given, as one row for each value. Nothing is
spread over packets that a record does not say it of; those whose flags it does not list are neither scan nor answer.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from isdas.formats import avro
from isdas.formats.avro_records import MOST_ITEMS
from isdas.formats.avro_schema import Plan
from isdas.formats.batch import Batch, Work
from isdas.formats.context import Context
from isdas.formats.flowtuple import CAPABILITIES as SHARED
from isdas.formats.flowtuple import Ints, Mask, Tuples, batch, sensor_of
from isdas.formats.stream import byte_stream
from isdas.model.columns import Capability

CAPABILITIES = (SHARED & ~Capability.DESTINATION) | Capability.DESTINATION_NETWORK | Capability.WINDOW
"""The most that a record shows."""

_RECORD = "flowtuple4"
_TCP, _ICMP = 6, 1
_ONLY = {
    "ttl": ("uniq_ttls", "common_ttls"),
    "source_port": ("uniq_src_ports", "common_srcports"),
    "ip_length": ("uniq_pkt_sizes", "common_pktsizes"),
    "tcp_flags": ("uniq_tcp_flags", "common_tcpflags"),
}
"""What is known if there was only one: how many there were, and the commonest."""

_FLAGS, _FREQUENCIES = "common_tcpflags", "common_tcpflag_freqs"
_NUMBERS = (
    *("time", "src_ip", "dst_net", "dst_port", "protocol", "packet_cnt", "first_syn_length", "first_tcp_rwin"),
    *(count for count, _ in _ONLY.values()),
)
_ARRAYS = (*(common for _, common in _ONLY.values()), _FREQUENCIES)
"""The fields that are read; ``spoofed_packet_cnt`` and ``masscan_packet_cnt``, which older files lack, are not."""


def sniff(head: bytes) -> bool:
    """Whether a file that begins like this is an Avro container of ``flowtuple4`` records."""
    return avro.record_name(head) == _RECORD


def read(path: Path, context: Context) -> Iterator[Work]:
    """
    The records of a file in stretches of about `avro.STRETCH_RECORDS`.

    Each row that a record gives is counted as read; the rows beyond the first of a record also as ``split-record``.

    Raises:
        InputRefused: ``unreadable``, ``truncated-header``, ``damaged-header``, ``unknown-codec``, ``wrong-columns``.
    """
    with byte_stream(path) as stream:
        header = avro.read_header(stream, path)
        plan = avro.read_plan(header, path, _NUMBERS, _ARRAYS)
        for stretch in avro.stretches(stream, header):
            yield partial(_understood, stretch, plan, sensor_of(path))


def _understood(stretch: avro.Stretch, plan: Plan, sensor: str | None) -> Batch:
    found = avro.records(stretch, plan)
    warnings = found.warnings
    if odd := int(_odd(found).sum()):
        warnings["odd-frequencies"] += odd
    rows = _split(found)
    if more := len(rows.record) - len(found.positions):
        warnings["split-record"] += more
    return batch(_tuples(found, rows), sensor, warnings)


@dataclass(frozen=True, slots=True)
class _Rows:
    """
    The rows that records give.

    Attributes:
        record: int64[n], which record each is of.
        flags: int64[n], the TCP flags of each; 0 where they are not known.
        told: bool[n], whether they are.
        unlisted: bool[n], whether they are others than those that the record lists.
        packets: int64[n], how many packets each stands for; those of a record add up to its own.
    """

    record: Ints
    flags: Ints
    told: Mask
    unlisted: Mask
    packets: Ints


def _listed(found: avro.Records) -> tuple[Mask, Ints]:
    """Which items of the lists of flags there are, bool[n, MOST_ITEMS], and how many packets the lists speak of."""
    there = np.arange(MOST_ITEMS) < found.lengths[_FLAGS][:, None]
    # Frequencies beyond any count of packets could add up to something small by wrapping round.
    capped = np.clip(found.arrays[_FREQUENCIES], 0, 1 << 48)
    return there, np.where(there, capped, 0).sum(axis=1)


def _odd(found: avro.Records) -> Mask:
    """The records whose flags and frequencies do not fit each other or the count of packets."""
    there, sums = _listed(found)
    lengths, packets = found.lengths[_FLAGS], found.numbers["packet_cnt"]
    unfit = (lengths != found.lengths[_FREQUENCIES]) | (lengths > MOST_ITEMS) | (sums > packets)
    return np.asarray(_tcp(found) & (unfit | (there & (found.arrays[_FREQUENCIES] < 1)).any(axis=1)))


def _tcp(found: avro.Records) -> Mask:
    return np.asarray(found.numbers["protocol"] == _TCP)


def _split(found: avro.Records) -> _Rows:
    """A row for each common value of the flags, and one for the packets that have others."""
    there, sums = _listed(found)
    packets = found.numbers["packet_cnt"]
    splits = _tcp(found) & ~_odd(found)
    # A value that was the only one is that of all packets, whatever frequency is given for it.
    alone = splits & (found.numbers["uniq_tcp_flags"] == 1) & (found.lengths[_FLAGS] == 1)
    values = there & splits[:, None]
    rest = np.where(splits & ~alone, packets - sums, np.where(alone, 0, packets))
    lists = np.asarray(values.any(axis=1))
    others = ~lists | (rest > 0)
    used = np.concatenate([values, others[:, None]], axis=1)
    counts = np.concatenate([np.where(alone[:, None], packets[:, None], found.arrays[_FREQUENCIES]), rest[:, None]], 1)
    flags = np.concatenate([found.arrays[_FLAGS], np.zeros((len(packets), 1), np.int64)], axis=1)
    record, item = np.nonzero(used)
    told = item < MOST_ITEMS
    return _Rows(record, flags[used], told, ~told & lists[record], counts[used])


def _tuples(found: avro.Records, rows: _Rows) -> Tuples:
    numbers = {name: values[rows.record] for name, values in found.numbers.items()}
    icmp, tcp = numbers["protocol"] == _ICMP, numbers["protocol"] == _TCP
    columns: dict[str, Any] = {}
    unknown: dict[str, Mask] = {}
    for name, (count, common) in _ONLY.items():
        only = (found.numbers[count] == 1) & (found.lengths[common] == 1)
        columns[name] = np.where(only, found.arrays[common][:, 0], 0)[rows.record]
        unknown[name] = ~only[rows.record]
    columns["tcp_flags"], unknown["tcp_flags"] = rows.flags, tcp & ~rows.told & ~rows.unlisted
    # ICMP: the port is type and code in one number.
    columns["source_port"] = np.where(icmp, numbers["dst_port"] >> 8, columns["source_port"])
    single = numbers["packet_cnt"] == 1
    return Tuples(
        positions=found.positions[rows.record],
        time=numbers["time"],
        source=numbers["src_ip"],
        destination=numbers["dst_net"] & ~np.int64(0xFF),
        port=np.where(icmp, numbers["dst_port"] & 0xFF, numbers["dst_port"]),
        protocol=numbers["protocol"],
        packets=rows.packets,
        # They are of the first SYN, which in a record of more packets need not be like the others.
        syn_length=np.where(single, numbers["first_syn_length"], 0),
        syn_window=np.where(single, numbers["first_tcp_rwin"], 0),
        unknown=unknown,
        networks=True,
        unlisted=rows.unlisted,
        **columns,
    )
