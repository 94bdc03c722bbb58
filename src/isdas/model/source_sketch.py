"""
Source sketches: so much of a crowd of sources that it can be told, without an address, how far another is the same.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SourceSketch:
    """
    The new sources of a surge, and the networks (/24, IPv6: /48) that they come from.

    Attributes:
        sources, networks: how many there are.
        by_source, by_network: the smallest hashes of each, ascending; all of them if they are few.
    """

    sources: int
    networks: int
    by_source: tuple[int, ...]
    by_network: tuple[int, ...]
