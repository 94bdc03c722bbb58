"""
Tests of isdas.model.port.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isdas.model.errors import IsdasError
from isdas.model.port import NO_PORT, Port

PORTS = (
    st.builds(Port, st.sampled_from([6, 17]), st.integers(0, 65535))
    | st.builds(Port, st.sampled_from([1, 58]), st.integers(0, 255))
    | st.builds(Port, st.integers(0, 255), st.just(NO_PORT))
)


@given(PORTS)
def test_text_and_port_are_inverse(port: Port) -> None:
    """Reading what a port is written as gives the port again."""
    assert Port.parse(str(port)) == port


@pytest.mark.parametrize(
    ("text", "port"),
    [
        ("445/tcp", Port(6, 445)),
        ("53413/UDP", Port(17, 53413)),
        (" 8/icmp ", Port(1, 8)),
        ("135/icmpv6", Port(58, 135)),
        ("47/ip", Port(47, NO_PORT)),
        ("445", Port(6, 445)),
        ("0/tcp", Port(6, 0)),
        ("65535/udp", Port(17, 65535)),
    ],
)
def test_forms_that_are_read(text: str, port: Port) -> None:
    """Case and surrounding space do not matter, and a bare number is TCP."""
    assert Port.parse(text) == port


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/",
        "tcp",
        "tcp/445",
        "445/",
        "445/sctp",
        "65536/tcp",
        "256/icmp",
        "256/ip",
        "-1/tcp",
        "1e3/tcp",
        "４４５/tcp",
    ],
)
def test_what_is_no_port_is_refused(text: str) -> None:
    """Anything else is refused with a message that shows the right form."""
    with pytest.raises(IsdasError, match="is not a port: write 445/tcp"):
        Port.parse(text)


@given(st.text(max_size=12))
def test_no_text_breaks_the_parser(text: str) -> None:
    """Any text is either a port or an IsdasError."""
    try:
        port = Port.parse(text)
    except IsdasError:
        return
    assert Port.parse(str(port)) == port


def test_protocol_without_ports_has_no_port() -> None:
    """Whatever number comes with a protocol that has no ports, it is written as the protocol alone."""
    assert str(Port(47, 0)) == "47/ip"
    assert str(Port(6, NO_PORT)) == "6/ip"
