"""
The sentences of an alert's first two sections, each with its grade and the evidence for it.

Writes no layout: that is in the templates.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from isdas.alerts import cause, tool_words, wording
from isdas.alerts.cause import Hypothesis
from isdas.alerts.config import Config
from isdas.alerts.port_words import PortWords
from isdas.alerts.time_words import TimeWords, day_en, day_ja, time_words
from isdas.model.alert import Claim
from isdas.model.surge import Surge
from isdas.model.time import iso

OBSERVED = "observed"
CONSISTENT = "consistent-with"
NOT_IDENTIFIED = "not-identified"

_DAYS_SHOWN_BEFORE = 7


@dataclass(frozen=True, slots=True)
class Statement:
    """
    A sentence in both languages, and what bears it.

    Attributes:
        en, ja: the sentence.
        claims: grade and evidence, one for each thing that the sentence claims.
    """

    en: str
    ja: str
    claims: tuple[tuple[str, str], ...]

    def as_claims(self) -> list[Claim]:
        """The claims as an alert keeps them."""
        return [Claim(grade, self.en, evidence) for grade, evidence in self.claims]


@dataclass(frozen=True, slots=True)
class Facts:
    """What the statements of one draft are made from."""

    surge: Surge
    words: PortWords
    issued: date
    config: Config

    @property
    def onset(self) -> TimeWords:
        """The begin in words."""
        zone = ZoneInfo(self.config.zone)
        return time_words(self.surge.onset_at, self.surge.onset_low_at, self.surge.onset_high_at, zone)

    @property
    def last_day(self) -> date | None:
        """The day on which it was over; None if it was not over yet on the day of issue."""
        if self.surge.ended_at is None:
            return None
        day = self.surge.ended_at.astimezone(ZoneInfo(self.config.zone)).date()
        return day if day <= self.issued else None

    def command(self, by: str) -> str:
        """The command that shows the rise from a week before its onset to the day of issue."""
        start = self.onset.day - timedelta(days=_DAYS_SHOWN_BEFORE)
        end = max(self.issued, self.onset.day)
        return f"isdas series --port {self.surge.port} --from {start} --to {end} --by {by}"


def basis(surge: Surge) -> str:
    """The table versions and lookup editions that *surge* was found with, as JSON on one line."""
    return json.dumps(surge.basis, sort_keys=True, ensure_ascii=False, default=str)


def overview(facts: Facts, named: Sequence[Hypothesis]) -> list[Statement]:
    """The sentences of section I: what rose, since when, from where, and what may be behind it."""
    verdict = wording.VERDICT[facts.surge.verdict]
    statements = [_rise(facts)]
    if verdict.regions:
        statements.append(_regions(facts))
    if verdict.finding is not None:
        statements.append(_finding(facts, verdict.finding))
    if verdict.cause:
        statements.extend(_cause(facts, named))
    return statements


def observation(facts: Facts, *, figures: bool) -> list[Statement]:
    """The sentences of section II; the last one leads to the figures, if there are any."""
    statements = []
    if facts.surge.verdict == "broad":
        statements.append(_size(facts))
    found = tool_words.tool(facts.surge)
    if found is not None:
        statements.append(_tool(facts, found))
    if not statements or figures:
        statements.append(_pointer(facts, figures=figures))
    return statements


def _rise(facts: Facts) -> Statement:
    surge, config, onset = facts.surge, facts.config, facts.onset
    scans = wording.Both(facts.words.scans_en, facts.words.scans_ja)
    if not wording.VERDICT[surge.verdict].regions:
        scans = wording.Both(facts.words.packets_en, facts.words.packets_ja)
    last = facts.last_day
    if last is None:
        en = f"has observed that {scans.en} have been increasing since {onset.en}."
        ja = f"{onset.ja}から、{scans.ja}が増加していることを確認しています。"
    else:
        en = f"observed that {scans.en} increased from {onset.en}, and that the increase was over by {day_en(last)}."
        until = f"{last.month}月{last.day}日" if last.year == onset.day.year else day_ja(last)
        ja = f"{onset.ja}から{until}にかけて、{scans.ja}が増加したことを確認しました。"
    evidence = (
        f"`{facts.command('total')}`; surge {surge.identifier}: {surge.observed} source-hours where "
        f"{surge.baseline:.1f} were expected (x{surge.factor:.1f}, score {surge.score:.1f}); "
        f"onset {iso(surge.onset_at)}, 90 % interval {iso(surge.onset_low_at)} to {iso(surge.onset_high_at)}; "
        f"{_guards(surge)}"
    )
    if surge.basis:
        evidence += f"; found with {basis(surge)}"
    return Statement(f"The {config.system_en} {en}", f"{config.system_ja} では、{ja}", ((OBSERVED, evidence),))


def _regions(facts: Facts) -> Statement:
    words = wording.regions(facts.surge, facts.config, over=facts.last_day is not None)
    known = [r for r in facts.surge.regions if r.region != "ZZ" and r.excess_share > 0]
    grade = OBSERVED if known or facts.surge.mainly else NOT_IDENTIFIED
    shares = ", ".join(f"{r.region} {100 * r.excess_share:.0f}%" for r in facts.surge.regions[:6])
    evidence = f"`{facts.command('region')}`; shares of the excess: {shares or 'none known'}"
    return Statement(words.en, words.ja, ((grade, evidence),))


def _finding(facts: Facts, finding: wording.Both) -> Statement:
    en = finding.en.format(packets=facts.words.packets_en)
    ja = finding.ja.format(packets=f" {facts.words.packets_ja}")
    by = "sensor" if facts.surge.verdict in ("single-sensor", "few-sensors", "fleet-change") else "total"
    evidence = f"`isdas surges show {facts.surge.identifier}`; `{facts.command(by)}`; {_guards(facts.surge)}"
    return Statement(en, ja, ((OBSERVED, evidence),))


def _cause(facts: Facts, named: Sequence[Hypothesis]) -> list[Statement]:
    unknown = (
        NOT_IDENTIFIED,
        "A sensor answers nothing and keeps headers, so the records do not show what a source would do once connected.",
    )
    if not named:
        return [
            Statement(
                "The cause of these scans has not been identified yet.",
                "これらのスキャンの原因は特定できておりません。",
                (unknown,),
            )
        ]
    words, against = cause.sentence(named, facts.surge), cause.against(named)
    candidates = "; ".join(_candidate(h) for h in named)
    coincidence = "coincidence of port and time only, weak evidence by itself"
    return [
        Statement(words.en, words.ja, (unknown, (CONSISTENT, f"{candidates} ({coincidence})"))),
        Statement(against.en, against.ja, ((CONSISTENT, f"knowledge file: {_candidate(named[0])}"),)),
    ]


def _candidate(hypothesis: Hypothesis) -> str:
    candidate = hypothesis.candidate
    title = ", ".join(candidate.ids) or candidate.label or candidate.name_en
    dates = f" published {candidate.published}, {hypothesis.days} days before the onset" if candidate.published else ""
    exploit = f", exploit public {candidate.exploit_public}" if candidate.exploit_public else ""
    return f"{title}{dates}{exploit if hypothesis.recent else ''}"


def _size(facts: Facts) -> Statement:
    surge = facts.surge
    size, spread = wording.magnitude(surge.factor), wording.spread(surge.sensors_rising, surge.sensors_live)
    evidence = (
        f"`{facts.command('total')} --measure sources`, `{facts.command('sensor')}`; x{surge.factor:.1f}; "
        f"{surge.sensors_rising} of {surge.sensors_live} sensors rise by themselves; {_guards(surge)}"
    )
    return Statement(
        f"The number of source addresses is {size.en}, and {spread.en}.",
        f"送信元 IP アドレスの数は{size.ja}、{spread.ja}。",
        ((OBSERVED, evidence),),
    )


def _tool(facts: Facts, name: str) -> Statement:
    shares = ", ".join(f"{tool} {100 * share:.0f}%" for tool, share in facts.surge.tools[:4])
    evidence = (
        f"`{facts.command('tool')} --json`; each of what could show it: {shares}; what is typical can be imitated"
    )
    return Statement(tool_words.likeness_en(name), tool_words.likeness_ja(name), ((CONSISTENT, evidence),))


def _pointer(facts: Facts, *, figures: bool) -> Statement:
    words, evidence = facts.words, ((OBSERVED, f"`{facts.command('total')}`"),)
    what = "scan" if wording.VERDICT[facts.surge.verdict].regions else "packet"
    scans_ja = words.scans_ja if what == "scan" else words.packets_ja
    if not figures:
        return Statement(
            f"{facts.config.system_short} continues to observe {words.packets_en}.",
            f"{facts.config.system_short} では、引き続き {words.packets_ja}を観測しています。",
            evidence,
        )
    return Statement(
        f"For the {words.en} {what} trends observed by {facts.config.system_short}, refer to the following website:",
        f"{facts.config.system_short} で観測した {scans_ja}の推移については、以下の Web サイトをご参照ください。",
        evidence,
    )


def _guards(surge: Surge) -> str:
    if not surge.guards:
        return "no guards recorded"
    return "guards: " + ", ".join(
        f"{guard.name} {'passed' if guard.passed else 'FAILED'} ({guard.value:.1f})" for guard in surge.guards
    )
