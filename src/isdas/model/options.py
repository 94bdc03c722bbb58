"""
The layout of TCP options as one number: a hexadecimal digit for each option, in their order.
"""

NAMES = ("", "eol", "nop", "mss", "ws", "sok", "sack", "ts", "tfo", "md5", "other")
"""The options by digit; 0 ends a layout. Names as in p0f where it has one."""

MOST = 15
"""How many options a layout tells; what follows them is left out, so that the number stays positive."""

DIGITS = {0: 1, 1: 2, 2: 3, 3: 4, 4: 5, 5: 6, 8: 7, 34: 8, 19: 9}
"""TCP option kind (IANA) to digit; any other is ``other``."""

OTHER = len(NAMES) - 1


def layout(text: str) -> int:
    """
    The number of a layout written as ``mss,nop,ws``: the first option is the highest digit.

    Raises:
        ValueError: an option that has no name here, or too many of them.
    """
    names = [name for name in text.split(",") if name]
    if len(names) > MOST:
        raise ValueError(f"{text!r} has more than {MOST} options")
    number = 0
    for name in names:
        number = number << 4 | NAMES.index(name)
    return number


def text(number: int) -> str:
    """A layout as people write it: ``mss,nop,ws``; empty without options."""
    return ",".join(NAMES[int(digit, 16)] for digit in f"{number:x}") if number else ""
