"""
Counting what happened to every record, so that nothing is dropped silently.
"""

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class Tally:
    """
    How many records were read, and what became of them.

    ``read = stored + refused`` holds at every hop (invariant 3 of the lake); ``warnings`` counts oddities of
    records that were stored nevertheless, such as an unknown TCP option, and of files, such as a cut tail.

    Attributes:
        read: records seen.
        stored: records that went on to the next stage.
        refused: records that did not, by reason.
        warnings: things worth telling that refused no record, by name.
    """

    read: int = 0
    stored: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    warnings: Counter[str] = field(default_factory=Counter)

    def refuse(self, reason: str, count: int = 1) -> None:
        """Count *count* records as refused for *reason*; zero counts leave no trace."""
        if count:
            self.refused[reason] += count

    def warn(self, name: str, count: int = 1) -> None:
        """Count *count* oddities under *name*; zero counts leave no trace."""
        if count:
            self.warnings[name] += count

    def add(self, other: "Tally") -> None:
        """Add another tally to this one."""
        self.read += other.read
        self.stored += other.stored
        self.refused.update(other.refused)
        self.warnings.update(other.warnings)

    @property
    def reconciles(self) -> bool:
        """Whether every record that was read is accounted for."""
        return self.read == self.stored + self.refused.total()

    def as_dict(self) -> dict[str, object]:
        """The tally as the plain dictionary that ``--json`` prints."""
        return {
            "read": self.read,
            "stored": self.stored,
            "refused": dict(sorted(self.refused.items())),
            "warnings": dict(sorted(self.warnings.items())),
        }
