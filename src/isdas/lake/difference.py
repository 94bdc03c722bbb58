"""
A difference: two figures that should be the same.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from isdas.model.time import from_micros, iso

ByHour = Mapping[tuple[str, int], int]
"""A figure by sensor and the start of the hour, microseconds since 1970."""


@dataclass(frozen=True, slots=True)
class Difference:
    """
    Two figures that should be the same and are not.

    Attributes:
        where: the file, the segment, or the sensor and hour.
        what: the two figures' names.
        expected, found: the figures.
    """

    where: str
    what: str
    expected: int
    found: int

    def as_dict(self) -> dict[str, object]:
        """The form that ``isdas lake verify --json`` prints."""
        return {"where": self.where, "what": self.what, "expected": self.expected, "found": self.found}


def compared(what: str, expected: ByHour, found: ByHour) -> Iterator[Difference]:
    """The hours in which two figures differ, by sensor."""
    for sensor, since in sorted(expected.keys() | found.keys()):
        pair = expected.get((sensor, since), 0), found.get((sensor, since), 0)
        if pair[0] != pair[1]:
            yield Difference(f"{sensor} {iso(from_micros(since))}", what, *pair)
