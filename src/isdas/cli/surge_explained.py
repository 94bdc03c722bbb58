"""An explanation as lines for ``isdas surges show``."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from isdas.model.explanation import Explanation, GroupShare, Growth, Mix
    from isdas.model.surge import Surge

_MOST = 6


def explained(surge: "Surge") -> "list[tuple[str, str]]":
    """What explains a surge, line by line: a name and what there is to say; nothing of what was not to be seen."""
    explanation = surge.explanation
    return [] if explanation is None else list(_lines(explanation))


def _lines(told: "Explanation") -> "Iterator[tuple[str, str]]":
    if told.growth:
        yield "growth", _growth(told.growth)
    if told.reach:
        reach = told.reach
        yield "Internet-wide", f"about {reach.sources:,.0f} sources (90 %: {reach.low:,.0f} to {reach.high:,.0f}), if:"
        yield from (("", f"- {assumption}") for assumption in reach.assumptions)
    if told.new_sources is not None and told.known_sources is not None:
        yield "sources", f"{told.new_sources:,} never seen before the onset, {told.known_sources:,} known"
    if told.local_share is not None:
        chance = "" if told.local_expected is None else f", usual or by chance {told.local_expected:.2%}"
        yield "near by", f"{told.local_share:.0%} scan sensors of their own network{chance}"
    if told.packets_per_source is not None:
        before = told.packets_per_source_before
        yield "rate", f"{told.packets_per_source:.0f} packets per source and hour" + _before(before)
    yield from _mixes("tools", told.tools)
    yield from _mixes("systems", told.systems)
    yield from _mixes("in common", told.invariants)
    if told.companions:
        yield (
            "also scanned",
            ", ".join(f"{c.port} {c.share:.0%} (usual {c.usual:.0%})" for c in told.companions[:_MOST]),
        )
    for dimension in dict.fromkeys(part.dimension for part in told.parts):
        mine = [part for part in told.parts if part.dimension == dimension]
        names = ", ".join(f"{part.name} {part.excess_share:.0%}" for part in mine[:_MOST])
        yield f"rising {dimension}", names + (f" and {len(mine) - _MOST} more" if len(mine) > _MOST else "")
    for i, group in enumerate(told.source_groups):
        yield "" if i else "in groups", f"{group.name}  {_group(group)}"
    for one in told.candidates[:_MOST]:
        yield "perhaps", f"{one.name}{f' ({one.product})' if one.product else ''}: {one.why or 'no date'}"
        yield "", f"against: {one.against}"
    for past in told.similar:
        yield "like", f"{past.identifier} ({past.likeness:.0%}, {past.why})"


def _group(group: "GroupShare") -> str:
    """Such as ``62% of the excess: 40.5 sources a day on the port (usual 0.0), group of 310, new on 2013-06-02``."""
    whole = "of the sources" if group.usual is None else "of the excess"
    usual = "not known" if group.usual is None else f"{group.usual:,.1f}"
    since = f"{'new on' if group.standing == 'new' else 'seen since'} {group.since}"
    return (
        f"{group.excess_share:.0%} {whole}: {group.sources:,.1f} sources a day on the port (usual {usual}), "
        f"group of {group.size:,}, {since}"
    )


def _growth(growth: "Growth") -> str:
    if growth.doubling_hours is None or growth.low_hours is None:
        return {"step": "a step, no growth after it", "linear": "even growth"}.get(growth.law, growth.law)
    high = "no bound" if growth.high_hours is None else f"{growth.high_hours:.1f} h"
    spreads = "it spreads" if growth.spreading else "too short to call it spreading"
    return (
        f"{growth.law}, doubling in {growth.doubling_hours:.1f} h (90 %: {growth.low_hours:.1f} h to {high}), "
        f"{growth.doublings:.1f} times so far: {spreads}"
    )


def _before(value: float | None) -> str:
    return "" if value is None else f" (before {value:.0f})"


def _mixes(name: str, mixes: "Iterable[Mix]") -> "Iterator[tuple[str, str]]":
    told = [f"{mix.name} {mix.excess:.0%} (before {mix.before:.0%})" for mix in list(mixes)[:_MOST]]
    if told:
        yield name, ", ".join(told)
