"""
The settings of detection, each with its unit; not the statistic itself.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Config:
    """How careful, how patient and how far-sighted the detector is."""

    false_per_week: float = field(
        default=0.9, metadata={"doc": "False alarms a week, over all ports together, that the thresholds aim at."}
    )
    n_series: int = field(
        default=131_072, metadata={"doc": "Ports that could rise, seen or never seen: 65,536 each of TCP and UDP."}
    )
    baseline_days: int = field(default=56, metadata={"doc": "Days of the past that the baseline is taken from."})
    excluded_days: int = field(
        default=3, metadata={"doc": "Latest days left out of the baseline; at least as long as the longest window."}
    )
    history_days: int = field(
        default=14, metadata={"doc": "Observed baseline days below which nothing is called; add excluded_days."}
    )
    least_sources: int = field(
        default=6, metadata={"doc": "Source-hours in a window below which nothing is called, whatever the baseline."}
    )
    slow_sd: float = field(
        default=0.3, metadata={"doc": "Standard deviation of the slow wandering of log rates, before history tells."}
    )
    slow_hours: float = field(default=48.0, metadata={"doc": "Hours over which log rates forget where they were."})
    hourly_variance: float = field(
        default=0.2, metadata={"doc": "Extra relative variance of a single hour (NB alpha), before history tells."}
    )
    end_score: float = field(
        default=2.0, metadata={"doc": "An incident is over when its 24-hour window scores less (-log10 p)."}
    )
    rejoin_hours: int = field(
        default=24, metadata={"doc": "Hours after its end within which a new rise of a port is the same incident."}
    )
    settle_days: int = field(
        default=14, metadata={"doc": "Days after which a lasting rise is taken as the port's new level."}
    )
    survive_score: float = field(
        default=2.0, metadata={"doc": "Score (-log10 p) that must be left when a guard takes something away."}
    )
    survive_share: float = field(
        default=0.5, metadata={"doc": "Share of the rise's own score that must be left then, if that is more."}
    )
    least_excess: float = field(
        default=0.33, metadata={"doc": "Share of the excess that must be left when a guard takes something away."}
    )
    least_networks: int = field(default=2, metadata={"doc": "Origin AS that a silent port's rise must come from."})
    fleet_change: float = field(
        default=0.15, metadata={"doc": "Relative change of live sensors around the onset that asks for a second look."}
    )
    wide_ports: int = field(
        default=100, metadata={"doc": "Ports within days from which a source counts as a scanner of everything."}
    )
    clock_seconds: float = field(
        default=1800.0, metadata={"doc": "Offset of a sensor's clock from which its hours are not believed, seconds."}
    )
    mainly_share: float = field(
        default=0.67,
        metadata={
            "doc": "Share of what regions rose by beyond the rest that those named as the main ones explain together."
        },
    )
    mainly_each: float = field(default=0.10, metadata={"doc": "Share of the excess that each of them explains."})
    part_level: float = field(
        default=0.01,
        metadata={"doc": "False discovery rate among the regions, AS, tools and sensors said to rise by themselves."},
    )
    same_sources: float = field(
        default=0.4, metadata={"doc": "Share of the excess of two rises, by /24s of both, from which they are one."}
    )
    same_hours: int = field(
        default=168,
        metadata={"doc": "Hours after the end of one rise within which another can be the same surge going on."},
    )
    group_likeness: float = field(
        default=0.7, metadata={"doc": "Mean cosine of what and how they scan from which sources are one group."}
    )
    group_least: int = field(default=10, metadata={"doc": "Sources that a group has at least."})
    group_same: float = field(
        default=0.75, metadata={"doc": "Likeness of what two groups scan from which they are one on two days."}
    )
    group_shared: float = field(
        default=0.3, metadata={"doc": "Share of the smaller group's sources in both from which they are one, too."}
    )
    group_days: int = field(default=14, metadata={"doc": "Days back to which a day's groups are compared."})
    group_new: int = field(
        default=100, metadata={"doc": "Sources from which a group that was not there before is a finding."}
    )
