"""
Conditions and bins of the questions as SQL, with everything that comes from outside quoted.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from isdas.model.port import Port
from isdas.model.time import HOUR_US, Period, moment


@dataclass(frozen=True, slots=True)
class Grid:
    """A period in bins; hours belong to the bin that they begin in."""

    period: Period
    bins: npt.NDArray[np.datetime64]
    bin_hours: int

    @property
    def within(self) -> str:
        """SQL: whether an hour lies in a bin and in the period."""
        return f"{within_period(self.period)} AND unix_micros(hour) >= {self._start}"

    @property
    def place(self) -> str:
        """
        SQL: the number of an hour's bin, from 0.

        Bins are equally wide but for those in which clocks change; each run of equal bins is a piece of its own.
        """
        starts = self.bins.astype("datetime64[us]").astype(np.int64)
        width = self.bin_hours * HOUR_US
        firsts = np.flatnonzero(np.r_[True, np.diff(starts) != width])
        pieces = [
            self._piece(int(starts[i]), int(i), int(j) - 1, width)
            for i, j in zip(firsts, [*firsts[1:], len(starts)], strict=True)
        ]
        ends = [int(starts[i]) for i in firsts[1:]]
        cases = "".join(
            f"WHEN unix_micros(hour) < {end} THEN {piece} " for piece, end in zip(pieces, ends, strict=False)
        )
        return f"CASE {cases}ELSE {pieces[-1]} END" if cases else pieces[0]

    @property
    def widths(self) -> npt.NDArray[np.float64]:
        """float64[b], seconds of each bin."""
        usual = self.bin_hours * 3600.0
        return np.asarray(np.r_[np.diff(self.bins.astype("datetime64[us]")).astype(np.int64) / 1e6, usual])

    @staticmethod
    def _piece(start_us: int, first: int, last: int, width_us: int) -> str:
        """The bins *first* to *last*, of which only the last may be longer or shorter."""
        return f"CAST(least({first} + floor((unix_micros(hour) - {start_us}) / {width_us}), {last}) AS INT)"

    @property
    def _start(self) -> int:
        return int(self.bins[0].astype("datetime64[us]").astype(np.int64))


def within_period(period: Period) -> str:
    """Whether an hour touches the period."""
    start, end = (int(moment(t).astype(np.int64)) for t in (period.start, period.end))
    return f"unix_micros(hour) >= {start - start % HOUR_US} AND unix_micros(hour) < {end}"


def matching(*, port: Port | None = None, kind: str = "all", sensors: Sequence[str] = ()) -> str:
    """Whether a row is of a port, kind and one of some sensors; nothing given is everything."""
    clauses = ["true"]
    if port is not None:
        clauses.append(f"protocol = {int(port.protocol)} AND port = {int(port.number)}")
    if kind != "all":
        clauses.append(f"kind = {quoted(kind)}")
    if sensors:
        clauses.append(f"sensor IN ({', '.join(map(quoted, sensors))})")
    return " AND ".join(clauses)


def quoted(text: str) -> str:
    """Text as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"
