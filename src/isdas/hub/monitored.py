"""
The addresses that a sensor stands for; everything else in a capture is not for it.
"""

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from isdas.model.address import halves
from isdas.model.errors import IsdasError
from isdas.model.packets import Packets
from isdas.model.tally import Tally

REASON = "not-to-monitored-address"


@dataclass(frozen=True, slots=True)
class Monitored:
    """
    Networks as ranges of address halves.

    Attributes:
        ranges: (first high, first low, last high, last low), signed, of each network.
    """

    ranges: tuple[tuple[int, int, int, int], ...]

    @classmethod
    def parse(cls, networks: Iterable[str]) -> "Monitored":
        """
        From networks in CIDR notation.

        Raises:
            IsdasError: one of them is no network.
        """
        ranges = []
        for text in networks:
            try:
                network = ipaddress.ip_network(text.strip(), strict=False)
            except ValueError:
                raise IsdasError(f"{text!r} is not a network: write 192.0.2.0/24 or 2001:db8::/48") from None
            ranges.append((*halves(str(network[0])), *halves(str(network[-1]))))
        return cls(tuple(ranges))

    def only(self, packets: Packets, tally: Tally) -> Packets:
        """The packets to monitored addresses; the others move in *tally* from stored to refused."""
        high, low = packets.numpy("destination_high"), packets.numpy("destination_low")
        mine = np.zeros(len(packets), np.bool_)
        for first_high, first_low, last_high, last_low in self.ranges:
            # Within one upper half the lower halves of a network are contiguous as unsigned numbers.
            unsigned = low.view(np.uint64)
            inside = (unsigned >= np.uint64(first_low & _ALL)) & (unsigned <= np.uint64(last_low & _ALL))
            whole = (high.view(np.uint64) >= np.uint64(first_high & _ALL)) & (
                high.view(np.uint64) <= np.uint64(last_high & _ALL)
            )
            mine |= whole & (inside if first_high == last_high else True)
        others = int(len(mine) - mine.sum())
        if not others:
            return packets
        tally.stored -= others
        tally.refuse(REASON, others)
        return Packets(packets.table.filter(pa.array(mine)))


_ALL = (1 << 64) - 1
