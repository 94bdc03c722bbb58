"""
The ledger of incidents: one cause is told once, followed until it ends, and kept out of later baselines.

Does not score; it is told the scores of a day.
"""

from dataclasses import dataclass, field

import numpy as np


@dataclass(slots=True)
class Incident:
    """
    One rise of one series on its way, in hours of the grid.

    Attributes:
        series: which row.
        hour: the hour at whose end it was called.
        begin: first hour of the window that called it; from here on its hours are kept out of baselines.
        which: reference and window that called it, as in `isdas.detect.scan.scan`.
        score, threshold: recalibrated score at that hour, and what it had to reach.
        observed, usual, mean, variance: count of the window, its usual mean, the reference mean, their variance.
        support: source-hours that the baseline rests on.
        rate: frozen baseline, source-hours per sensor-hour.
        shape: the frozen week, float64[31].
        hourly: relative variance of one hour.
        slow_sd: standard deviation of the slow wandering of the log rate.
        end: first hour at which it was over; None while it lasts.
        settled: whether it was taken as the new level instead of ending.
        change: ``rise``, ``ramp`` or ``fall``.
        days: length of the stretch that a ramp or a fall was found in; 0 for a rise, whose window is that of *which*.
    """

    series: int
    hour: int
    begin: int
    which: int
    score: float
    threshold: float
    observed: int
    usual: float
    mean: float
    variance: float
    support: float
    rate: float
    shape: np.ndarray[tuple[int], np.dtype[np.float64]]
    hourly: float
    slow_sd: float
    end: int | None = None
    settled: bool = False
    change: str = "rise"
    days: int = 0


@dataclass(slots=True)
class Ledger:
    """
    All incidents so far.

    Attributes:
        incidents: in the order in which they were called.
        current: series to its open incident.
        latest: series to the incident that it had last, open or over.
    """

    incidents: list[Incident] = field(default_factory=list)
    current: dict[int, Incident] = field(default_factory=dict)
    latest: dict[int, Incident] = field(default_factory=dict)

    def call(self, incident: Incident, rejoin_hours: int) -> Incident:
        """
        Open an incident, or open again the one that ended within *rejoin_hours* before the new one's window.
        """
        past = self.latest.get(incident.series)
        if past is not None and not past.settled and past.end is not None and incident.begin - past.end < rejoin_hours:
            past.end = None
            self.current[incident.series] = past
            return past
        self.incidents.append(incident)
        self.current[incident.series] = self.latest[incident.series] = incident
        return incident

    def close(self, series: int, hour: int, *, settled: bool = False) -> Incident:
        """End the open incident of *series* at *hour*."""
        incident = self.current.pop(series)
        incident.end = hour
        incident.settled = settled
        return incident

    def let_go(self, gone: list[Incident], hours: int) -> None:
        """Forget some incidents, and count the hours of the others from *hours* later."""
        known = {id(one) for one in gone}
        self.incidents = [one for one in self.incidents if id(one) not in known]
        self.latest = {series: one for series, one in self.latest.items() if id(one) not in known}
        for one in self.incidents:
            one.hour, one.begin = one.hour - hours, one.begin - hours
            one.end = None if one.end is None else one.end - hours
