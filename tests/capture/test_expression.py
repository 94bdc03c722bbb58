"""
Filter expressions, where libpcap is installed.
"""

import ipaddress

import pytest
from bpf_machine import kept
from cable import FAR, ethernet, ip, tcp, udp

from isdas.capture import bpf, expression
from isdas.capture.expression import compiled
from isdas.model.errors import ConfigError


@pytest.fixture
def libpcap() -> None:
    """Skips where libpcap is not installed."""
    if expression._library() is None:
        pytest.skip("libpcap is not installed")


def test_an_expression_and_the_addresses_must_both_hold(libpcap: None) -> None:
    """The compiled expression runs behind the program for the addresses, on Ethernet and on raw IP."""
    mine = [ipaddress.ip_network("192.0.2.1/32")]
    for link, framed in ((1, ethernet), (101, bytes)):
        program = bpf.incoming(mine, link, 64, compiled("not tcp port 22 and not src host 192.0.2.7", link, 64))
        assert kept(program, framed(ip(6, tcp(5, 23)))) == 64
        assert kept(program, framed(ip(6, tcp(5, 22)))) == 0
        assert kept(program, framed(ip(17, udp(5, 22)))) == 64
        assert kept(program, framed(ip(17, udp(5, 22), "192.0.2.7"))) == 0
        assert kept(program, framed(ip(17, udp(5, 22), FAR, "192.0.2.9"))) == 0


def test_nonsense_is_told(libpcap: None) -> None:
    """What libpcap does not understand names the setting and libpcap's reason."""
    with pytest.raises(ConfigError, match=r"sensor\.filter is 'not prot 22': .*syntax error"):
        compiled("not prot 22", 1, 64)


def test_without_libpcap_the_message_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """No library, no filter: install it, or leave the filter empty."""
    monkeypatch.setattr(expression, "_NAMES", ("libpcap-that-nobody-has.so",))
    monkeypatch.setattr(expression.ctypes.util, "find_library", lambda name: None)
    expression._library.cache_clear()
    try:
        with pytest.raises(ConfigError, match="install libpcap"):
            compiled("tcp", 1, 64)
    finally:
        expression._library.cache_clear()
