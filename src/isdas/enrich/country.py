"""
Country codes as makers of lookups write them: which name a country, and which only say that none is known.
"""

import re

_SHAPE = re.compile(r"[A-Za-z][A-Za-z0-9]")

NOWHERE = frozenset({"XX", "ZZ", "XD", "A1", "A2", "A3", "O1", "T1"})
"""
Unknown (XX, ZZ), networks to drop (IPFire's XD), proxies, satellites, anycast (A1 to A3), other (O1), Tor (T1).

XK is none of them: ISO 3166 leaves it to its users as well, but all of them mean Kosovo.
"""


def country_code(text: str) -> str | None:
    """The ISO 3166 code in capitals; empty for what stands for no country, None for what is no code."""
    if not text:
        return ""
    code = text.upper() if _SHAPE.fullmatch(text) else ""
    if code in NOWHERE:
        return ""
    return code if code.isalpha() else None
