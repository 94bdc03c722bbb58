"""
The addresses that a sensor stands for; everything else in a capture is not for it.
"""

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from isdas.model.address import halves
from isdas.model.errors import IsdasError
from isdas.model.packets import Packets
from isdas.model.tally import Tally

REASON = "not-to-monitored-address"


@dataclass(frozen=True, slots=True)
class Monitored:
    """
    Networks, each as the halves of its address and of its mask.

    Attributes:
        networks: (address high, address low, mask high, mask low), signed, of each network.
    """

    networks: tuple[tuple[int, int, int, int], ...]

    @classmethod
    def parse(cls, networks: Iterable[str]) -> "Monitored":
        """
        From networks in CIDR notation.

        Raises:
            IsdasError: one of them is no network.
        """
        return cls(tuple(_halves(text) for text in networks))

    def holds(self, high: npt.NDArray[np.int64], low: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        """Which addresses, given by their halves, are monitored."""
        mine = np.zeros(len(low), np.bool_)
        for address_high, address_low, mask_high, mask_low in self.networks:
            mine |= (high & mask_high == address_high) & (low & mask_low == address_low)
        return mine

    def only(self, packets: Packets, tally: Tally) -> Packets:
        """
        The packets to monitored addresses; the others move in *tally* from stored to refused.

        A packet whose input cannot show destinations stays: a log of what a sensor received is all addressed to it.
        """
        mine = np.asarray(pc.is_null(packets.table.column("destination_low")))
        mine |= self.holds(packets.numpy("destination_high"), packets.numpy("destination_low"))
        others = int(len(mine) - mine.sum())
        if not others:
            return packets
        tally.stored -= others
        tally.refuse(REASON, others)
        return Packets(packets.table.filter(pa.array(mine)))


def _halves(text: str) -> tuple[int, int, int, int]:
    try:
        network = ipaddress.ip_network(text.strip(), strict=False)
    except ValueError:
        raise IsdasError(f"{text!r} is not a network: write 192.0.2.0/24 or 2001:db8::/48") from None
    # IPv4 is mapped into IPv6, so its prefix begins 96 bits further on.
    prefix = network.prefixlen + (96 if network.version == 4 else 0)
    mask = ipaddress.IPv6Address((1 << 128) - (1 << 128 - prefix))
    return (*halves(str(network.network_address)), *halves(str(mask)))
