"""
What a reader must be told that its file does not say.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any

import numpy as np
import numpy.typing as npt

Ours = Callable[[npt.NDArray[np.int64], npt.NDArray[np.int64]], npt.NDArray[np.bool_]]
"""Upper and lower halves of addresses to which of them are monitored."""


@dataclass(frozen=True, slots=True)
class Context:
    """
    The circumstances of a file.

    Attributes:
        zone: the zone in which times without an offset are meant.
        written_at: when the file was last written, UTC; dates lines whose stamps have no year.
        drift_share: share of refused records above which a file is warned of as not being in its format.
        ours: which addresses are monitored, for records whose direction is in doubt; None if that was not said.
    """

    zone: tzinfo = UTC
    written_at: datetime | None = None
    drift_share: float = 0.05
    ours: Ours | None = None

    def is_ours(self, high: Any, low: Any) -> npt.NDArray[np.bool_] | None:
        """Which addresses are monitored; None if nobody said."""
        return None if self.ours is None else self.ours(high, low)
