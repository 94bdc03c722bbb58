"""
From rises to surges over the tables: what nothing has changed since it was judged is not judged again.

A rise is judged anew if it is open, newly called or newly over, if the settings or the groups of sensors changed, or
if an hour of its evidence was folded again, however long ago that hour was. Rises that were called before the period go
on in its surges, so that an incident keeps its name however long it lasts.
"""

from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from hashlib import blake2b

import numpy as np

from isdas.detect.activity import HOURS
from isdas.detect.case import SPAN_HOURS
from isdas.detect.config import Config
from isdas.detect.gather import Judged, as_one, causes, judged
from isdas.detect.judge import identifier
from isdas.detect.rise import Rise
from isdas.hub.evidence import evidence
from isdas.hub.searching import rises
from isdas.lake.groups import groups
from isdas.lake.judged import Kept
from isdas.lake.lake import Lake
from isdas.model.surge import Surge
from isdas.model.time import Period, instant, moment

FORM = "4"
"""To be raised whenever the same rise on the same evidence would be judged otherwise."""

_EPOCH = np.datetime64(0, "h")


@dataclass(frozen=True, slots=True)
class Judgement:
    """
    What a look made of its rises.

    Attributes:
        surges: those that rose or were followed in the period; what began before it is told from its beginning.
        unchanged: identifiers of those of which no part was judged anew.
        period: what was judged: the period asked for, and before it what late packets may have changed.
        asked: identifiers of the surges that rose or were followed in the period asked for.
        joined: identifiers of rises that are in a surge of another name, with that name: none is a surge by itself, be
            it that it was told as one before.
    """

    surges: list[Surge]
    unchanged: frozenset[str]
    period: Period
    asked: frozenset[str]
    joined: dict[str, str]


@dataclass(frozen=True, slots=True)
class _Part:
    """A rise as it is kept and as it is gathered; *fresh* if it was judged just now, *present* if it was called now."""

    kept: Kept
    judged: Judged
    fresh: bool
    present: bool


def judge_period(lake: Lake, period: Period, config: Config) -> Judgement:
    """Find the rises of a period, judge those that are not known as they are, gather, and keep what was judged."""
    version, asked, end = lake.versions()["coverage"], _hour(period.start), _hour(period.end)
    # Who looks back must not replace what is known since: the names of what goes on hang on it.
    newest = lake.judged.newest() <= end
    if newest:
        period = _with_stale(lake, period)
    first = _hour(period.start)
    earlier = lake.judged.before(first, lasting=first - config.same_hours, known=end)
    # One that is open is followed until it is over, also when it was called before the period.
    followed = {k.key: k for k in earlier if _goes_on(k, first, config)}
    begin = min((kept.hour for kept in followed.values()), default=first)
    called = rises(lake, replace(period, start=instant(_EPOCH + begin)), config)
    known = lake.judged.within(begin, end)
    wanted = [rise for rise in called if _number(rise.hour) >= first or _key(rise) in followed]
    fleet = repr(groups(lake))
    parts = [_again(lake, rise, known.get(_key(rise)), period, config, fleet) for rise in wanted]
    present = {part.kept.key for part in parts}
    parts += [_Part(k, _judged(k), fresh=False, present=False) for k in earlier if k.key not in present]
    told = _told(parts, config)
    gone = [key for key, kept in known.items() if kept.hour >= first and key not in present]
    named = ((part, surge.identifier) for surge, group in told for part in group)
    news = [replace(part.kept, surge=name) for part, name in named if part.fresh or part.kept.surge != name]
    if newest:
        lake.judged.put(news, version, gone=gone)
    now = [(surge, group) for surge, group in told if any(part.present for part in group)]
    unchanged = (surge.identifier for surge, group in now if not any(part.fresh for part in group))
    meant = {k.key for k in (*earlier, *known.values(), *(part.kept for part in parts)) if _goes_on(k, asked, config)}
    within = (surge.identifier for surge, group in now if any(p.present and p.kept.key in meant for p in group))
    names = {surge.identifier for surge, _ in told}
    parts_of = ((part.kept.key[0], surge.identifier) for surge, group in now for part in group)
    joined = {part: surge for part, surge in parts_of if part not in names}
    return Judgement([surge for surge, _ in now], frozenset(unchanged), period, frozenset(within), joined)


def _told(parts: list[_Part], config: Config) -> list[tuple[Surge, list[_Part]]]:
    """The surges that rises are, each with its rises."""
    by_id = {id(part.judged): part for part in parts}
    gathered = [[by_id[id(one)] for one in group] for group in causes((part.judged for part in parts), config)]
    return [(as_one([part.judged for part in group]), group) for group in gathered]


def _with_stale(lake: Lake, period: Period) -> Period:
    """The period with all before it that was judged from hours folded again since, and may be called earlier now."""
    stale = lake.judged.stale_from()
    return period if stale is None else replace(period, start=min(period.start, instant(_EPOCH + stale - SPAN_HOURS)))


def _again(lake: Lake, rise: Rise, before: Kept | None, period: Period, config: Config, fleet: str) -> _Part:
    """A rise as it is known, or judged anew."""
    basis = _digest(rise, config, fleet)
    if before is not None and before.basis == basis and not before.stale:
        return _Part(before, _judged(before), fresh=False, present=True)
    made = judged(rise, evidence(lake, rise, period, config), config)
    kept = Kept(
        made.surge.identifier,
        _number(made.hour),
        _number(made.until),
        _number(rise.begin) + len(rise.counts),
        basis,
        made.surge.as_dict(),
        made.networks.astype("<i8").tobytes(),
        made.weights.astype("<f8").tobytes(),
    )
    # Read back even so: what is told must not depend on whether it was judged now or before.
    return _Part(kept, _judged(kept), fresh=True, present=True)


def _judged(kept: Kept) -> Judged:
    return Judged(
        Surge.from_dict(kept.found),
        _EPOCH + kept.hour,
        _EPOCH + kept.until,
        np.frombuffer(kept.networks, "<i8"),
        np.frombuffer(kept.weights, "<f8"),
    )


def _is_open(kept: Kept) -> bool:
    return kept.found["ended_at"] is None and kept.found["change"] != "fall"


def _goes_on(kept: Kept, first: int, config: Config) -> bool:
    """Whether it was called from hour *first* on, or is followed from before."""
    return kept.hour >= first or (_is_open(kept) and kept.hour >= first - 2 * 24 * config.settle_days)


def _key(rise: Rise) -> tuple[str, str]:
    return identifier(instant(rise.hour + 1), str(rise.port)), rise.change


def _digest(rise: Rise, config: Config, fleet: str) -> str:
    """Of everything that a rise is judged from but the tables."""
    digest = blake2b(f"{FORM} {sorted(asdict(config).items())} {fleet}".encode(), digest_size=16)
    for field in fields(rise):
        value = getattr(rise, field.name)
        digest.update(value.tobytes() if isinstance(value, np.ndarray) else f"{field.name}={value!r};".encode())
    return digest.hexdigest()


def _hour(when: datetime) -> int:
    return _number(moment(when))


def _number(hour: np.datetime64) -> int:
    return int(hour.astype(HOURS).astype(np.int64))
