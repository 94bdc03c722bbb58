"""
Words for tools: which program the packets of a rise look like, and how surely.

A tool is never more than consistent with what was seen, and says nothing of who uses it.
"""

from typing import NamedTuple

from isdas.alerts.region import joined_ja
from isdas.model.surge import Surge


class ToolWords(NamedTuple):
    """
    A tool in both languages.

    Attributes:
        en, ja: what it is called.
        shape: whether its packets have a shape that others may share, not a number that only it computes.
        content: whether it is known by the length and first bytes of its packets, not by their headers.
    """

    en: str
    ja: str
    shape: bool = False
    content: bool = False


_MASSCAN = ToolWords("the scanning tool Masscan", "スキャンツール Masscan")
_ZMAP = ToolWords("the scanning tool ZMap", "スキャンツール ZMap")
_NMAP = ToolWords("the scanning tool Nmap", "スキャンツール Nmap")
_UNICORNSCAN = ToolWords("the scanning tool Unicornscan", "スキャンツール Unicornscan")

TOOL_WORDS = {
    "mirai-like": ToolWords("malware of the Mirai family", "Mirai 系のマルウェア"),
    "masscan": _MASSCAN,
    "zmap": _ZMAP,
    "hajime-like": ToolWords("malware of the Hajime family", "Hajime 系のマルウェア"),
    "nmap-like": _NMAP._replace(shape=True),
    "unicornscan-like": _UNICORNSCAN._replace(shape=True),
    "hping-like": ToolWords("the packet generator hping", "パケット生成ツール hping", shape=True),
    "zmap-like": ToolWords(
        "recent versions of the scanning tool ZMap", "スキャンツール ZMap の新しいバージョン", shape=True
    ),
    "slammer": ToolWords("the worm SQL Slammer", "ワーム SQL Slammer", content=True),
    "witty": ToolWords("the worm Witty", "ワーム Witty", content=True),
    "nmap": _NMAP,
    "unicornscan": _UNICORNSCAN,
}
"""The tools of model.tool; test_tool_words holds the two to each other."""


def tool(surge: Surge) -> str | None:
    """
    The tool that more than half of the increase looks like, as far as it could show it; None if there is none.

    Of several the one with the largest share.
    """
    return next((name for name, share in surge.tools if name in TOOL_WORDS and share > 0.5), None)


def likeness_en(name: str) -> str:
    """The sentence in English that says so."""
    words = TOOL_WORDS[name]
    values = "lengths and first bytes" if words.content else "header values"
    like = f"consistent with {words.en}, among others" if words.shape else f"typical of {words.en}"
    return f"More than half of the increase, as far as such values were recorded, has {values} that are {like}."


def likeness_ja(name: str) -> str:
    """The sentence in Japanese that says so."""
    words = TOOL_WORDS[name]
    of = "長さと先頭部分" if words.content else "ヘッダー"
    like = "などのものと矛盾しない値" if words.shape else "に特徴的な値"
    begin = f"増加分のうち、該当する値が記録されているパケットの半数以上の{of}に、"
    return joined_ja(begin, words.ja, f"{like}が見られます。")
