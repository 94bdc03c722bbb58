"""Settings of the hub."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Config:
    """How the hub takes segments in."""

    group_seconds: float = field(
        default=2.0, metadata={"doc": "How long segments are gathered before they are committed together, seconds."}
    )
    group_packets: int = field(
        default=500_000, metadata={"doc": "So many packets are committed at once, however short they were gathered."}
    )
    waiting_mb: int = field(
        default=64, metadata={"doc": "Megabytes of segments that may wait to be committed; more are asked to come later."}
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
