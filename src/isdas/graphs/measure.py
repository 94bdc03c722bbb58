"""
How wide a text will be, near enough to break lines and to keep labels apart.

Does not read the font: widths are those of the letter classes of Noto Sans CJK, rounded up.
"""

import unicodedata

_NARROW = frozenset("iIjl.,:;'|!()[]/ ft-·")
_WIDE = frozenset("mwMW@%")
_CLOSING = frozenset("、。）」・：；，．")


def width(text: str, size: float, *, bold: bool = False) -> float:
    """Width of one line in pixels at a font size in pixels; errs to the wide side."""
    return sum(_em(letter) for letter in text) * size * (1.06 if bold else 1.0)


def wrap(text: str, size: float, room: float) -> list[str]:
    """Break *text* into lines no wider than *room* pixels: at spaces, and between any two Japanese letters."""
    lines = [""]
    for piece in _pieces(text):
        if lines[-1] and width(lines[-1] + piece.rstrip(), size) > room:
            lines.append("")
        lines[-1] += piece if lines[-1] else piece.lstrip()
    return [line.rstrip() for line in lines if line.strip()]


def _em(letter: str) -> float:
    if unicodedata.east_asian_width(letter) in "WF":
        return 1.0
    if letter in _NARROW:
        return 0.35
    if letter in _WIDE:
        return 0.9
    return 0.66 if letter.isupper() else 0.57


def _pieces(text: str) -> list[str]:
    """The parts between which a line may break; closing marks stay with what they close."""
    pieces: list[str] = []
    breakable = True
    for letter in text:
        wide = unicodedata.east_asian_width(letter) in "WF"
        if pieces and (letter in _CLOSING or letter.isspace() or not (breakable or wide)):
            pieces[-1] += letter
        else:
            pieces.append(letter)
        breakable = wide or letter.isspace()
    return pieces
