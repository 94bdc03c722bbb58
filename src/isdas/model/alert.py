"""
Alert: a numbered document in its languages.
"""

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

LANGUAGES = ("en", "ja")


@dataclass(frozen=True, slots=True)
class AlertText:
    """
    One language of an alert.

    Attributes:
        language: ``en`` or ``ja``.
        title: the title line.
        body: the whole plain-text document, layout of JPCERT-AT-2008-0019.
    """

    language: str
    title: str
    body: str


@dataclass(frozen=True, slots=True)
class Claim:
    """
    One sentence of the draft and the figures that bear it.

    Attributes:
        grade: ``observed``, ``consistent-with`` or ``not-identified``.
        sentence: as in the English text.
        evidence: what to run or read to see it.
    """

    grade: str
    sentence: str
    evidence: str


@dataclass(frozen=True, slots=True)
class Alert:
    """
    A numbered document about one surge.

    Attributes:
        number: such as ``ISDAS-AT-2008-0001``.
        surge: identifier of the surge it tells of.
        state: ``draft``, ``approved`` or ``published``.
        first_issued, updated: dates on paper, in the configured zone.
        texts: one per language.
        claims: what it claims, sentence by sentence, with the evidence.
        figures: canonical paths of the figures it links to.
    """

    number: str
    surge: str
    state: str
    first_issued: date
    updated: date
    texts: tuple[AlertText, ...]
    claims: tuple[Claim, ...] = ()
    figures: tuple[str, ...] = ()

    def text(self, language: str) -> AlertText:
        """The text in *language*; KeyError if it has none."""
        for text in self.texts:
            if text.language == language:
                return text
        raise KeyError(language)

    def as_dict(self) -> dict[str, Any]:
        """The form that ``isdas alert show --json`` prints."""
        return {
            **asdict(self),
            "first_issued": self.first_issued.isoformat(),
            "updated": self.updated.isoformat(),
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "Alert":
        """An alert from what `as_dict` gave."""
        return cls(
            number=data["number"],
            surge=data["surge"],
            state=data["state"],
            first_issued=date.fromisoformat(data["first_issued"]),
            updated=date.fromisoformat(data["updated"]),
            texts=tuple(AlertText(**t) for t in data["texts"]),
            claims=tuple(Claim(**c) for c in data["claims"]),
            figures=tuple(data["figures"]),
        )
