"""Settings of the hub."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Config:
    """How the hub takes segments in, where it listens, and when it does its work."""

    group_seconds: float = field(
        default=2.0, metadata={"doc": "How long segments are gathered before they are committed together, seconds."}
    )
    group_packets: int = field(
        default=500_000, metadata={"doc": "So many packets are committed at once, however short they were gathered."}
    )
    waiting_mb: int = field(
        default=64,
        metadata={"doc": "Megabytes of segments that may wait to be committed; more are asked to come later."},
    )
    least_free_mb: int = field(
        default=512, metadata={"doc": "With fewer megabytes free on the disk no segment is taken in."}
    )
    oldest_days: int = field(
        default=400, metadata={"doc": "Segments that end longer ago are refused, days; as long as sightings are kept."}
    )
    ledger_days: float = field(
        default=2.0, metadata={"doc": "How long the ledger keeps a row for each segment, days; then one for each hour."}
    )
    host: str = field(default="127.0.0.1", metadata={"doc": "Address on which the site is served."})
    port: int = field(default=8445, metadata={"doc": "Port of the site; 0 takes a free one."})
    certificate: str = field(
        default="", metadata={"doc": "PEM file with the site's certificate for TLS; without it the site is plain HTTP."}
    )
    certificate_key: str = field(default="", metadata={"doc": "PEM file with the key of the site's certificate."})
    sensors_host: str = field(default="127.0.0.1", metadata={"doc": "Address on which sensors are listened to."})
    sensors_port: int = field(default=8446, metadata={"doc": "Port for sensors; 0 takes a free one."})
    plain: bool = field(
        default=False,
        metadata={
            "doc": "Listen to sensors without TLS on other addresses than loopback: a proxy in front of it has it."
        },
    )
    operations_host: str = field(
        default="127.0.0.1", metadata={"doc": "Address of /health, /ready and /metrics, which are not for the public."}
    )
    operations_port: int = field(
        default=8447, metadata={"doc": "Port of /health, /ready and /metrics; 0 is a free one."}
    )
    fold_minute: int = field(
        default=5, metadata={"doc": "Minutes after each hour at which it is folded and surges are looked for."}
    )
    night_hour: int = field(
        default=3, metadata={"doc": "Hour (in the zone) after which retention, compaction and reconciliation run."}
    )
    look_days: int = field(
        default=14, metadata={"doc": "Days over which surges are looked for each hour, so that late segments count."}
    )
    silent_minutes: float = field(
        default=15.0, metadata={"doc": "A sensor from which nothing came for so long is called silent, minutes."}
    )
    beacons_per_second: float = field(
        default=20.0, metadata={"doc": "The hub sends at most so many beacons in a second, to all sensors together."}
    )
