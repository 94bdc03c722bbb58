"""
A link from an alert to a figure, with the label that the alerts of 2005 to 2009 gave such links.

Draws nothing and does not check that the figure is there.
"""

import re
from dataclasses import dataclass
from datetime import date

from isdas.alerts.config import Config
from isdas.alerts.port_words import port_words

_PATH = re.compile(
    r"(?:.*/)?(?P<end_year>\d{4})/(?P<start>\d{8})-(?P<end>\d{2}|\d{4})"
    r"(?:_(?P<protocol>tcp|udp|icmpv6|icmp|ip)?(?P<number>\d{1,5}))?_(?P<by>[a-z]+)(?:_[a-z]{2})?\.[a-z]+",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class FigureLink:
    """
    A figure by its canonical path; the labels are made from the path unless they are given.

    Attributes:
        path: below the site's root, such as ``isdas/2008/20080805-1104_445_port.png``.
        label_en, label_ja: what stands above the address.
        path_ja: the same figure with Japanese text, if there is one.
    """

    path: str
    label_en: str = ""
    label_ja: str = ""
    path_ja: str = ""

    def title(self, language: str, config: Config) -> str:
        """The label: ``ISDAS graph for TCP port 445 (2008/08/05-11/04)``."""
        given = self.label_ja if language == "ja" else self.label_en
        match = _PATH.fullmatch(self.path)
        if given or match is None:
            return given or f"{config.system_short} {'グラフ' if language == 'ja' else 'graph'}"
        port = f"{match['number']}/{match['protocol'] or 'tcp'}" if match["number"] else ""
        if language == "ja":
            return _label_ja(port, match["by"], _period(match, padded=False), config.system_short)
        return _label_en(port, match["by"], _period(match, padded=True), config.system_short)

    def url(self, language: str, config: Config) -> str:
        """The address in full."""
        path = self.path_ja if language == "ja" and self.path_ja else self.path
        return f"{config.site_url.rstrip('/')}/{path.lstrip('/')}"


def _label_en(port: str, by: str, period: str, system: str) -> str:
    of = "of source regions " if by == "region" else ""
    target = port_words((port,)).en if port else "the top five ports"
    if by == "region" and not port:
        return f"{system} graph of source regions ({period})"
    return f"{system} graph {of}for {target} ({period})"


def _label_ja(port: str, by: str, period: str, system: str) -> str:
    by_ja = "アクセス元地域別" if by == "region" else "アクセス先ポート別"
    kind = "ポート指定グラフ" if by == "region" and port else "グラフ"
    target = f" {port_words((port,)).ja.removesuffix('番ポート')}" if port else ""
    return f"{system} {by_ja}{kind}{target} ({period})"


def _period(match: re.Match[str], *, padded: bool) -> str:
    start, end = match["start"], match["end"]
    month = end[:2] if len(end) == 4 else start[4:6]
    try:
        first = date(int(start[:4]), int(start[4:6]), int(start[6:]))
        last = date(int(match["end_year"]), int(month), int(end[-2:]))
    except ValueError:
        return f"{start}-{end}"
    return f"{_day(first, True, padded)}-{_day(last, first.year != last.year, padded)}"


def _day(day: date, with_year: bool, padded: bool) -> str:
    text = f"{day.month:02d}/{day.day:02d}" if padded else f"{day.month}/{day.day}"
    return f"{day.year}/{text}" if with_year else text
