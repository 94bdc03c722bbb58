"""Tests of isdas.enrich.networks."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isdas.enrich.networks import Network, Networks

FOUR = st.tuples(st.integers(0, (1 << 32) - 1), st.integers(0, 32)).map(
    lambda each: ipaddress.IPv4Network(each, strict=False)
)
SIX = (
    st.tuples(st.integers(0, (1 << 128) - 1), st.integers(0, 128))
    .map(lambda each: ipaddress.IPv6Network(each, strict=False))
    # What lies in ::ffff:0:0/96 is IPv4, in whichever form it is written.
    .filter(lambda network: not network.subnet_of(ipaddress.IPv6Network("::ffff:0:0/96")))
)


@given(st.lists(FOUR | SIX, max_size=20))
def test_networks_are_those_that_texts_name(networks: list[Network]) -> None:
    """Read from texts, or made of objects, and asked for one by one, by slices or all: they are the same networks."""
    read = Networks.of_texts([str(network) for network in networks])
    assert list(read) == networks == list(Networks.of(networks))
    assert [read[i] for i in range(len(read))] == networks
    assert list(read[1::2]) == networks[1::2]
    assert read.four.tolist() == [network.version == 4 for network in networks]


@given(st.lists(FOUR | SIX, max_size=9), st.integers(0, 9))
def test_parts_make_a_whole(networks: list[Network], cut: int) -> None:
    """Parts put together are in the order of the parts."""
    parts = [Networks.of(networks[:cut]), Networks.of(networks[cut:])]
    assert list(Networks.together(parts)) == networks
    assert list(Networks.together([])) == []


@given(st.from_regex(r"[0-9a-f.:]{1,12}(/[0-9]{0,3})?", fullmatch=True) | st.text(max_size=12))
def test_what_is_read_is_what_the_standard_library_reads(text: str) -> None:
    """No text is taken for a network that Python's own reader does not take for the same one."""
    try:
        (read,) = Networks.of_texts([text])
    except ValueError:
        return
    told = ipaddress.ip_network(text)
    assert read in (told, getattr(told[0], "ipv4_mapped", None) and ipaddress.ip_network(told[0].ipv4_mapped))


@pytest.mark.parametrize(
    "text",
    ["", "192.0.2", "192.0.2.1/24", "2001:db8::1/64", "192.0.2.0/33", "192.0.2.0/", "192.0.2.0/x", "::/129", "::%1"],
)
def test_what_is_no_network_is_refused(text: str) -> None:
    """Addresses that are not whole, bits behind the prefix, and prefixes that there are not."""
    with pytest.raises(ValueError, match=r"network|host bits|xpected|ddress"):
        Networks.of_texts(["192.0.2.1", text])
