"""What the analyst is told beside the draft."""

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from isdas.alerts.config import Config
from isdas.alerts.knowledge import Knowledge
from isdas.alerts.notes import analyst_notes, confidence
from isdas.alerts.wrap import columns
from isdas.model.surge import Guard, Surge


def test_notes_say_how_sure_it_is(make_surge: Callable[..., Surge], knowledge: Knowledge, config: Config) -> None:
    """The notes have the verdict, the score, the interval, the sensors, the guards and what is not named."""
    text = analyst_notes(make_surge(), knowledge=knowledge, config=config)
    flat = " ".join(text.split())
    for part in (
        "Not for publication",
        "confidence strong (score 14.2)",
        "11 of 12 sensors",
        "2008-10-30 21:00 to 2008-10-31 00:00 Asia/Tokyo (3 h)",
        '"late evening on October 30, 2008"',
        "passed: without-top-source (13.80)",
        "Named in the text: MS08-067",
        "Not named: MS06-040",
        "common by chance",
    ):
        assert part in flat
    assert all(columns(line) <= config.line_width for line in text.splitlines())


def test_notes_use_the_shipped_knowledge(make_surge: Callable[..., Surge], config: Config) -> None:
    """Without other knowledge the notes use the shipped one, and they name what the surge was found with."""
    flat = " ".join(analyst_notes(make_surge(basis={"versions": {"counts": 7}}), config=config).split())
    assert "Named in the text: MS08-067" in flat
    assert 'Found with: {"versions": {"counts": 7}}.' in flat


def test_wide_interval_and_empty_knowledge_are_said(make_surge: Callable[..., Surge], config: Config) -> None:
    """The notes say why no part of the day is named, that nothing is known of the port, and that guards are missing."""
    low = datetime(2008, 10, 29, tzinfo=ZoneInfo("Asia/Tokyo"))
    text = analyst_notes(make_surge(onset_low_at=low, guards=()), knowledge=Knowledge(), config=config)
    flat = " ".join(text.split())
    assert "Wider than 6 h, so no part of the day is named." in flat
    assert "nothing for this port" in flat
    assert "None recorded" in flat


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({}, "strong"),
        ({"score": 4.0}, "fair"),
        ({"score": 2.0}, "weak"),
        ({"verdict": "single-sensor"}, "weak"),
        ({"guards": (Guard("without-top-source", False, 0.4, "It falls without its top source."),)}, "weak"),
    ],
    ids=["strong", "fair", "low-score", "verdict", "failed-guard"],
)
def test_confidence(changes: dict[str, object], word: str, make_surge: Callable[..., Surge]) -> None:
    """A finding is strong only if its score is high, its verdict is broad and no guard failed."""
    assert confidence(make_surge(**changes)) == word
