"""
What analysts say of surges, and how often the detector has been right by it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist
from typing import Any

from isdas.model.alert import Alert
from isdas.model.surge import Surge

OPINIONS = ("right", "wrong", "known")
"""A rise that was worth telling; one that was not; one that is real and needs no telling again."""

_Z = NormalDist().inv_cdf(0.95)

ALIKE = 0.8
"""Likeness from which what was said to be known also holds for a later surge of the port."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """
    What somebody said of a surge.

    Attributes:
        at: ISO instant.
        surge: its identifier.
        opinion: one of OPINIONS.
        who: as they are called.
        note: why.
        verdict: what the surge was called when it was judged; empty if that was not written down.
        of: the identifier under which it was judged, if a later look found the same rise under another.
    """

    at: str
    surge: str
    opinion: str
    who: str
    note: str = ""
    verdict: str = ""
    of: str = ""

    def as_dict(self) -> dict[str, str]:
        """The form that reports print."""
        return {
            "at": self.at,
            "opinion": self.opinion,
            "who": self.who,
            "note": self.note,
            "verdict": self.verdict,
            "of": self.of,
        }


@dataclass(frozen=True, slots=True)
class Precision:
    """
    How many of the broad surges that somebody judged were right.

    Attributes:
        right, wrong: judged ones; what is known counts as right, since it is there.
        unjudged: broad ones of which nobody has said anything.
        low, high: ends of the 90 % interval of the share (Wilson), 0 and 1 if none was judged.
    """

    right: int
    wrong: int
    unjudged: int
    low: float
    high: float

    @property
    def share(self) -> float | None:
        """The share of right ones; None if none was judged."""
        judged = self.right + self.wrong
        return self.right / judged if judged else None

    def sentence(self) -> str:
        """In words, for where surges are listed."""
        if self.share is None:
            return f"Precision to date: none of {self.unjudged} broad surges has been judged."
        judged = self.right + self.wrong
        return (
            f"Precision to date: {self.right} of {judged} judged broad surges were right ({self.share:.0%}, 90 % "
            f"interval {self.low:.0%} to {self.high:.0%}); {self.unjudged} are not judged."
        )


def precision(surges: Iterable[Surge], said: Mapping[str, Opinion]) -> Precision:
    """
    The precision over broad surges.

    What was told as broad counts for ever: a guard that would have seen through it since makes no past alarm right. A
    surge that is kept under two identifiers counts once.

    Args:
        surges: all that were found.
        said: the latest opinion by surge.
    """
    again = {opinion.of for opinion in said.values()}
    counted = [(s, said.get(s.identifier)) for s in surges if s.identifier not in again]
    opinions = [
        opinion.opinion if opinion else ""
        for surge, opinion in counted
        if ((opinion.verdict if opinion else "") or surge.verdict) == "broad"
    ]
    wrong = opinions.count("wrong")
    right = opinions.count("right") + opinions.count("known")
    if not right + wrong:
        return Precision(0, 0, len(opinions), 0.0, 1.0)
    return Precision(right, wrong, opinions.count(""), *_wilson(right, right + wrong))


def _wilson(right: int, n: int) -> tuple[float, float]:
    """The 90 % interval of a share (Wilson 1927): the shares from which *right* of *n* is no surprise."""
    share, z2 = right / n, _Z * _Z
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = _Z / (1 + z2 / n) * sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    # At the ends the formula gives them exactly, but for rounding.
    return (max(middle - half, 0.0) if right else 0.0), (min(middle + half, 1.0) if right < n else 1.0)


def known_as(surge: Surge, said: Mapping[str, Opinion]) -> str | None:
    """
    The past surge that makes this one known: of its port, said to be known, and alike; None if there is none.

    A mark on a list, nothing more: scores, thresholds and verdicts never depend on what was said.
    """
    mine = said.get(surge.identifier)
    if mine is not None:
        return surge.identifier if mine.opinion == "known" else None
    for one in surge.explanation.similar if surge.explanation else ():
        opinion = said.get(one.identifier)
        port = one.identifier.partition("-")[2].replace("-", "/")
        if opinion is not None and opinion.opinion == "known" and one.likeness >= ALIKE and port in surge.ports:
            return one.identifier
    return None


def mark(surge: Surge, said: Mapping[str, Opinion]) -> str:
    """What a list says of a surge in a word or two: the opinion, ``known as`` another, or nothing."""
    if surge.identifier in said:
        return said[surge.identifier].opinion
    past = known_as(surge, said)
    return f"known as {past}" if past else ""


def feedback(surge: Surge, said: Mapping[str, Opinion], alerts: Iterable[Alert]) -> dict[str, Any]:
    """The keys that opinions and alerts add to a surge's own: ``said``, ``known_as`` and ``followed``."""
    mine = said.get(surge.identifier)
    names = {surge.identifier, mine.of if mine else ""}
    return {
        "said": mine.as_dict() if mine else None,
        "known_as": known_as(surge, said),
        "followed": [{"alert": one.number, "state": one.state} for one in alerts if one.surge in names],
    }


def successor(surge: Surge, found: Iterable[Surge]) -> Surge | None:
    """
    The one of *found* that is the same rise under another identifier; None if there is none.

    It shares a port, and their onset intervals overlap, or each begins before the other is detected.
    """
    same = [one for one in found if set(one.ports) & set(surge.ports) and _together(one, surge)]
    return max(
        same,
        key=lambda one: (len(set(one.ports) & set(surge.ports)), -abs(one.onset_at - surge.onset_at), one.identifier),
        default=None,
    )


def _together(a: Surge, b: Surge) -> bool:
    onsets = a.onset_low_at <= b.onset_high_at and b.onset_low_at <= a.onset_high_at
    return onsets or (a.onset_at < b.detected_at and b.onset_at < a.detected_at)
