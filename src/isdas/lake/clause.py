"""
Conditions and bins of the questions as SQL, with everything that comes from outside quoted.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from isdas.lake.sql import HOUR_US
from isdas.model.port import Port
from isdas.model.time import Period, moment


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
        """SQL: the number of an hour's bin, from 0."""
        return f"CAST(floor((unix_micros(hour) - {self._start}) / {self.bin_hours * HOUR_US}) AS INT)"

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
        clauses.append(f"kind = {_quoted(kind)}")
    if sensors:
        clauses.append(f"sensor IN ({', '.join(map(_quoted, sensors))})")
    return " AND ".join(clauses)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
