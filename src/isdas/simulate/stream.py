"""
Streams: what the background is made of, one entry for each habit of the Internet of autumn 2008.

Says what each stream consists of and how large it is; drawing from it is `isdas.simulate.visit`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from isdas.model.port import Port

ATTEMPTS_MAX = 60
"""No visit has more attempts than this."""

SWEEP_REACH = 0.7
"""Probability that a sweeping source touches a given other sensor."""


@dataclass(frozen=True, slots=True)
class Stream:
    """
    One habit: which ports, how much, by whom, how often, in which headers.

    A *visit* is one source turning to one sensor; it makes one or more *attempts*, each of one or more packets
    (retries) on every port of the stream.

    Attributes:
        name: fixed name.
        ports: destination ports that a visit tries together; empty if each source has a port of its own.
        share: percent of the fleet's background packets.
        stacks: header stacks and their weights among sources.
        tries: probabilities of 1, 2, 3 ... packets per attempt and port.
        tail: P(attempts >= n) = n ** -tail, cut at ATTEMPTS_MAX.
        gap_s: median seconds between attempts of a visit.
        sweeping: share of visits by sources that sweep over the other sensors as well.
        returning: probability that a visit is by a source that came before.
        rhythm: amplitude of the day rhythm.
        weekend: level on Saturday and Sunday relative to the other days.
        restless: standard deviation of the autocorrelated log-rate.
        locality: how much a source prefers sensors in its own region.
        tilt: region code to weight, relative to the overall mix; 1 where not named.
        only: the one sensor it reaches, if it is the leftover of an address's earlier user.
    """

    name: str
    ports: tuple[str, ...]
    share: float
    stacks: tuple[tuple[str, float], ...]
    tries: tuple[float, ...] = (0.25, 0.2, 0.55)
    tail: float = 1.9
    gap_s: float = 900.0
    sweeping: float = 0.02
    returning: float = 0.35
    rhythm: float = 0.35
    weekend: float = 1.0
    restless: float = 0.3
    locality: float = 1.0
    tilt: Mapping[str, float] = field(default_factory=dict)
    only: str | None = None

    @property
    def numbers(self) -> tuple[int, ...]:
        """The port numbers; one -1 if each source has its own."""
        return tuple(Port.parse(port).number for port in self.ports) or (-1,)

    @property
    def attempts_per_visit(self) -> float:
        """The mean number of attempts."""
        return float((np.arange(1.0, ATTEMPTS_MAX + 1) ** -self.tail).sum())

    @property
    def packets_per_visit(self) -> float:
        """The mean number of packets."""
        per_try = sum(count * chance for count, chance in enumerate(self.tries, start=1))
        return self.attempts_per_visit * per_try * len(self.numbers)


_HOME = (("xp", 0.72), ("w2k", 0.23), ("vista", 0.05))
_BOT = (("xp", 0.55), ("w2k", 0.45))
_TOOL = (("raw-6000", 0.35), ("linux", 0.3), ("raw-mss", 0.2), ("raw-bare", 0.15))
_MSSQL = (("raw-6000", 0.45), ("w2k", 0.35), ("xp", 0.2))
_UNIX = (("linux", 0.8), ("raw-mss", 0.2))
_PING = (("ping-windows", 0.45), ("ping-worm", 0.4), ("ping-unix", 0.15))
_ANSWER = (("syn-ack-unix", 0.4), ("syn-ack-windows", 0.25), ("rst-ack", 0.25), ("rst", 0.1))
_ONCE = (1.0,)
_CHINA = {"CN": 2.2, "JP": 0.5, "US": 1.1, "TW": 1.2, "KR": 1.2}
_ABROAD = {"JP": 0.35, "US": 1.6, "CN": 1.2, "KR": 1.3}
_NEAR = {"JP": 1.5, "CN": 0.9, "US": 0.7, "TW": 1.1}

BACKGROUND: tuple[Stream, ...] = (
    # Worms and bots on Windows hosts; they look near their own address first.
    Stream("dcom", ("135/tcp",), 31.2, _HOME, tail=2.0, rhythm=0.4, locality=3, tilt=_NEAR),
    Stream("smb", ("445/tcp",), 13.0, _HOME, tail=2.0, rhythm=0.4, locality=3, tilt=_NEAR),
    Stream("netbios", ("139/tcp",), 3.0, _HOME, rhythm=0.4, locality=3, tilt=_NEAR),
    Stream("bot", ("139/tcp", "445/tcp"), 1.1, _BOT, tail=2.2, rhythm=0.4, locality=2),
    Stream("bot-dcom", ("135/tcp", "445/tcp", "2967/tcp"), 1.1, _BOT, tail=2.2, rhythm=0.4, locality=2),
    Stream("antivirus", ("2967/tcp",), 1.8, _BOT, sweeping=0.06, tilt=_ABROAD),
    Stream("slammer", ("1434/udp",), 6.0, (("slammer", 1.0),), _ONCE, tail=1.9, gap_s=9000, rhythm=0.1, tilt=_CHINA),
    Stream("ping", ("8/icmp",), 20.8, _PING, (0.5, 0.15, 0.1, 0.25), tail=1.85, rhythm=0.35, locality=2),
    # Searches by tools.
    Stream("mssql", ("1433/tcp",), 3.0, _MSSQL, (0.5, 0.2, 0.3), sweeping=0.12, rhythm=0.15, tilt=_CHINA),
    Stream("ssh", ("22/tcp",), 2.2, _UNIX, tail=1.3, gap_s=20, sweeping=0.2, rhythm=0.05, tilt=_ABROAD),
    Stream(
        "popup",
        ("1026/udp", "1027/udp", "1028/udp"),
        3.2,
        (("popup", 1.0),),
        _ONCE,
        tail=2.6,
        sweeping=0.25,
        rhythm=0.1,
        restless=0.45,
        tilt=_CHINA,
    ),
    Stream("web", ("80/tcp",), 1.3, (("linux", 0.4), ("xp", 0.4), ("raw-bare", 0.2)), sweeping=0.15, rhythm=0.2),
    Stream("vnc", ("5900/tcp",), 0.9, (("xp", 0.5), ("raw-mss", 0.3), ("linux", 0.2)), sweeping=0.15, rhythm=0.15),
    Stream("radmin", ("4899/tcp",), 0.8, (("xp", 0.6), ("raw-6000", 0.4)), sweeping=0.15, rhythm=0.15),
    Stream("telnet", ("23/tcp",), 0.6, _UNIX, sweeping=0.15, rhythm=0.1),
    Stream("mysql", ("3306/tcp",), 0.5, _TOOL, sweeping=0.15, rhythm=0.1, tilt=_CHINA),
    Stream(
        "proxy",
        ("8080/tcp", "3128/tcp", "1080/tcp"),
        1.1,
        _TOOL,
        (0.7, 0.15, 0.15),
        tail=2.6,
        sweeping=0.2,
        rhythm=0.1,
        tilt=_CHINA,
    ),
    Stream("desktop", ("3389/tcp",), 0.4, (("xp", 0.7), ("raw-6000", 0.3)), sweeping=0.15, rhythm=0.2),
    Stream("mail", ("25/tcp",), 0.4, _UNIX, rhythm=0.1, weekend=0.8),
    Stream("ftp", ("21/tcp",), 0.3, (("xp", 0.6), ("linux", 0.4)), sweeping=0.15, rhythm=0.2),
    Stream("webmin", ("10000/tcp",), 0.3, _UNIX, sweeping=0.2, rhythm=0.05),
    Stream("names", ("137/udp",), 0.8, (("node-status", 1.0),), (0.2, 0.1, 0.7), rhythm=0.3),
    Stream("dns", ("53/udp",), 0.3, (("dns-query", 1.0),), _ONCE, rhythm=0.05),
    Stream(
        "tail-tcp",
        (),
        1.2,
        (("xp", 0.4), ("linux", 0.2), ("raw-6000", 0.2), ("raw-mss", 0.2)),
        sweeping=0.12,
        rhythm=0.15,
    ),
    Stream("tail-udp", (), 0.6, (("datagram", 1.0),), (0.7, 0.3), sweeping=0.08, rhythm=0.15),
    # Not scans: answers to forged packets, and hosts that were set up wrongly.
    Stream(
        "backscatter",
        (),
        1.9,
        _ANSWER,
        (0.5, 0.2, 0.2, 0.1),
        tail=1.6,
        gap_s=5000,
        sweeping=0.15,
        returning=0.7,
        rhythm=0.05,
        restless=0.6,
        tilt={"JP": 0.4, "US": 2.2, "CN": 1.4},
    ),
    Stream(
        "unreachable",
        ("3/icmp",),
        0.6,
        (("unreachable", 1.0),),
        (0.7, 0.2, 0.1),
        returning=0.6,
        rhythm=0.05,
        restless=0.6,
        tilt={"JP": 0.4, "US": 1.8},
    ),
    Stream("exceeded", ("11/icmp",), 0.3, (("exceeded", 1.0),), (0.7, 0.3), returning=0.7, rhythm=0.05, restless=0.6),
    Stream(
        "lost-syslog",
        ("514/udp",),
        0.5,
        (("syslog", 1.0),),
        _ONCE,
        tail=0.9,
        gap_s=600,
        sweeping=0,
        returning=0.8,
        rhythm=0,
        restless=0.6,
    ),
)
"""The background without the sensors' own leftovers; shares in percent of its packets."""
