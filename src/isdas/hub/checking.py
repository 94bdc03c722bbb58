"""
What a segment must be to be admitted, as far as it can be told from the segment alone.

Signature, form and sizes are looked at by `transport.segment`; here are its key's owner, its times and its values.
Several segments are checked at the same time.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from isdas.hub.clock import Timing, timing
from isdas.hub.sender import Sender
from isdas.lake.ledger import LONGEST_US, intake_of
from isdas.lake.sensors import ACTIVE, ROTATED, Key
from isdas.model.packets import Packets
from isdas.model.time import HOUR_US
from isdas.transport.segment import Header, SegmentRefused, unseal

SLACK_US = 5_000_000
"""How far outside the stretch that it tells of a segment may have packets; the stretch is then as long as they say."""

_LAST_SEQUENCE = (1 << 31) - 1
"""The position of a packet holds the sequence in its upper half."""

_RANGES = {
    "ip_version": (4, 6),
    "protocol": (0, 255),
    "port": (-1, 65535),
    "source_port": (0, 65535),
    "capabilities": (0, (1 << 31) - 1),
}
_NEEDED = ("time", "capabilities", "ip_version", "source_high", "source_low", "protocol", "port")


class PutOff(Exception):
    """
    A segment that may be admitted later.

    Attributes:
        reason: why not now.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Candidate:
    """
    A segment that may be admitted if it is not known.

    Attributes:
        sensor, name: number and present name of the sensor.
        header: as it was sealed.
        packets: with sensor, intake, position and the hub's time.
        digest: of its bytes.
        size_bytes: how many these are.
        start_us, end_us: the stretch by the hub's time.
        offset_s: hub minus sensor, if it is known.
        shifted: whether times were put right by it.
        hours: packets by hour since 1970.
        seen_from: the address that it was sent from.
    """

    sensor: int
    name: str
    header: Header
    packets: Packets
    digest: bytes
    size_bytes: int
    start_us: int
    end_us: int
    offset_s: float | None
    shifted: bool
    hours: dict[int, int]
    seen_from: str


def check(
    data: bytes, digest: bytes, sender: Sender, key_of: Callable[[str], Key | None], *, received_us: int, oldest_us: int
) -> Candidate:
    """
    A segment that came with a request.

    Args:
        data, digest: the segment.
        sender: who sent the request.
        key_of: gives the key with a fingerprint.
        received_us: when the request came.
        oldest_us: what ended before is refused.

    Raises:
        SegmentRefused: it can never be admitted.
        PutOff: it cannot be admitted now.
    """
    header, packets = unseal(data, lambda fingerprint: _public(fingerprint, sender, key_of))
    if header.sequence > _LAST_SEQUENCE:
        raise SegmentRefused("bad-header", f"sequence {header.sequence} is too large")
    when = _when(header, sender, received_us, oldest_us)
    times = _times(packets)
    start_us, end_us = _stretch(header, times)
    _check_values(packets)
    shifted = times + when.shift_us
    name = sender.key.name
    columns = {
        "time": pa.array(shifted).cast(pa.timestamp("us", tz="UTC")),
        "sensor": name,
        "intake": intake_of(name, header.spool),
        "position": (header.sequence << 32) + np.arange(len(packets), dtype=np.int64),
    }
    hours, n = np.unique(shifted // HOUR_US, return_counts=True)
    assert sender.key.sensor is not None
    return Candidate(
        sender.key.sensor,
        name,
        header,
        packets.with_columns(columns),
        digest,
        len(data),
        start_us + when.shift_us,
        end_us + when.shift_us,
        when.offset_s,
        bool(when.shift_us),
        dict(zip(hours.tolist(), n.tolist(), strict=True)),
        sender.seen_from,
    )


def _public(fingerprint: str, sender: Sender, key_of: Callable[[str], Key | None]) -> bytes | None:
    """
    The key that a segment says it was sealed with, if it is the sender's or one that this has followed.

    Raises:
        SegmentRefused: it is that of another sensor, or has been revoked.
    """
    if fingerprint == sender.key.fingerprint:
        return sender.key.public
    key = key_of(fingerprint)
    if key is None:
        return None
    if key.sensor != sender.key.sensor:
        raise SegmentRefused("foreign-key", f"the key {fingerprint} is that of another sensor")
    if key.state not in {ACTIVE, ROTATED}:
        raise SegmentRefused("ended-key", f"the key {fingerprint} is {key.state}")
    return key.public


def _when(header: Header, sender: Sender, received_us: int, oldest_us: int) -> Timing:
    request, measured_s = sender.request, header.clock_offset_s
    if measured_s is None and header.clock_epoch in request.offsets_us:
        measured_s = request.offsets_us[header.clock_epoch] / 1e6
    found = timing(
        header.end_us,
        measured_s=measured_s,
        guessed_s=(received_us - request.sent_us) / 1e6 if header.clock_epoch == request.epoch else None,
        now_us=received_us,
        oldest_us=oldest_us,
    )
    if found.later:
        raise PutOff(found.reason)
    if found.reason:
        raise SegmentRefused(found.reason, f"a segment that ended at {header.end_us} by the clock of its sensor")
    return found


def _times(packets: Packets) -> npt.NDArray[np.int64]:
    column = packets.table.column("time")
    if column.null_count:
        raise SegmentRefused("bad-values", "packets without a time")
    return np.asarray(column.cast(pa.int64()).to_numpy(), np.int64)


def _stretch(header: Header, times: npt.NDArray[np.int64]) -> tuple[int, int]:
    """The stretch that a segment observed, by the sensor's clock."""
    start_us, end_us = header.start_us, header.end_us
    if len(times):
        first, last = int(times.min()), int(times.max())
        if first < start_us - SLACK_US or last > end_us + SLACK_US:
            raise SegmentRefused("outside-stretch", "packets from outside the stretch that the segment tells of")
        start_us, end_us = min(start_us, first), max(end_us, last)
    if end_us - start_us > LONGEST_US:
        raise SegmentRefused("bad-stretch", f"a segment over {(end_us - start_us) / 1e6:.0f} s is too long")
    return start_us, end_us


def _check_values(packets: Packets) -> None:
    """Refuse what a sensor's decoder never gives, so that one broken sensor does not keep the others' packets out."""
    table = packets.table
    for name in _NEEDED:
        if table.column(name).null_count:
            raise SegmentRefused("bad-values", f"packets without {name}")
    if table.column("packets").null_count != len(packets):
        raise SegmentRefused("bad-values", "packets that stand for several")
    for name, (low, high) in _RANGES.items():
        values = packets.numpy(name, low)
        if len(values) and not (low <= int(values.min()) and int(values.max()) <= high):
            raise SegmentRefused("bad-values", f"packets with {name} outside {low} to {high}")
