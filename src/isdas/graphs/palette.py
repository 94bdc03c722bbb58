"""
Colour, dash and marker of every line: told apart in colour, by colour-blind eyes and in grey print.

Colours are those of Okabe and Ito, "Color Universal Design" (2008), without the yellow that vanishes on white.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

OTHER = "other"
"""The key that sums what is not shown by itself; drawn last and in grey."""


@dataclass(frozen=True, slots=True)
class Style:
    """
    How one line looks.

    Attributes:
        colour: ``#RRGGBB``.
        dash: lengths of strokes and spaces in pixels; empty for a solid line.
        shape: name of the marker, as Vega has them.
        filled: whether the marker is filled.
        width: of the line, in pixels.
    """

    colour: str
    dash: tuple[int, ...]
    shape: str
    filled: bool = True
    width: float = 2.0


_BLUE = Style("#0072B2", (), "circle")
_VERMILLION = Style("#D55E00", (7, 2), "square")
_GREEN = Style("#009E73", (2, 2), "triangle-up")
_PURPLE = Style("#CC79A7", (8, 3, 2, 3), "diamond")
_ORANGE = Style("#E69F00", (4, 3), "triangle-down")
_SKY = Style("#56B4E9", (12, 3), "cross")
_BLACK = Style("#333333", (1, 3), "circle", filled=False)
_STYLES = (_BLUE, _VERMILLION, _GREEN, _PURPLE, _ORANGE, _SKY, _BLACK)
# Green and purple look grey to some eyes, so the grey line is thin and has no gaps.
_GREY = Style("#8A8A8A", (), "square", filled=False, width=1.2)

# The regions of the figures of 2005 look the same in every figure, and no other region looks like them.
_REGIONS = {
    "JP": Style("#D55E00", (), "circle"),
    "CN": Style("#0072B2", (7, 2), "square"),
    "US": _GREEN,
    "KR": _PURPLE,
    "TW": _ORANGE,
}
# The further colours are from the muted scheme of Paul Tol, "Colour Schemes" (SRON/EPS/TN/09-002).
_OTHER_REGIONS = (
    _SKY,
    _BLACK,
    Style("#882255", (6, 2, 2, 2), "diamond", filled=False),
    Style("#999933", (9, 2), "triangle-up", filled=False),
    Style("#332288", (3, 2), "square", filled=False),
)


def styles(keys: Sequence[str], by: str) -> tuple[Style, ...]:
    """The look of each key of a figure, in their order; regions of the published list keep theirs everywhere."""
    fixed, free = (_REGIONS, _OTHER_REGIONS) if by == "region" else ({}, _STYLES)
    chosen, used = [], 0
    for key in keys:
        if key in fixed or key == OTHER:
            chosen.append(fixed.get(key, _GREY))
        else:
            chosen.append(_again(free[used % len(free)], used // len(free)))
            used += 1
    return tuple(chosen)


def _again(style: Style, turn: int) -> Style:
    """The same colour for a later turn, with the marker's filling and the dash changed."""
    if turn == 0:
        return style
    dash = tuple(part + 2 * turn for part in style.dash) or (5 + 2 * turn, 2)
    return replace(style, dash=dash, filled=style.filled != bool(turn % 2))
