"""Ports as titles, sentences and rules call them."""

import pytest

from isdas.alerts.port_words import port_words
from isdas.model.errors import IsdasError


@pytest.mark.parametrize(
    ("ports", "scans_en", "scans_ja"),
    [
        (("445/tcp",), "scans against TCP port 445", "TCP 445番ポートへのスキャン"),
        (("23/tcp", "2323/tcp"), "scans against TCP ports 23 and 2323", "TCP 23番および 2323番ポートへのスキャン"),
        (
            ("445/tcp", "137/udp"),
            "scans against TCP port 445 and UDP port 137",
            "TCP 445番ポートおよび UDP 137番ポートへのスキャン",
        ),
        (
            ("80/tcp", "81/tcp", "82/tcp", "83/tcp", "84/tcp"),
            "scans against TCP port 80 and 4 other ports",
            "TCP 80番ポートなど 5個のポートへのスキャン",
        ),
        (
            ("8/icmp",),
            "scans using ICMP echo request (type 8)",
            "ICMP Echo Request (タイプ 8) によるスキャン",
        ),
        (("13/icmp",), "scans using ICMP type 13", "ICMP タイプ 13 によるスキャン"),
        (("47/ip",), "scans using IP protocol 47", "IP プロトコル番号 47 によるスキャン"),
    ],
    ids=["one", "two", "two-protocols", "many", "echo", "icmp", "protocol"],
)
def test_scans_in_words(ports: tuple[str, ...], scans_en: str, scans_ja: str) -> None:
    """Scans are called by what they are against, or by what they use where there is no port."""
    words = port_words(ports)
    assert (words.scans_en, words.scans_ja) == (scans_en, scans_ja)


def test_only_ports_have_services() -> None:
    """A service listens on a TCP or UDP port, not on an ICMP type."""
    assert port_words(("445/tcp",)).has_service
    assert not port_words(("8/icmp",)).has_service


def test_a_port_twice_is_one() -> None:
    """A port that is named twice is said once."""
    assert port_words(("445/tcp", "445/tcp")).en == "TCP port 445"


def test_what_is_no_port_is_refused() -> None:
    """What is not a port is refused with the form of one."""
    with pytest.raises(IsdasError, match="445/tcp"):
        port_words(("microsoft-ds",))
