"""
What the receipts that a sensor keeps prove, in numbers.
"""

from dataclasses import asdict, dataclass
from pathlib import Path

from isdas.model.time import from_micros, iso
from isdas.sensor.enrolled import Enrolled
from isdas.sensor.place import Place
from isdas.transport.disk import Disk
from isdas.transport.proof import Proof, check


@dataclass(frozen=True, slots=True)
class Proven:
    """
    The receipts of one spool.

    Attributes:
        spool: which.
        receipts: how many are kept.
        first, last: numbers of segments, the least and the largest.
        since, until: when the hub took them, ISO 8601.
        missing: numbers between for which there is none: lost, refused, or still to be sent.
        wrong: numbers whose receipt the hub has not signed.
        loose: numbers whose receipt follows from none before it.
        chain: the chain after the last, which proves all before it.
    """

    spool: str
    receipts: int
    first: int
    last: int
    since: str
    until: str
    missing: int
    wrong: list[int]
    loose: list[int]
    chain: str

    @property
    def sound(self) -> bool:
        """Whether all of them prove what they say."""
        return not self.wrong and not self.loose

    def as_dict(self) -> dict[str, object]:
        """The form that ``isdas sensor receipts --json`` prints."""
        return {**asdict(self), "sound": self.sound}


def proven(place: Place) -> list[Proven]:
    """
    What the kept receipts prove, a spool each.

    Raises:
        ConfigError: the sensor is not enrolled, so that nobody knows who should have signed.
    """
    hub = Enrolled.load(place).public
    receipts = Proof(place.receipts, Reading()).receipts()
    found = []
    for spool, checked in check(receipts, hub).items():
        mine = [receipt for receipt in receipts if receipt.spool == spool]
        numbers = {receipt.sequence for receipt in mine}
        first, last = min(numbers), max(numbers)
        times = [receipt.admitted_us for receipt in mine]
        found.append(
            Proven(
                spool,
                len(mine),
                first,
                last,
                iso(from_micros(min(times))),
                iso(from_micros(max(times))),
                last - first + 1 - len(numbers),
                [receipt.sequence for receipt in checked.wrong],
                [receipt.sequence for receipt in checked.loose],
                mine[-1].chain,
            )
        )
    return found


class Reading(Disk):
    """A disk that is only read: another process may be writing."""

    def sync(self, path: Path) -> None:
        """Is the writer's."""

    def sync_folder(self, path: Path) -> None:
        """Is the writer's."""
