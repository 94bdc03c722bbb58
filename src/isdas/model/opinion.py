"""
What analysts say of surges, and how often the detector has been right by it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from isdas.model.surge import Surge

OPINIONS = ("right", "wrong", "known")
"""A rise that was worth telling; one that was not; one that is real and needs no telling again."""

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
    """

    at: str
    surge: str
    opinion: str
    who: str
    note: str = ""

    def as_dict(self) -> dict[str, str]:
        """The form that reports print."""
        return {"at": self.at, "opinion": self.opinion, "who": self.who, "note": self.note}


@dataclass(frozen=True, slots=True)
class Precision:
    """
    How many of the broad surges that somebody judged were right.

    Attributes:
        right, wrong: judged ones; what is known counts as right, since it is there.
        unjudged: broad ones of which nobody has said anything.
        low, high: ends of the 90 % interval of the share (Jeffreys), 0 and 1 if none was judged.
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

    Args:
        surges: all that were found.
        said: the latest opinion by surge.
    """
    from scipy.stats import beta

    opinions = [said[s.identifier].opinion if s.identifier in said else "" for s in surges if s.verdict == "broad"]
    wrong = opinions.count("wrong")
    right = opinions.count("right") + opinions.count("known")
    if not right + wrong:
        return Precision(0, 0, len(opinions), 0.0, 1.0)
    low = float(beta.ppf(0.05, right + 0.5, wrong + 0.5)) if right else 0.0
    high = float(beta.ppf(0.95, right + 0.5, wrong + 0.5)) if wrong else 1.0
    return Precision(right, wrong, opinions.count(""), low, high)


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
        port = one.identifier.split("-", 1)[1].replace("-", "/")
        if opinion is not None and opinion.opinion == "known" and one.likeness >= ALIKE and port in surge.ports:
            return one.identifier
    return None
