"""
Interfaces, and what changes about them.
"""

import os
import select

import pytest
from cable import INTERFACE, NEAR, NEAR6, Cable, tunnel

from isdas.capture.interface import Watch, find
from isdas.model.errors import NotFound


def test_an_interface_is_found_with_its_addresses(cable: Cable) -> None:
    """Those that others can send to are its addresses; that of the link alone is not."""
    interface = cable.near.do(lambda: find(INTERFACE))
    watch = cable.near.do(lambda: Watch(interface))
    assert (interface.name, interface.link, interface.cooked) == (INTERFACE, 1, False)
    assert watch.addresses() == (NEAR, NEAR6)
    cable.near.ip(f"addr add 192.0.2.7/24 dev {INTERFACE}")
    assert watch.changed()
    assert watch.addresses() == (NEAR, "192.0.2.7", NEAR6)
    assert not watch.changed()
    watch.close()


def test_up_down_and_gone_are_told_apart(cable: Cable) -> None:
    """Without a carrier it is down; one that was removed is gone even if another has its name."""
    watch = cable.near.do(lambda: Watch(find(INTERFACE)))
    assert watch.up() is True
    cable.far.ip("link set far0 down")
    while watch.up() is not False:
        pass
    # The kernel may tell a moment after it can be seen.
    assert select.select([watch], [], [], 30)[0] == [watch]
    assert watch.changed()
    cable.near.ip(f"link del {INTERFACE}")
    assert watch.up() is None
    cable.near.ip(f"link add {INTERFACE} type veth peer name other0")
    assert watch.up() is None
    watch.close()


def test_link_types(cable: Cable) -> None:
    """Loopback is Ethernet with empty addresses, and what comes out of a tun interface is raw IP."""
    device = tunnel(cable.near, "tun0", "198.51.100.1/24")
    found = [cable.near.do(lambda n=name: find(n)) for name in ("lo", "tun0")]
    assert [(each.link, each.cooked) for each in found] == [(1, False), (101, False)]
    os.close(device)


def test_what_is_not_there_names_what_is(cable: Cable) -> None:
    """A slip of the pen shows the names that would do."""
    with pytest.raises(NotFound, match=f"no interface 'eth9' here; there are .*lo.*{INTERFACE}"):
        cable.near.do(lambda: find("eth9"))
