"""Monitored addresses."""

import ipaddress

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from isdas.model.address import halves
from isdas.model.errors import IsdasError
from isdas.model.monitored import REASON, Monitored
from isdas.model.packets import Packets
from isdas.model.tally import Tally


def to(*addresses: str) -> Packets:
    """Packets to some addresses."""
    pairs = [halves(address) for address in addresses]
    columns = {"destination_high": [h for h, _ in pairs], "destination_low": [low for _, low in pairs]}
    return Packets.of(columns, len(addresses))


def kept(networks: str, *addresses: str) -> list[bool]:
    """For each address, whether it is in the networks."""
    monitored = Monitored.parse(networks.split(","))
    return [len(monitored.only(to(address), Tally(1, 1))) == 1 for address in addresses]


def test_only_monitored_destinations_stay() -> None:
    """A packet to another address is refused by name, and the account still reconciles."""
    tally = Tally(read=4, stored=4)
    mine = Monitored.parse(["192.0.2.0/25", " 2001:db8::/48"]).only(
        to("192.0.2.1", "192.0.2.128", "2001:db8:0:1::1", "2001:db8:1::1"), tally
    )
    assert len(mine) == 2
    assert (tally.stored, tally.refused) == (2, {REASON: 2})
    assert tally.reconciles


@pytest.mark.parametrize(
    ("networks", "inside", "outside"),
    [
        ("0.0.0.0/0", "255.255.255.255", "::1"),
        ("192.0.2.7", "192.0.2.7", "192.0.2.8"),
        ("128.0.0.0/1", "200.1.2.3", "127.255.255.255"),
        ("2001:db8::/64", "2001:db8::ffff:ffff:ffff:ffff", "2001:db8:0:1::"),
        ("2001:db8::8000/113", "2001:db8::ffff", "2001:db8::7fff"),
        ("fe80::/10", "febf::1", "fec0::1"),
        ("192.0.2.9/24", "192.0.2.1", "192.0.3.1"),
    ],
)
def test_networks_hold_what_they_should(networks: str, inside: str, outside: str) -> None:
    """The first and last addresses of a network of either version are in it, their neighbours are not."""
    assert kept(networks, inside, outside) == [True, False]


@given(st.ip_addresses(), st.ip_addresses(), st.integers(0, 128))
def test_membership_is_that_of_the_standard_library(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
    other: ipaddress.IPv4Address | ipaddress.IPv6Address,
    length: int,
) -> None:
    """For any network and address of one version, the answer is the same as ipaddress gives."""
    assume(address.version == other.version)
    prefix = length % (other.max_prefixlen + 1)
    network = ipaddress.ip_network(f"{other}/{prefix}", strict=False)
    assert kept(str(network), str(address)) == [address in network]


def test_unknown_destinations_stay() -> None:
    """A packet whose input shows no destination is not refused for it."""
    tally = Tally(read=2, stored=2)
    assert len(Monitored.parse(["192.0.2.0/24"]).only(Packets.of({}, 2), tally)) == 2
    assert not tally.refused


@pytest.mark.parametrize("text", ["1.2.3", "", "192.0.2.0/33", "here", "192.0.2.0-192.0.2.9"])
def test_what_is_no_network_is_an_error(text: str) -> None:
    """Anything but an address or CIDR notation is refused with an example."""
    with pytest.raises(IsdasError, match=r"write 192\.0\.2\.0/24"):
        Monitored.parse([text])
