"""Settings of the decoder."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Config:
    """What is kept of a packet beside its headers."""

    payload_bytes: int = field(
        default=24, metadata={"doc": "First bytes of each payload that are kept, 0 for none; kinds are told by them."}
    )
