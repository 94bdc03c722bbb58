"""Settings of the reading of other people's records."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Config:
    """How records are read that do not say everything themselves."""

    zone: str = field(
        default="UTC", metadata={"doc": "IANA time zone of times in logs that carry no offset of their own."}
    )
    drift_share: float = field(
        default=0.05,
        metadata={
            "doc": "Share of refused records above which a file is warned of as not being in its format any more."
        },
    )
