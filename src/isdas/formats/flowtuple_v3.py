"""
CAIDA FlowTuple v3: Avro files of Corsaro 3, a tuple of eight fields per minute or other interval.

Its documentation says network byte order; the integers are in host order.
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from isdas.formats import avro
from isdas.formats.avro_schema import Plan
from isdas.formats.batch import Batch, Work
from isdas.formats.context import Context
from isdas.formats.flowtuple import CAPABILITIES as SHARED
from isdas.formats.flowtuple import Tuples, batch, sensor_of
from isdas.formats.stream import byte_stream
from isdas.model.columns import Capability

CAPABILITIES = SHARED | Capability.WINDOW
"""The most that a tuple shows; the window of SYN only."""

_RECORD = "flowtuple"
_FIELDS = {
    "time": "time",
    "src_ip": "source",
    "dst_ip": "destination",
    "src_port": "source_port",
    "dst_port": "port",
    "protocol": "protocol",
    "ttl": "ttl",
    "tcp_flags": "tcp_flags",
    "ip_len": "ip_length",
    "packet_cnt": "packets",
    "tcp_synlen": "syn_length",
    "tcp_synwinlen": "syn_window",
}


def sniff(head: bytes) -> bool:
    """Whether a file that begins like this is an Avro container of ``flowtuple`` records."""
    return avro.record_name(head) == _RECORD


def read(path: Path, context: Context) -> Iterator[Work]:
    """
    The tuples of a file in stretches of about `avro.STRETCH_RECORDS`.

    Raises:
        InputRefused: ``unreadable``, ``truncated-header``, ``damaged-header``, ``unknown-codec``, ``wrong-columns``.
    """
    with byte_stream(path) as stream:
        header = avro.read_header(stream, path)
        plan = avro.read_plan(header, path, tuple(_FIELDS))
        for stretch in avro.stretches(stream, header):
            yield partial(_understood, stretch, plan, sensor_of(path))


def _understood(stretch: avro.Stretch, plan: Plan, sensor: str | None) -> Batch:
    found = avro.records(stretch, plan)
    columns: Any = {ours: found.numbers[theirs] for theirs, ours in _FIELDS.items()}
    return batch(Tuples(found.positions, **columns), sensor, found.warnings)
