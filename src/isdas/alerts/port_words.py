"""
Ports in words: what a title, a sentence and a filter rule call them.

Knows nothing of what runs on a port; that is in the knowledge files.
"""

from dataclasses import dataclass

from isdas.alerts.region import listed_en, listed_ja
from isdas.model.port import NO_PORT, Port

_MOST_NAMED = 4
_ECHO = {(1, 8), (58, 128)}
_ICMP = {1: "ICMP", 58: "ICMPv6"}
_TRANSPORT = {6: "TCP", 17: "UDP"}


@dataclass(frozen=True, slots=True)
class PortWords:
    """
    What to call the ports of one surge.

    Attributes:
        en, ja: the ports as a noun, ``TCP ports 23 and 2323``, ``TCP 23番および TCP 2323番ポート``.
        scans_en, scans_ja: scans of them, ``scans against TCP port 445``, ``TCP 445番ポートへのスキャン``.
        packets_en, packets_ja: packets to them, whatever they are.
        inbound_en, inbound_ja, outbound_en, outbound_ja: the packets that a filter rule names.
        has_service: whether a service can listen on them.
    """

    en: str
    ja: str
    scans_en: str
    scans_ja: str
    packets_en: str
    packets_ja: str
    inbound_en: str
    inbound_ja: str
    outbound_en: str
    outbound_ja: str
    has_service: bool


def port_words(ports: tuple[str, ...]) -> PortWords:
    """
    The words for *ports*, most important first; more than four are named by the first and a count.

    Raises:
        IsdasError: one of them is not a port.
    """
    parsed = [Port.parse(port) for port in dict.fromkeys(ports)]
    named = parsed[:1] if len(parsed) > _MOST_NAMED else parsed
    left = len(parsed) - len(named)
    en, ja = _noun_en(named, left), _noun_ja(named, left)
    if named[0].protocol in _TRANSPORT:
        return PortWords(
            en=en,
            ja=ja,
            scans_en=f"scans against {en}",
            scans_ja=f"{ja}へのスキャン",
            packets_en=f"packets to {en}",
            packets_ja=f"{ja}宛のパケット",
            inbound_en=f"packets from external to internal {en}",
            inbound_ja=f"外部から内部の {ja}宛のパケット",
            outbound_en=f"packets from internal to external {en}",
            outbound_ja=f"内部から外部の {ja}宛のパケット",
            has_service=True,
        )
    return PortWords(
        en=en,
        ja=ja,
        scans_en=f"scans using {en}",
        scans_ja=f"{ja} によるスキャン",
        packets_en=f"packets of {en}",
        packets_ja=f"{ja} のパケット",
        inbound_en=f"packets of {en} from external to internal hosts",
        inbound_ja=f"外部から内部への {ja} のパケット",
        outbound_en=f"packets of {en} from internal to external hosts",
        outbound_ja=f"内部から外部への {ja} のパケット",
        has_service=False,
    )


def _noun_en(ports: list[Port], left: int) -> str:
    words: list[str] = []
    for protocol in dict.fromkeys(port.protocol for port in ports):
        same = [port for port in ports if port.protocol == protocol]
        if protocol in _TRANSPORT:
            plural = "s" if len(same) > 1 else ""
            words.append(f"{_TRANSPORT[protocol]} port{plural} {listed_en([str(p.number) for p in same])}")
        else:
            words.extend(_portless_en(port) for port in same)
    if left:
        words.append(f"{left} other ports")
    return listed_en(words)


def _noun_ja(ports: list[Port], left: int) -> str:
    words: list[str] = []
    for protocol in dict.fromkeys(port.protocol for port in ports):
        same = [port for port in ports if port.protocol == protocol]
        if protocol in _TRANSPORT:
            words.append(f"{_TRANSPORT[protocol]} {listed_ja([f'{p.number}番' for p in same])}ポート")
        else:
            words.extend(_portless_ja(port) for port in same)
    return listed_ja(words) + (f"など {left + len(ports)}個のポート" if left else "")


def _portless_en(port: Port) -> str:
    if port.number == NO_PORT:
        return f"IP protocol {port.protocol}"
    name = _ICMP[port.protocol]
    return f"{name} echo request (type {port.number})" if port in _ECHO else f"{name} type {port.number}"


def _portless_ja(port: Port) -> str:
    if port.number == NO_PORT:
        return f"IP プロトコル番号 {port.protocol}"
    name = _ICMP[port.protocol]
    return f"{name} Echo Request (タイプ {port.number})" if port in _ECHO else f"{name} タイプ {port.number}"
