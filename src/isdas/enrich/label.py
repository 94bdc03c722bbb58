"""
All labels in order; the order is the documentation.
"""

from isdas.enrich.kind import kind
from isdas.enrich.region import Lookups, locate
from isdas.enrich.tool import tool
from isdas.model.packets import Packets


def label(packets: Packets, lookups: Lookups) -> Packets:
    """Give packets their kind, tool, scanner, region and AS, and say which editions did so."""
    return packets.with_columns({"kind": kind(packets), "tool": tool(packets), **locate(packets, lookups)})
