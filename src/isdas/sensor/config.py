"""Settings of a sensor."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Config:
    """What a sensor listens to, what it leaves out, and how it keeps and sends the rest."""

    interface: str = field(default="", metadata={"doc": "Interface to listen on, such as eth0."})
    captures: str = field(
        default="",
        metadata={
            "doc": "Instead of an interface: a folder into which tcpdump or the like writes pcap or pcapng files."
        },
    )
    addresses: tuple[str, ...] = field(
        default=(),
        metadata={"doc": "Monitored networks or addresses; none for those that the interface has, as they change."},
    )
    filter: str = field(
        default="",
        metadata={
            "doc": "Expression of pcap-filter(7) that packets must satisfy too, such as not port 22; needs libpcap."
        },
    )
    management: tuple[str, ...] = field(
        default=(),
        metadata={"doc": "Networks from which the sensor is looked after: all that comes from them is left out."},
    )
    user: str = field(
        default="", metadata={"doc": "User that the sensor becomes when it was started by root; empty to stay."}
    )
    snap_bytes: int = field(default=256, metadata={"doc": "How much of each frame is taken from the kernel, bytes."})
    ring_mb: int = field(default=32, metadata={"doc": "Memory in which the kernel keeps frames to be read, megabytes."})
    waiting_mb: int = field(
        default=64,
        metadata={"doc": "Memory for frames that wait to be sealed, megabytes; more are dropped as ring and counted."},
    )
    segment_seconds: int = field(
        default=60, metadata={"doc": "A segment is sealed each so many seconds, on the minute; 3600 at most."}
    )
    segment_packets: int = field(default=100_000, metadata={"doc": "And as soon as it has so many packets."})
    quiet_minutes: float = field(
        default=10.0,
        metadata={"doc": "In captures: longest silence between packets that counts as observed, minutes."},
    )
    spool_mb: int = field(
        default=1000, metadata={"doc": "Disk for segments that wait to be sent, megabytes; then the oldest go."}
    )
    upload_kb: int = field(default=500, metadata={"doc": "Segments are sent with so many kilobytes a second at most."})
    beacons: bool = field(
        default=True,
        metadata={"doc": "Whether beacons of the hub are looked for, told of, and never counted as packets."},
    )
    status_seconds: float = field(default=5.0, metadata={"doc": "How often status.json is written, seconds."})
    operations_port: int = field(default=0, metadata={"doc": "Port of /metrics and /health on 127.0.0.1; 0 for none."})
