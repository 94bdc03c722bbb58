"""
The groups of sources as the site lists them: those of the last day that was grouped, with the surges they take part in.
"""

from dataclasses import dataclass
from datetime import date

from isdas.lake.lake import Lake
from isdas.lake.source_groups import grouped, named, on
from isdas.model.errors import NotFound
from isdas.model.source_group import SourceGroup, TakesPart, by_group, told, told_over_days


@dataclass(frozen=True, slots=True)
class Groups:
    """
    The groups of one day.

    Attributes:
        day: the last that was grouped; None if there is none.
        groups: those there were, with the surges of that day that each takes part in; first those that take part in
            one, then the new ones, the largest first.
    """

    day: date | None
    groups: tuple[tuple[SourceGroup, tuple[TakesPart, ...]], ...]

    def as_dict(self) -> dict[str, object]:
        """The form that ``/api/groups`` gives."""
        return {
            "day": self.day.isoformat() if self.day else None,
            "groups": [told(group, parts) for group, parts in self.groups],
        }


def latest_groups(lake: Lake) -> Groups:
    """The groups of the last day that was grouped."""
    days = grouped(lake.records.database)
    if not days:
        return Groups(None, ())
    day, parts = max(days), by_group(lake.records.surges())
    found = [
        (group, tuple(part for part in parts.get(group.name, ()) if part.on(day)))
        for group in on(lake.records.database, day)
    ]
    found.sort(key=lambda one: (not one[1], one[0].standing != "new", -one[0].sources, one[0].name))
    return Groups(day, tuple(found))


def one_group(lake: Lake, name: str) -> dict[str, object]:
    """
    A group on all its days, and all surges that it takes part in.

    Raises:
        NotFound: no group was ever called so.
    """
    days = named(lake.records.database, name)
    if not days:
        raise NotFound(f"no group {name!r}")
    return told_over_days(name, days, by_group(lake.records.surges()).get(name, []))
