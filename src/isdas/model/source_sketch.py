"""
Source sketches: so much of a crowd of sources that it can be told, without an address, how far another is the same.
"""

from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class SourceSketch:
    """
    The new sources of a surge, and the networks (/24, IPv6: /48) that they come from.

    Attributes:
        sources, networks: how many there are.
        by_source, by_network: the smallest hashes of each, ascending; all of them if they are few.

    Raises:
        ValueError: hashes that do not ascend, or are more than what they are of.
    """

    sources: int
    networks: int
    by_source: tuple[int, ...]
    by_network: tuple[int, ...]

    def __post_init__(self) -> None:
        for hashes, count in ((self.by_source, self.sources), (self.by_network, self.networks)):
            if len(hashes) > count or any(a >= b for a, b in pairwise(hashes)):
                raise ValueError(f"{len(hashes)} hashes, ascending or not, are no sketch of {count}")
