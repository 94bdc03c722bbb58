"""
The surges as the site lists them: with what was said of them, by whom and why left out, since anybody may read it.
"""

from collections.abc import Callable, Mapping
from datetime import datetime

from isdas.lake.lake import Lake
from isdas.lake.opinions import latest
from isdas.model.opinion import Opinion, feedback, mark
from isdas.model.surge import Surge

_PUBLIC = ("at", "opinion", "verdict")


def listed(lake: Lake) -> list[dict[str, object]]:
    """All surges kept, by the hour of detection, each with ``said``, ``known_as`` and ``followed``."""
    records = lake.records
    said, alerts = latest(records.database), records.alerts()
    told = []
    for surge in records.surges():
        extra = feedback(surge, said, alerts)
        if extra["said"]:
            extra["said"] = {name: extra["said"][name] for name in _PUBLIC}
        told.append({**surge.as_dict(), **extra})
    return told


def weight(said: Mapping[str, Opinion]) -> Callable[[Surge], tuple[bool, bool, bool, datetime]]:
    """
    The key that puts first what asks for attention.

    Broad before artefacts; wrong or known after right or not judged; lasting before ended; newest first.
    """

    def of(surge: Surge) -> tuple[bool, bool, bool, datetime]:
        word = mark(surge, said)
        return surge.verdict == "broad", word in {"", "right"}, surge.ended_at is None, surge.detected_at

    return of
