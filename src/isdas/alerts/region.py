"""
Source regions by name, as they stand in running text.

Says nothing about who is behind an address: a region is where an address is registered.
"""

from collections.abc import Sequence

from isdas.alerts.config import Config
from isdas.model.region import in_text


def name_en(code: str, config: Config) -> str:
    """*code* in English running text; the home region by its inside name, an unlisted one as its code."""
    return config.home_en if code == config.home_region else in_text(code, "en") or f"region {code}"


def name_ja(code: str, config: Config) -> str:
    """*code* in Japanese running text; the home region by its inside name, an unlisted one as its code."""
    return config.home_ja if code == config.home_region else in_text(code, "ja") or f"地域 {code}"


def sources_en(codes: Sequence[str], config: Config) -> str:
    """
    Where scans come from, as in ``from inside Japan and from China`` (the words of JPCERT-AT-2008-0019).

    "From" is repeated when the home region is among them, because "from inside Japan and China" would put both inside.
    """
    names = [name_en(code, config) for code in codes]
    return "from " + listed_en(names, " and from " if config.home_region in codes else " and ")


def sources_ja(codes: Sequence[str], config: Config) -> str:
    """Where scans come from, as in ``日本国内および中国``."""
    return listed_ja([name_ja(code, config) for code in codes])


def listed_en(names: Sequence[str], last: str = " and ") -> str:
    """``a, b and c``, with *last* before the last one."""
    if len(names) < 2:
        return "".join(names)
    between = ", from " if "from" in last else ", "
    return between.join(names[:-1]) + last + names[-1]


def listed_ja(names: Sequence[str]) -> str:
    """``a、b および c``."""
    if len(names) < 2:
        return "".join(names)
    return joined_ja("、".join(names[:-1]), "および", names[-1])


def joined_ja(*parts: str) -> str:
    """*parts* one after another, with the space that parts half-width letters and digits from kanji and kana."""
    text = ""
    for part in parts:
        if text and part and _parted(text[-1], part[0]):
            text += " "
        text += part
    return text


def _parted(before: str, after: str) -> bool:
    return (_letter(before) and _kana(after)) or (_kana(before) and _letter(after))


def _letter(c: str) -> bool:
    return c.isascii() and (c.isalnum() or c in "()%")


def _kana(c: str) -> bool:
    return not c.isascii() and c.isalnum()
