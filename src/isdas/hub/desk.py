"""
The alert desk: from a surge to a numbered draft with its figures.
"""

from datetime import date

from isdas.alerts.draft import draft
from isdas.alerts.figure_link import FigureLink
from isdas.alerts.knowledge import load
from isdas.config import Config
from isdas.graphs.name import canonical_path
from isdas.graphs.period import ending
from isdas.lake.lake import Lake
from isdas.lake.query import extent
from isdas.model.alert import Alert
from isdas.model.errors import IsdasError
from isdas.model.number import next_number
from isdas.model.port import Port
from isdas.model.surge import Surge
from isdas.model.time import instant, now


def draft_alert(lake: Lake, identifier: str, config: Config, *, issued: date | None = None) -> Alert:
    """
    Draft the alert for a surge, or draft it anew under the number it has; it is kept as a draft.

    Args:
        issued: the date on paper; without it today, or the last day of the data if they end earlier.

    Raises:
        NotFound: no such surge.
        IsdasError: it is one of sources that vanished.
    """
    surge = lake.records.surge(identifier)
    if surge.change == "fall":
        raise IsdasError(f"{identifier} tells of sources that vanished: there is nothing to alert anybody of")
    day = issued or last_day(lake, config)
    alerts = lake.records.alerts()
    present = [a.number for a in alerts if a.surge == identifier and a.state == "draft"]
    number = present[0] if present else next_number((a.number for a in alerts), day.year, config.alerts.number_prefix)
    alert = draft(
        surge,
        number=number,
        issued=day,
        knowledge=load(),
        config=config.alerts,
        figures=_figures(surge, day, config),
    )
    lake.records.put_alert(alert)
    return alert


def last_day(lake: Lake, config: Config) -> date:
    """Today, or the last day of the data if they end earlier."""
    today = now().astimezone(config.paper).date()
    found = extent(lake)
    if found is None:
        return today
    return min(today, instant(found[1]).astimezone(config.paper).date())


def _figures(surge: Surge, day: date, config: Config) -> list[FigureLink]:
    """The surge's port by port and by region, for the quarter to the day of the alert as in 2008."""
    period, port = ending(day, "quarter", config.paper), Port.parse(surge.port)
    return [
        FigureLink(canonical_path(period, port, by), path_ja=canonical_path(period, port, by, language="ja"))
        for by in ("port", "region")
    ]
