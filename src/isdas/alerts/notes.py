"""
What the analyst should know before approving a draft: how sure it is, what could be wrong, what to check by hand.

Not for publication: it names the number of sensors.
"""

from collections.abc import Iterator
from datetime import timedelta
from zoneinfo import ZoneInfo

from isdas.alerts.cause import Hypothesis, hypotheses, offered
from isdas.alerts.config import Config
from isdas.alerts.knowledge import Knowledge, load
from isdas.alerts.statement import basis
from isdas.alerts.time_words import PART_OF_DAY_HOURS, time_words
from isdas.alerts.wrap import wrap
from isdas.model.surge import Surge

_HOUR = timedelta(hours=1)
_STRONG_SCORE = 6.0
_FAIR_SCORE = 3.0

_CHECKS = (
    "Look at the figure by sensor: is it all sensors, or one?",
    "Compare with news of vulnerabilities, malware and tools for this port.",
    "See whether partners and other observation systems report the same port.",
    "Look at who answers on a few of the source addresses, from a host that may do so, and never scan.",
    "Consider telling the holders of source addresses at home and the national CSIRTs of the others.",
    "Ask the vendor of the product concerned, if one is named.",
    "Decide whether to alert: a draft is a proposal.",
)


def analyst_notes(surge: Surge, *, knowledge: Knowledge | None = None, config: Config) -> str:
    """Plain text in English, for the desk only: the finding, its guards, the hypotheses and a check list."""
    known = load() if knowledge is None else knowledge
    parts = [
        ("What was found", _finding(surge)),
        ("When", _onset(surge, config)),
        ("Guards", _guards(surge)),
        ("Possible causes", _causes(surge, known, config)),
        ("To check by hand before approval", iter(_CHECKS)),
    ]
    lines = [f"Notes for the analyst on surge {surge.identifier}", "Not for publication"]
    for heading, items in parts:
        lines += ["", heading]
        lines += [wrap(item, config.line_width, first="  - ", rest="    ") for item in items]
    return "\n".join(lines) + "\n"


def confidence(surge: Surge) -> str:
    """How sure the finding is, in one word: ``strong``, ``fair`` or ``weak``; a failed guard makes it weak."""
    if surge.verdict != "broad" or any(not guard.passed for guard in surge.guards):
        return "weak"
    if surge.score >= _STRONG_SCORE:
        return "strong"
    return "fair" if surge.score >= _FAIR_SCORE else "weak"


def _finding(surge: Surge) -> Iterator[str]:
    yield f"Verdict {surge.verdict}, confidence {confidence(surge)} (score {surge.score:.1f})."
    yield (
        f"{surge.observed} source-hours where {surge.baseline:.1f} were expected, x{surge.factor:.1f}; "
        f"{surge.sources} sources sent {surge.packets} packets."
    )
    yield f"{surge.sensors_rising} of {surge.sensors_live} sensors rise by themselves."
    if surge.regions:
        shares = ", ".join(f"{r.region} {100 * r.excess_share:.0f}%" for r in surge.regions[:8])
        said = "mainly " + ", ".join(surge.mainly) if surge.mainly else "no region is called main"
        yield f"Regions by share of the excess: {shares}; {said}."
    if surge.tools:
        yield "Tools: " + ", ".join(f"{tool} {100 * share:.0f}%" for tool, share in surge.tools[:6]) + "."
    if surge.basis:
        yield f"Found with: {basis(surge)}."


def _onset(surge: Surge, config: Config) -> Iterator[str]:
    zone = ZoneInfo(config.zone)
    low, high = surge.onset_low_at.astimezone(zone), surge.onset_high_at.astimezone(zone)
    hours = (surge.onset_high_at - surge.onset_low_at) / _HOUR
    words = time_words(surge.onset_at, surge.onset_low_at, surge.onset_high_at, zone)
    yield (
        f"90 % interval {low:%Y-%m-%d %H:%M} to {high:%Y-%m-%d %H:%M} {config.zone} ({hours:.0f} h), shape "
        f'{surge.shape}; the text says "{words.en}".'
    )
    if hours > PART_OF_DAY_HOURS:
        yield f"Wider than {PART_OF_DAY_HOURS} h, so no part of the day is named."
    delay = (surge.detected_at - surge.onset_at) / _HOUR
    yield f"It could be called {delay:.0f} h after the most likely onset, over a window of {surge.window_hours} h."


def _guards(surge: Surge) -> Iterator[str]:
    for guard in surge.guards:
        yield f"{'passed' if guard.passed else 'FAILED'}: {guard.name} ({guard.value:.2f}). {guard.finding}"
    if not surge.guards:
        yield "None recorded: check for a single source, network or sensor by hand."


def _causes(surge: Surge, knowledge: Knowledge, config: Config) -> Iterator[str]:
    named = offered(surge, knowledge, config)
    known = hypotheses(surge, knowledge, config)
    for hypothesis in known:
        yield _cause(hypothesis, hypothesis in named)
    if not known:
        yield "The knowledge files have nothing for this port that was public before the onset."
    yield (
        "Vulnerabilities of widely used products are published almost every month, so one shortly before a rise is "
        'common by chance. Keep "may" unless there is evidence beyond port and time.'
    )


def _cause(hypothesis: Hypothesis, named: bool) -> str:
    candidate = hypothesis.candidate
    title = ", ".join(candidate.ids) or candidate.label or candidate.name_en
    when = "always possible" if hypothesis.days is None else f"published {hypothesis.days} days before the onset"
    exploit = f", exploit public {candidate.exploit_public}" if candidate.exploit_public and hypothesis.recent else ""
    fits = ", the header fingerprint fits" if hypothesis.fits_tool else ""
    return f"{'Named in the text' if named else 'Not named'}: {title}: {when}{exploit}{fits}. {candidate.against_en}"
