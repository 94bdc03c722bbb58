"""
Looking for surges in the tables: found, judged, explained and kept; or replayed as they were known then.

Both may be asked again at any time: give another period and they tell what would have been found.
"""

from collections.abc import Sequence

from isdas.alerts.config import Config as AlertsConfig
from isdas.detect.config import Config as DetectConfig
from isdas.detect.gather import gather
from isdas.hub.evidence import evidence
from isdas.hub.explaining import complete
from isdas.hub.judging import judge_period
from isdas.hub.likening import liken
from isdas.hub.searching import rises
from isdas.lake.lake import Lake
from isdas.model.surge import Surge
from isdas.model.time import Period


def look(
    lake: Lake,
    period: Period,
    config: DetectConfig,
    *,
    sensors: Sequence[str] = (),
    alerts: AlertsConfig | None = None,
) -> list[Surge]:
    """
    Find the surges that could be called within a period, knowing at each hour only what came before.

    What nothing has changed since the last look is neither judged nor explained again (`isdas.hub.judging`). What late
    packets may have changed before the period is judged again and kept, but not told.

    Args:
        lake: the tables; what is found is kept there.
        period: the period.
        config: how they are found.
        sensors: only what these sensors saw. That is a question, not the fleet's finding: it is not kept.
        alerts: how possible causes are chosen.
    """
    if sensors:
        called = rises(lake, period, config, sensors)
        return gather(called, lambda rise: evidence(lake, rise, period, config, sensors), config)
    judged = judge_period(lake, period, config)
    past = [surge for surge in lake.records.surges() if surge.identifier not in judged.joined]
    explained = complete(lake, judged.surges, period, alerts or AlertsConfig(), past, judged.unchanged)
    found, sketches = liken(lake, explained, period, past, judged.unchanged)
    lake.records.put_surges(found, looked=judged.period, joined=judged.joined)
    lake.records.put_sketches(sketches)
    return [surge for surge in found if surge.identifier in judged.asked]


def replay(lake: Lake, period: Period, config: DetectConfig, *, sensors: Sequence[str] = ()) -> list[Surge]:
    """
    The surges of a period as each was known at the end of the hour that called it; nothing is kept.

    `look` judges with all that is known by the end of the period, so what it tells of a surge may be wiser than what
    an analyst could have read then; this is what they would have read.
    """
    called = [rise.as_called() for rise in rises(lake, period, config, sensors)]
    return gather(called, lambda rise: evidence(lake, rise, period, config, sensors), config)
