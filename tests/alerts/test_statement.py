"""Sentences with their evidence."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from isdas.alerts import statement
from isdas.alerts.cause import offered
from isdas.alerts.config import Config
from isdas.alerts.knowledge import Knowledge
from isdas.alerts.port_words import port_words
from isdas.alerts.statement import Facts
from isdas.model.surge import VERDICTS, Surge


def facts(surge: Surge, config: Config) -> Facts:
    """The facts of a draft of November 4."""
    return Facts(surge, port_words(surge.ports), date(2008, 11, 4), config)


def test_evidence_is_a_command_that_shows_it(make_surge: Callable[..., Surge], config: Config) -> None:
    """The evidence for the regions is the command that prints them from a week before the onset to the issue."""
    regions = statement.overview(facts(make_surge(), config), [])[1]
    (grade, evidence) = regions.claims[0]
    assert grade == "observed"
    assert "`isdas series --port 445/tcp --from 2008-10-23 --to 2008-11-04 --by region`" in evidence
    assert "JP 52%, CN 33%" in evidence


def test_rise_carries_its_figures_and_guards(make_surge: Callable[..., Surge], config: Config) -> None:
    """The evidence for the rise has its size, its score, its interval and its guards."""
    evidence = statement.overview(facts(make_surge(), config), [])[0].claims[0][1]
    for part in ("245", "61.5", "score 14.2", "2008-10-30T12:00:00Z", "without-top-sensor passed (12.9)"):
        assert part in evidence


def test_rise_names_what_it_was_found_with(make_surge: Callable[..., Surge], config: Config) -> None:
    """The evidence for the rise names the table versions and lookup editions behind it."""
    surge = make_surge(basis={"versions": {"counts": 7}, "editions": {"iptocc": "3.3"}})
    evidence = statement.overview(facts(surge, config), [])[0].claims[0][1]
    assert evidence.endswith('found with {"editions": {"iptocc": "3.3"}, "versions": {"counts": 7}}')


def test_cause_has_two_grades(make_surge: Callable[..., Surge], knowledge: Knowledge, config: Config) -> None:
    """The sentence on the cause claims that it is not identified, and that a vulnerability is consistent with it."""
    surge = make_surge()
    said = statement.overview(facts(surge, config), offered(surge, knowledge, config))[2]
    assert [grade for grade, _ in said.claims] == ["not-identified", "consistent-with"]
    assert "7 days before the onset" in said.claims[1][1]


def test_no_candidate_means_not_identified(make_surge: Callable[..., Surge], config: Config) -> None:
    """Without a possible cause the text says that there is none, and no more."""
    said = statement.overview(facts(make_surge(port="31337/tcp", ports=("31337/tcp",)), config), [])[-1]
    assert said.en == "The cause of these scans has not been identified yet."
    assert said.ja == "これらのスキャンの原因は特定できておりません。"
    assert [grade for grade, _ in said.claims] == ["not-identified"]


@pytest.mark.parametrize("verdict", [v for v in VERDICTS if v != "broad"])
def test_other_verdicts_say_what_they_are(verdict: str, make_surge: Callable[..., Surge], config: Config) -> None:
    """A surge that is not broad is explained in the overview, and never called a wide-area threat."""
    said = statement.overview(facts(make_surge(verdict=verdict), config), [])
    text = " ".join(each.en for each in said)
    assert "not" in text.split("wide-area threat")[0] or verdict in {"fleet-change", "spoofed", "artefact"}
    assert any("isdas surges show" in evidence for each in said for _, evidence in each.claims)


def test_backscatter_is_not_called_scans(make_surge: Callable[..., Surge], config: Config) -> None:
    """Replies are called packets, not scans."""
    said = statement.overview(facts(make_surge(verdict="backscatter"), config), [])
    assert "packets to TCP port 445 have been increasing" in said[0].en
    assert "TCP 445番ポート宛のパケットが増加している" in said[0].ja


def test_what_is_over_has_an_end(make_surge: Callable[..., Surge], config: Config) -> None:
    """A surge that was over on the day of issue is told with its last day."""
    surge = make_surge(ended_at=datetime(2009, 1, 2, tzinfo=UTC))
    said = statement.overview(Facts(surge, port_words(surge.ports), date(2009, 1, 2), config), [])
    assert said[0].en.endswith(
        "increased from late evening on October 30, 2008, and that the increase was over by January 2, 2009."
    )
    assert "2008年10月30日夜遅くから2009年1月2日にかけて" in said[0].ja
    assert said[1].en.startswith("The increased scans were")


def test_an_alert_does_not_know_the_days_after_it(make_surge: Callable[..., Surge], config: Config) -> None:
    """A surge that ended after the day of issue is told as going on."""
    said = statement.overview(facts(make_surge(ended_at=datetime(2008, 11, 6, tzinfo=UTC)), config), [])
    assert "have been increasing since" in said[0].en
    assert said[1].en.startswith("The increasing scans are")


@pytest.mark.parametrize("figures", [True, False])
@pytest.mark.parametrize(
    "changes",
    [{}, {"verdict": "single-sensor"}, {"verdict": "fleet-change"}, {"tools": (("zmap", 0.9),)}],
    ids=["broad", "sensor", "fleet", "tool"],
)
def test_section_two_is_never_empty(
    figures: bool, changes: dict[str, Any], make_surge: Callable[..., Surge], config: Config
) -> None:
    """Section II has a sentence with evidence, with and without figures, for every verdict."""
    said = statement.observation(facts(make_surge(**changes), config), figures=figures)
    assert said
    assert all(each.claims for each in said)
    assert said[-1].en.endswith(":") == figures


def test_tool_is_not_proof(make_surge: Callable[..., Surge], config: Config) -> None:
    """A header pattern is consistent with a tool: it can be imitated."""
    said = statement.observation(facts(make_surge(tools=(("zmap", 0.9),)), config), figures=False)[-1]
    assert "typical of the scanning tool ZMap" in said.en
    assert said.claims[0][0] == "consistent-with"
