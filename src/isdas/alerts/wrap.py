"""
Sets text in lines of a fixed number of columns, in English and Japanese.

Knows the line-breaking rules of JIS X 4051 that matter in plain text (kinsoku); does not hyphenate.
"""

from unicodedata import east_asian_width

NOT_AT_START = frozenset(
    "、。，．・：；？！゛゜ヽヾゝゞ々ー）」』】〕］｝〉》〜％ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ)]},.;:!?%"
)
"""Characters that never begin a line."""

NOT_AT_END = frozenset("（「『【〔［｛〈《([{")
"""Characters that never end a line."""

# "TCP 445番" stays together; in English, "TCP port 445" may be broken as the original alerts broke it.
_LEADS = frozenset({"TCP", "UDP"})
_COUNTERS = frozenset("年月日時分秒番台倍件個版")


def columns(text: str) -> int:
    """How many columns *text* takes; full-width characters take two."""
    return sum(2 if east_asian_width(c) in "WF" else 1 for c in text)


def wrap(text: str, width: int, *, first: str = "", rest: str = "") -> str:
    """
    Break *text* into lines of at most *width* columns, the first led by *first* and the others by *rest*.

    A piece that may not be broken and is wider than a line, such as an address, gets a line of its own.
    """
    lines: list[str] = []
    line, lead = "", first
    for space, piece in _pieces(text):
        joined = f"{line} {piece}" if space and line else line + piece
        if line and columns(lead + joined) > width:
            lines.append(lead + line)
            line, lead = piece, rest
        else:
            line = joined
    lines.append(lead + line)
    return "\n".join(lines)


def centre(text: str, width: int) -> str:
    """Each line of *text*, wrapped and set in the middle of *width* columns."""
    return "\n".join(" " * ((width - columns(line)) // 2) + line for line in wrap(text, width).split("\n"))


def right(text: str, width: int) -> str:
    """*text* at the right edge of *width* columns."""
    return " " * (width - columns(text)) + text


def _pieces(text: str) -> list[tuple[bool, str]]:
    """The pieces of *text* between which a line may end, each with whether a space comes before it."""
    pieces: list[tuple[bool, str]] = []
    space = False
    for c in text:
        if c.isspace():
            space = True
            continue
        if pieces and space and c.isdigit() and pieces[-1][1] in _LEADS:
            pieces[-1] = (pieces[-1][0], f"{pieces[-1][1]} {c}")
        elif pieces and not space and _clings(pieces[-1][1][-1], c):
            pieces[-1] = (pieces[-1][0], pieces[-1][1] + c)
        else:
            pieces.append((space, c))
        space = False
    return pieces


def _clings(before: str, after: str) -> bool:
    if after in NOT_AT_START or before in NOT_AT_END:
        return True
    if (before.isdigit() and after in _COUNTERS) or (before in "年月" and after.isdigit()):
        return True
    return not (_wide(before) or _wide(after))


def _wide(c: str) -> bool:
    return east_asian_width(c) in "WF"
