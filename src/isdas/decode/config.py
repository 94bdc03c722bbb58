"""Settings of the decoder."""

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class Config:
    """What is kept of a packet beside its headers, and which of several packets in one is meant."""

    payload_bytes: int = field(
        default=24, metadata={"doc": "First bytes of each payload that are kept, 0 for none; kinds are told by them."}
    )
    tunnels: Literal["auto", "always", "never"] = field(
        default="auto",
        metadata={
            "doc": "Whether the packet inside a tunnel is the packet: always, never (then it is the outermost one), or "
            "auto: unless the tunnel's packet is itself addressed to a monitored address."
        },
    )
