"""
Marks: what is pointed out on a figure, above all the onset of a surge.

Does not judge: the onset and its interval are the surge's.
"""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from isdas.graphs.caption import written
from isdas.graphs.words import Words, words
from isdas.model.surge import Surge


@dataclass(frozen=True, slots=True)
class Mark:
    """
    An instant, a stretch of time, or an instant with its interval.

    Attributes:
        label: what is written at it, in the figure's language.
        at: where a rule is drawn, if anywhere.
        start, end: the stretch that is shaded, if any.
    """

    label: str
    at: datetime | None = None
    start: datetime | None = None
    end: datetime | None = None

    def __post_init__(self) -> None:
        if self.at is None and (self.start is None or self.end is None):
            raise ValueError("a mark needs an instant or both ends of a stretch")
        if any(when is not None and when.tzinfo is None for when in (self.at, self.start, self.end)):
            raise ValueError("the instants of a mark have a zone")

    @property
    def anchor(self) -> datetime:
        """The instant that the label belongs to."""
        when = self.at or self.start
        assert when is not None
        return when


def onset_mark(surge: Surge, zone: ZoneInfo, *, language: str = "en") -> Mark:
    """The onset of a surge as a rule, its 90 % interval as a band, both dates in the label."""
    terms = words(language)
    low, high = surge.onset_low_at.astimezone(zone), surge.onset_high_at.astimezone(zone)
    onset = terms.onset.format(at=_short(surge.onset_at.astimezone(zone), terms))
    last = high.strftime("%H:%M") if low.date() == high.date() else _short(high, terms)
    interval = terms.interval.format(low=_short(low, terms), high=last)
    label = f"{onset}（{interval}）" if language == "ja" else f"{onset} ({interval})"
    return Mark(label, at=surge.onset_at, start=surge.onset_low_at, end=surge.onset_high_at)


def _short(when: datetime, terms: Words) -> str:
    return written(when, "%-m月%-d日 %H:%M" if terms.language == "ja" else "%m-%d %H:%M")
