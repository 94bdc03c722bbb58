"""Our detector with a part of its statistic left out, and a plain form of it."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from isdas.detect.activity import Activity
from isdas.detect.calibration import Calibration
from isdas.detect.config import Config
from isdas.detect.dispersion import Spread
from isdas.detect.find import by_day
from isdas.detect.rise import Rise
from isdas.detect.scan import RECENT, WINDOWS
from isdas.detect.search import Search

Floats = npt.NDArray[np.float64]


@dataclass(slots=True)
class Independent(Spread):
    """Hours taken to be independent: the spread of an hour, divided by the hours of the window."""

    def pool(self) -> Floats:
        table = Spread.pool(self)
        return np.asarray(table[:, :1, :] / WINDOWS[None, :, None])


@dataclass(slots=True)
class Fixed(Spread):
    """No spread learnt: the prior for ever, for every port."""

    def pool(self) -> Floats:
        self.own[:] = 0.0
        return np.repeat(self.prior[:, :, None], self.sums.shape[2], axis=2)


@dataclass(slots=True)
class UsualOnly(Spread):
    """No recent level: its spread is made so large that it never calls."""

    def pool(self) -> Floats:
        table = Spread.pool(self).copy()
        table[RECENT] = 1e6
        return table


@dataclass(slots=True)
class Unlearnt(Calibration):
    """No recalibration on the past."""

    def recalibrated(self, score: Floats, stratum: npt.NDArray[np.int64]) -> Floats:
        return score


@dataclass(slots=True)
class Flat(Search):
    """No shape of the week."""

    def _reshape(self, low: int, high: int) -> None:
        pass


VARIANTS = {
    "hours taken for independent": Independent,
    "spread not learnt": Fixed,
    "no recent level": UsualOnly,
    "tails not recalibrated": Unlearnt,
    "no shape of the week": Flat,
}


def found(activity: Activity, config: Config, variant: str) -> list[Rise]:
    """The rises that a variant calls."""
    kind = VARIANTS[variant]
    search = (Flat if kind is Flat else Search).of(activity.start, config)
    if issubclass(kind, Spread):
        search.spread = kind(search.spread.prior, search.spread.sums, search.spread.own, search.spread.memory)
    if kind is Unlearnt:
        search.calibration = Unlearnt(search.calibration.sums)
    told: list[Rise] = []
    for day in by_day(activity):
        told += search.look(day)
    return [*told, *search.rises()]
