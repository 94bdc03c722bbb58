"""Families of systems by the headers of a SYN."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from isdas.enrich.system import FAMILIES, families
from isdas.model.options import layout
from isdas.model.packets import Packets


def _syn(**fields: Any) -> str | None:
    values = {"ip_version": 4, "protocol": 6, "tcp_flags": 2, **fields}
    packets = Packets.of({name: pa.array([value]) for name, value in values.items()}, 1)
    code = int(families(packets)[0])
    return FAMILIES[code] if code >= 0 else None


@pytest.mark.parametrize(
    ("ttl", "window", "options", "family"),
    [
        (117, 65_535, "mss,nop,nop,sok", "Windows"),  # XP
        (113, 8192, "mss,nop,ws,nop,nop,sok", "Windows"),  # 7
        (52, 29_200, "mss,sok,ts,nop,ws", "Linux or Unix"),
        (57, 14_600, "mss", "embedded"),
        (241, 1024, "", "packet generator"),
        (48, 1024, "mss", "packet generator"),  # nmap
        (236, 65_535, "mss", "packet generator"),  # masscan of today
        (250, 4128, "mss,nop,ws,nop,nop,ts", "unknown"),
        (20, 512, "mss,nop,ws", "unknown"),
    ],
)
def test_stacks_are_told_apart(ttl: int, window: int, options: str, family: str) -> None:
    """By where the TTL began, the options and their order."""
    assert _syn(ttl=ttl, tcp_window=window, tcp_option_layout=layout(options)) == family


def test_what_is_no_syn_or_does_not_show_it_has_none() -> None:
    """Answers, other protocols, and records without a TTL or options."""
    whole = {"ttl": 117, "tcp_window": 8192, "tcp_option_layout": layout("mss,nop,nop,sok")}
    assert _syn(**whole) == "Windows"
    assert _syn(**whole, tcp_flags=18) is None
    assert _syn(**whole, protocol=17) is None
    assert _syn(ttl=117, tcp_window=8192) is None
    assert _syn() is None


def test_no_packets_have_no_families() -> None:
    """An empty table gives an empty array."""
    assert families(Packets.of({}, 0)).dtype == np.int8
    assert len(families(Packets.of({}, 0))) == 0
