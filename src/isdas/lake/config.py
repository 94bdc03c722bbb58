"""Settings of the tables."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Config:
    """How the tables are written and read."""

    staged_rows: int = field(
        default=500_000, metadata={"doc": "Packets gathered in memory before they are written to table files."}
    )
    keep_packets: bool = field(
        default=True,
        metadata={"doc": "Keep the packets table; without it packets are let go as soon as their hours are folded."},
    )
    threads: int = field(default=0, metadata={"doc": "Threads of the query engine; 0 takes every core."})
    compression_level: int = field(default=1, metadata={"doc": "Zstandard level of the table files, 1 to 22."})
    packets_days: int = field(
        default=30, metadata={"doc": "Days that packets are kept, back from the last that was observed; 0 for ever."}
    )
    sightings_days: int = field(default=400, metadata={"doc": "Days that sightings are kept; 0 for ever."})
    patience_s: float = field(
        default=60.0, metadata={"doc": "Seconds that a command waits for another one that is writing, such as the hub."}
    )
