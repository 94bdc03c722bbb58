"""
What explains a surge, from all tables and the knowledge base: put together from the stages that know a part each.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from isdas.alerts.cause import Hypothesis, hypotheses, onset_day
from isdas.alerts.config import Config as AlertsConfig
from isdas.alerts.knowledge import Knowledge, load
from isdas.alerts.wording import VERDICT
from isdas.detect.attribution import shares
from isdas.enrich.fingerprint import invariants
from isdas.enrich.system import FAMILIES, families
from isdas.hub.belonging import groups_of, is_young, looked_into
from isdas.hub.fingerprints import NAMES, USUAL, compared_by
from isdas.hub.nearness import nearness
from isdas.lake.around import companions, known_before
from isdas.lake.headers import Sample, headers
from isdas.lake.lake import Lake
from isdas.model.explanation import Candidate, Companion, Explanation, Mix
from isdas.model.port import Port
from isdas.model.surge import Surge
from isdas.model.time import Period

_KNOWN = timedelta(days=28)
"""How long before its onset a source may have been seen to be called known."""

_LEAST_SHARE = 0.1
"""Companions that fewer of the sources scan are not told."""

_MOST = 8


def complete(
    lake: Lake,
    surges: Sequence[Surge],
    until: Period,
    alerts: AlertsConfig,
    past: Sequence[Surge] = (),
    unchanged: Collection[str] = (),
) -> list[Surge]:
    """
    The surges with their explanations completed, but for past surges that they are like (`isdas.hub.likening`).

    Args:
        lake: the tables.
        surges: as gathered, in the order of detection.
        until: the period that was looked at; nothing after its end plays a part.
        alerts: how recent a vulnerability must be.
        past: surges that were kept, for what was found out about them.
        unchanged: identifiers of surges of which nothing was judged anew: what was found out then is all there is.
    """
    knowledge, kept = load(), {surge.identifier: surge for surge in past}
    done: list[Surge] = []
    for surge in surges:
        before = kept.get(surge.identifier)
        if surge.change == "fall":
            # Who is gone has nothing to show; there is no excess to explain.
            done.append(surge)
        elif before is not None and surge.identifier in unchanged and _same(before, surge):
            done.append(before)
        else:
            found = _explained(lake, surge, before, until)
            candidates = _candidates(surge, found, knowledge, alerts)
            done.append(replace(surge, explanation=replace(found, candidates=candidates)))
    return done


def _same(before: Surge, surge: Surge) -> bool:
    """Whether a surge was explained, and is what it was then."""
    return before.explanation is not None and replace(before, explanation=None) == replace(surge, explanation=None)


def _explained(lake: Lake, surge: Surge, before: Surge | None, until: Period) -> Explanation:
    """Anew in the days after its detection; then what was found out in them is kept."""
    if before is not None and before.explanation is not None and not is_young(surge, until.end):
        return _again(surge, before)
    return _anew(lake, surge, until)


def _again(surge: Surge, before: Surge) -> Explanation:
    """What was found out when the packets were fresh; they may be gone now."""
    now, then = surge.explanation or Explanation(), before.explanation or Explanation()
    return replace(
        now,
        systems=then.systems,
        invariants=then.invariants,
        companions=then.companions,
        local_share=then.local_share,
        local_expected=then.local_expected,
        new_sources=then.new_sources,
        known_sources=then.known_sources,
        source_groups=then.source_groups,
    )


def _anew(lake: Lake, surge: Surge, until: Period) -> Explanation:
    port, (during, usual) = Port.parse(surge.port), stretches(surge, until)
    new, known = known_before(lake, port, during, replace(usual, start=during.start - _KNOWN))
    # Everything that packets tell is told of the same ones, read once.
    now, then = (headers(lake, port, period, NAMES) for period in (during, usual))
    scale = compared_by(lake, (during, now), (usual, then))
    shared = invariants(then.packets, now.packets, scale=scale)
    local = nearness(now, then) or (None, None)
    told = [Mix(f"{i.feature} {i.value}", i.before_share, i.excess_share) for i in shared]
    return replace(
        surge.explanation or Explanation(),
        new_sources=new,
        known_sources=known,
        companions=_companions(lake, port, during, usual),
        local_share=local[0],
        local_expected=local[1],
        invariants=tuple(told[:_MOST]),
        source_groups=groups_of(lake, surge, until.end),
        systems=_systems(now, then, (during.end - during.start) / (usual.end - usual.start)),
    )


def stretches(surge: Surge, until: Period) -> tuple[Period, Period]:
    """The days in which a surge is looked into, and those before it that tell what was usual."""
    end = looked_into(surge, until.end)
    during = Period(surge.onset_at, max(end, surge.onset_at + timedelta(hours=1)), until.zone)
    return during, Period(during.start - USUAL, during.start, until.zone)


def _companions(lake: Lake, port: Port, during: Period, usual: Period) -> tuple[Companion, ...]:
    now, n_now = companions(lake, port, during)
    then, n_then = companions(lake, port, usual, only=now)
    found = [Companion(str(other), n / max(n_now, 1), then.get(other, 0) / max(n_then, 1)) for other, n in now.items()]
    return tuple(one for one in found if one.share >= _LEAST_SHARE)[:_MOST]


def _systems(since: Sample, usual: Sample, length: float) -> tuple[Mix, ...]:
    """
    Families of systems among the sources, usual and in the excess; each source counts once.

    Empty where the packets of before were let go: then nobody knows what is usual.
    """
    before, now = _sources_by_family(usual), _sources_by_family(since)
    if not before.sum() or not now.sum():
        return ()
    # Sources do not add up over time; what is more than the usual of as long a time is a lower bound of the excess.
    excess = shares(now - np.minimum(before * length, now))
    found = [Mix(name, float(before[i] / before.sum()), float(excess[i])) for i, name in enumerate(FAMILIES)]
    told = [mix for mix in found if max(mix.before, mix.excess) >= 0.005]
    return tuple(sorted(told, key=lambda mix: (-mix.excess, mix.name)))


def _sources_by_family(sample: Sample) -> npt.NDArray[np.float64]:
    """Sources whose SYNs are of each family, most of a source's packets deciding, float64[families]."""
    packets, every = sample
    codes = families(packets) if len(packets) else np.empty(0, np.int8)
    shown = codes >= 0
    if not shown.any():
        return np.zeros(len(FAMILIES))
    pairs = np.stack([packets.numpy("source_high")[shown], packets.numpy("source_low")[shown]])
    _, source = np.unique(pairs, axis=1, return_inverse=True)
    votes = np.zeros((int(source.max()) + 1, len(FAMILIES)), np.int64)
    np.add.at(votes, (source, codes[shown].astype(np.int64)), 1)
    return np.bincount(votes.argmax(axis=1), minlength=len(FAMILIES)).astype(np.float64) * every


def _candidates(
    surge: Surge, explanation: Explanation, knowledge: Knowledge, alerts: AlertsConfig
) -> tuple[Candidate, ...]:
    if not VERDICT[surge.verdict].cause:
        return ()
    day = onset_day(surge, alerts)
    found = [_candidate(one, surge, explanation, knowledge, day) for one in hypotheses(surge, knowledge, alerts)]
    return tuple(sorted(found, key=lambda one: -one.likeness)[:_MOST])


def _candidate(one: Hypothesis, surge: Surge, explanation: Explanation, knowledge: Knowledge, day: date) -> Candidate:
    """How well a possible cause fits: published lately, its own tool, the systems that scan, growth as of worms."""
    candidate, reasons = one.candidate, list[str]()
    fit = 0.2
    if one.recent and one.days is not None:
        fit += 0.3
        reasons.append(f"published {one.days} days before the onset, which by itself is weak: bulletins come monthly")
    elif one.days is not None:
        reasons.append(f"known for {one.days} days")
    if one.fits_tool:
        fit += 0.2
        reasons.append("its own tool makes most of the increase")
    windows = next((mix for mix in explanation.systems if mix.name == "Windows"), None)
    if windows and windows.excess > 0.5 and any("windows" in product.lower() for product in candidate.products):
        fit += 0.15
        reasons.append(f"{windows.excess:.0%} of the SYNs come from Windows, which it infects")
    if candidate.wormable and explanation.growth and explanation.growth.spreading:
        fit += 0.15
        reasons.append("the number of sources doubles as that of a worm does")
    service = knowledge.service(surge.port)
    product = candidate.products[0] if candidate.products else (service.name_en if service else "")
    published = candidate.published.isoformat() if candidate.published else ""
    name = candidate.label or candidate.name_en
    return Candidate(name, product, published, min(fit, 1.0), "; ".join(reasons), candidate.against_en)
