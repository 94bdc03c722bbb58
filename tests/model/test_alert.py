"""
Tests of isdas.model.alert.
"""

import json
from datetime import date

import pytest

from isdas.model.alert import LANGUAGES, Alert, AlertText, Claim


def alert() -> Alert:
    """An alert in both languages with one claim."""
    return Alert(
        number="ISDAS-AT-2008-0001",
        surge="445-tcp-2008103022",
        state="draft",
        first_issued=date(2008, 11, 4),
        updated=date(2008, 11, 5),
        texts=tuple(AlertText(language, f"Title {language}", f"Body {language}") for language in LANGUAGES),
        claims=(Claim("observed", "Scans have been increasing.", "isdas surges show 445-tcp-2008103022"),),
        figures=("isdas/2008/20080805-1104_445_port.png",),
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_text_is_found_by_language(language: str) -> None:
    """An alert gives the text of the language that is asked for."""
    assert alert().text(language).title == f"Title {language}"


def test_language_that_is_missing() -> None:
    """A language the alert is not written in is a KeyError."""
    with pytest.raises(KeyError, match="fr"):
        alert().text("fr")


def test_report_and_alert_are_inverse() -> None:
    """An alert survives its report as JSON, its Japanese included."""
    assert Alert.from_dict(json.loads(json.dumps(alert().as_dict()))) == alert()


def test_dates_are_plain() -> None:
    """An alert's dates are dates, without a time or a zone."""
    report = alert().as_dict()
    assert (report["first_issued"], report["updated"]) == ("2008-11-04", "2008-11-05")
