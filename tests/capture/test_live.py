"""
A live capture on a cable: what it hears, and when.
"""

import os

import pytest
from cable import FAR, INTERFACE, NEAR, Cable, ethernet, ip, syns, tcp, tunnel

from isdas.capture import expression
from isdas.capture.live import Live, Wanted
from isdas.capture.ring import FOREVER, Gathering
from isdas.decode.packets import decode


def heard(live: Live, n: int) -> list[int]:
    """The destination ports of the first *n* frames."""
    into = Gathering(1 << 20)
    while into.n < n:
        live.wait(5)
        live.gather(into, FOREVER, 1 << 16)
    return decode(into.frames(live.interface.link))[0].numpy("port").tolist()


def test_nothing_is_heard_before_it_is_time(cable: Cable) -> None:
    """A capture that is open hears only from when it is told to, and then all that is to its addresses."""
    live = cable.near.do(lambda: Live(Wanted(INTERFACE)))
    cable.send(syns(50, port=1))
    live.hear()
    cable.send([*syns(10, port=2), ethernet(ip(6, tcp(1, 3), FAR, "192.0.2.9")), *syns(1, port=4)])
    assert heard(live, 11) == [2] * 10 + [4]
    assert live.losses().packets == 11
    live.close()


def test_a_filter_holds_too(cable: Cable) -> None:
    """An expression of the user leaves packets out before they are counted."""
    if expression._library() is None:
        pytest.skip("libpcap is not installed")
    live = cable.near.do(lambda: Live(Wanted(INTERFACE, (NEAR,), "not port 22")))
    live.hear()
    cable.send([*syns(5, port=22), *syns(5, port=23)])
    assert heard(live, 5) == [23] * 5
    assert live.losses().packets == 5
    live.close()


def test_raw_ip_is_heard(cable: Cable) -> None:
    """What comes out of a tunnel's interface is IP without a frame."""
    device = tunnel(cable.near, "tun0", "198.51.100.1/24")
    live = cable.near.do(lambda: Live(Wanted("tun0")))
    live.hear()
    assert live.networks == ("198.51.100.1",)
    for destination, port in (("198.51.100.1", 5), ("198.51.100.9", 6), ("198.51.100.1", 7)):
        os.write(device, ip(6, tcp(1, port), "198.51.100.2", destination))
    assert heard(live, 2) == [5, 7]
    live.close()
    os.close(device)
