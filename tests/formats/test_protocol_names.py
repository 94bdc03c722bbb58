"""
Names of protocols.
"""

import pyarrow as pa

from isdas.formats.fields import protocols
from isdas.formats.protocol_names import BY_NAME


def test_names_and_numbers_are_read_in_any_case() -> None:
    """Programs write a protocol by one of its names or by its number, sometimes with zeros before it."""
    column = pa.array(["TCP", "ipv6-icmp", "IPv6-ICMP", "GRE", "002", "132", "unknown_transport", "256", ""])
    numbers, good = protocols(column, BY_NAME)
    assert numbers.tolist() == [6, 58, 58, 47, 2, 132, -1, -1, -1]
    assert good.tolist() == [True] * 6 + [False] * 3
