"""
The regions that simulated sources come from, with their clocks and their published share of packets.

Knows no addresses; those are drawn by `isdas.simulate.pool`.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Region:
    """
    One region of origin.

    Attributes:
        code: ISO 3166-1 alpha-2.
        share: percent of all background packets.
        utc_offset_hours: its clock, for the day rhythm (the middle one where there are several).
        hops: typical number of routers between it and a sensor in Japan.
    """

    code: str
    share: float
    utc_offset_hours: float
    hops: int


REGIONS: tuple[Region, ...] = (
    # The first five are published: National Police Agency, October 2007, share of 308,857 accesses,
    # http://internet.watch.impress.co.jp/cda/news/2007/11/22/17607.html
    Region("CN", 24.4, 8, 17),
    Region("JP", 22.5, 9, 9),
    Region("US", 10.4, -6, 15),
    Region("TW", 6.5, 8, 13),
    Region("KR", 5.4, 9, 12),
    # The other 30.8 % are spread by assumption.
    Region("HK", 2.4, 8, 12),
    Region("BR", 2.2, -3, 20),
    Region("RU", 2.2, 4, 18),
    Region("DE", 2.0, 1, 18),
    Region("TH", 1.9, 7, 15),
    Region("GB", 1.8, 0, 17),
    Region("IT", 1.7, 1, 19),
    Region("FR", 1.7, 1, 18),
    Region("IN", 1.7, 5.5, 17),
    Region("CA", 1.4, -5, 16),
    Region("ES", 1.3, 1, 19),
    Region("PL", 1.1, 1, 19),
    Region("TR", 1.1, 2, 20),
    Region("MY", 1.0, 8, 14),
    Region("PH", 1.0, 8, 14),
    Region("VN", 0.9, 7, 16),
    Region("AU", 0.9, 10, 16),
    Region("NL", 0.8, 1, 17),
    Region("AR", 0.8, -3, 20),
    Region("MX", 0.7, -6, 18),
    Region("RO", 0.6, 2, 20),
    Region("UA", 0.6, 2, 20),
    Region("ID", 0.6, 7, 16),
    Region("SE", 0.4, 1, 18),
)
"""All regions, largest first; the shares add up to 100."""

CODES: tuple[str, ...] = tuple(region.code for region in REGIONS)


def index(code: str) -> int:
    """The position of a region in REGIONS; ValueError if it has none."""
    return CODES.index(code)
