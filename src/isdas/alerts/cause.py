"""
Which possible causes a text names, and in which words.

A cause is never asserted: a recent vulnerability "may be" behind the scans, anything else is "consistent with" them.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from isdas.alerts.config import Config
from isdas.alerts.knowledge import Candidate, Knowledge
from isdas.alerts.region import joined_ja
from isdas.alerts.time_words import day_en, day_ja, month_en, month_ja
from isdas.alerts.tool_words import tool
from isdas.alerts.wording import VERDICT, Both
from isdas.model.surge import Surge

_EXACT = timedelta(hours=24)
_NUMERALS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


class Hypothesis(NamedTuple):
    """
    A candidate as seen from one onset.

    Attributes:
        candidate: what the knowledge files say.
        recent: whether it or its exploit was published within the configured days before the onset.
        days: days from its publication to the onset; None for what has no date.
        fits_tool: whether the header fingerprint of most of the increase is its own.
    """

    candidate: Candidate
    recent: bool
    days: int | None
    fits_tool: bool


def onset_day(surge: Surge, config: Config) -> date:
    """The most likely date of the onset, in the configured zone."""
    return surge.onset_at.astimezone(ZoneInfo(config.zone)).date()


def hypotheses(surge: Surge, knowledge: Knowledge, config: Config) -> list[Hypothesis]:
    """
    All possible causes that were public before the onset day, best first.

    Those that a fingerprint fits come first, then recent ones, the most recent first; then activities that need no
    vulnerability; then older vulnerabilities, again the most recent first.
    """
    day = onset_day(surge, config)
    named = tool(surge)
    found = []
    for candidate in knowledge.published_before(surge.ports or (surge.port,), day):
        freshest = candidate.freshest(day)
        recent = freshest is not None and (day - freshest).days <= config.recent_days
        fits = named is not None and candidate.tool == named
        found.append(Hypothesis(candidate, recent, candidate.days_before(day), fits))
    return sorted(found, key=_rank)


def offered(surge: Surge, knowledge: Knowledge, config: Config) -> list[Hypothesis]:
    """
    The possible causes that the public text names: the recent ones, or else the best single one.

    None at all for a verdict that explains the rise without one.
    """
    if not VERDICT[surge.verdict].cause:
        return []
    ranked = hypotheses(surge, knowledge, config)
    strong = [h for h in ranked if h.recent or h.fits_tool]
    return (strong or ranked[:1])[: config.max_candidates]


def sentence(named: Sequence[Hypothesis], surge: Surge) -> Both:
    """The sentence that names the possible causes and says that none is established."""
    strong = any(h.recent or h.fits_tool for h in named)
    en, ja = ("they may be", "の可能性があります") if strong else ("they are consistent with", "などが考えられます")
    exact = surge.onset_high_at - surge.onset_low_at <= _EXACT
    causes_en = " or ".join(_cause_en(h, exact) for h in named)
    causes_ja = "、または".join(_cause_ja(h, exact) for h in named)
    return Both(
        f"Although the cause of these scans has not been identified yet, {en} {causes_en}.",
        joined_ja("これらのスキャンの原因は特定できておりませんが、", causes_ja, f"{ja}。"),
    )


def against(named: Sequence[Hypothesis]) -> Both:
    """The sentence that says what would count against the first of the possible causes."""
    first = named[0].candidate
    return Both(first.against_en, f"なお、{first.against_ja}")


def _rank(hypothesis: Hypothesis) -> tuple[int, int, int]:
    days = hypothesis.days if hypothesis.days is not None else 0
    if hypothesis.fits_tool or hypothesis.recent:
        return (0, 0 if hypothesis.fits_tool else 1, days)
    return (1, 0, days) if hypothesis.candidate.kind == "activity" else (2, 0, days)


def _cause_en(hypothesis: Hypothesis, exact: bool) -> str:
    candidate = hypothesis.candidate
    if candidate.kind == "activity" or candidate.published is None or hypothesis.days is None:
        since = f", known since {month_en(candidate.published)}" if candidate.published and hypothesis.recent else ""
        return f"{candidate.name_en}{since}"
    act = "infection attempts by worms exploiting" if candidate.wormable else "attempts to exploit"
    what = f"{act} {candidate.name_en} ({candidate.label})"
    if not hypothesis.recent:
        return f"{what}, known since {month_en(candidate.published)}"
    event = "for which a security update was released" if candidate.release == "update" else "made public"
    return f"{what}, {event} on {day_en(candidate.published)}, {_before_en(hypothesis.days, exact)} the onset"


def _cause_ja(hypothesis: Hypothesis, exact: bool) -> str:
    candidate = hypothesis.candidate
    if candidate.kind == "activity" or candidate.published is None or hypothesis.days is None:
        since = (
            f"{month_ja(candidate.published)}から知られている、" if candidate.published and hypothesis.recent else ""
        )
        return f"{since}{candidate.name_ja}"
    what = f"{candidate.name_ja} ({candidate.label})"
    act = "を悪用するワームの感染活動" if candidate.wormable else "を悪用する攻撃"
    if not hypothesis.recent:
        return joined_ja(f"{month_ja(candidate.published)}から知られている", what, act)
    event = "セキュリティ更新プログラムが公開された" if candidate.release == "update" else "公表された"
    when = f"{day_ja(candidate.published)} ({_before_ja(hypothesis.days, exact)}) に{event}"
    return joined_ja(when, what, act)


def _before_en(days: int, exact: bool) -> str:
    if days == 1 and exact:
        return "the day before"
    count = _NUMERALS[days] if days < len(_NUMERALS) else str(days)
    return f"{'' if exact else 'about '}{count} {'day' if days == 1 else 'days'} before"


def _before_ja(days: int, exact: bool) -> str:
    if days == 1 and exact:
        return "増加が始まる前日"
    return f"増加が始まる{'' if exact else '約'} {days}日前"
