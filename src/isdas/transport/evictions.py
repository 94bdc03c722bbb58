"""
What a full spool gave up, written down until a segment that stays has told of it.

A note says which segments went, and which segment was to be sealed next. That one tells of it, unless it was sealed
before: then the next one does. Who is given up in turn hands on what it told.
"""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from itertools import pairwise

from isdas.transport.notebook import Notebook
from isdas.transport.segment import Header

Lost = list[int]
"""As in `Header.lost`: first and last number, segments, packets, start and end of what they observed."""

MOST_STRETCHES = 500
"""How many stretches a header tells of; with more of them neighbours are told as one, whose count still holds."""

_MOST_NOTES = 1000


class Evictions:
    """The notes of one spool."""

    def __init__(self, notebook: Notebook) -> None:
        self._notebook = notebook
        self._gone: list[tuple[int, int]] = []
        self._untold: list[tuple[int, Lost]] = []
        self._written = 0
        self._unwritten = False
        for note in notebook:
            self._gone += [(first, last) for first, last in note["gone"]]
            self._untold += [(note["in"], lost) for lost in note["lost"]]
            self._written += 1

    @property
    def next(self) -> int:
        """The least number that the next segment can have, by these notes."""
        return max((*(before for before, _ in self._untold), *(last + 1 for _, last in self._gone)), default=0)

    def gone(self) -> list[tuple[int, int]]:
        """Numbers of segments that were given up, as (first, last), as long as their files may be there."""
        return list(self._gone)

    def untold(self) -> list[Lost]:
        """What no segment has told of yet."""
        return fewer(merged(lost for _, lost in self._untold))

    def settle(self, newest: Header | None, number: int) -> None:
        """
        Forget what was told before the spool was opened.

        Args:
            newest: header of the newest segment that is there; None if it cannot be read.
            number: that of the newest segment; -1 if there is none.
        """
        told = [] if newest is None else newest.lost
        self._untold = [
            (before, lost)
            for before, lost in self._untold
            if before > number or (before == number and not _covered(lost, told))
        ]

    def add(self, before: int, gone: tuple[int, int], lost: Sequence[Lost]) -> None:
        """
        Note what goes; if there is no room for the note, it is told all the same, unless the power goes first.

        Args:
            before: number of the segment that is sealed next.
            gone: first and last number of those whose files are removed now, with none between them that is not.
            lost: what is to be told.
        """
        self._gone.append(gone)
        self._untold += [(before, list(each)) for each in lost]
        try:
            if self._unwritten:
                self._rewrite()
            else:
                self._notebook.add({"in": before, "gone": [gone], "lost": lost})
                self._written += 1
        except OSError:
            self._unwritten = True

    def told(self, header: Header) -> None:
        """A segment with a header is there, which told of what it had to tell."""
        left = [lost for _, lost in self._untold if not _covered(lost, header.lost)]
        self._untold = [(header.sequence + 1, lost) for lost in left]
        if left:
            # They were noted for the segment that came too early to tell of them.
            self._unwritten = True
            with suppress(OSError):
                self._rewrite()

    @property
    def many(self) -> bool:
        """Whether so much is written down that `shorten` is worth its while."""
        return self._written > _MOST_NOTES

    def shorten(self) -> None:
        """Keep only what is untold. All files of what is gone must be so for good."""
        self._gone = []
        with suppress(OSError):
            self._rewrite()

    def _rewrite(self) -> None:
        before = max((before for before, _ in self._untold), default=0)
        self._untold = [(before, lost) for lost in merged(lost for _, lost in self._untold)]
        notes = [{"in": before, "gone": self._gone, "lost": [lost for _, lost in self._untold]}]
        self._notebook.rewrite(notes if self._gone or self._untold else [])
        self._written, self._unwritten = 1, False


def merged(stretches: Iterable[Lost]) -> list[Lost]:
    """The stretches by number, neighbours as one."""
    found: list[Lost] = []
    for each in sorted(stretches):
        if found and each[0] <= found[-1][1] + 1:
            found[-1] = _together(found[-1], each)
        else:
            found.append(list(each))
    return found


def fewer(stretches: Sequence[Lost]) -> list[Lost]:
    """Not more than MOST_STRETCHES stretches: those with the least between them as one."""
    found = list(stretches)
    while len(found) > MOST_STRETCHES:
        gaps = [later[0] - earlier[1] for earlier, later in pairwise(found)]
        at = gaps.index(min(gaps))
        found[at : at + 2] = [_together(found[at], found[at + 1])]
    return found


def _together(one: Lost, other: Lost) -> Lost:
    first, last, segments, packets, start_us, end_us = one
    # Of a segment that was found damaged nobody knows when it was.
    start_us = min(filter(None, (start_us, other[4])), default=0)
    return [first, max(last, other[1]), segments + other[2], packets + other[3], start_us, max(end_us, other[5])]


def _covered(lost: Lost, told: Sequence[Lost]) -> bool:
    return any(first <= lost[0] and lost[1] <= last for first, last, *_ in told)
