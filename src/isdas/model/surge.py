"""
Surge: one finding, with everything needed to judge it.
"""

from dataclasses import dataclass, field
from datetime import datetime

from isdas.model.explanation import Explanation
from isdas.model.time import iso

VERDICTS = (
    "broad",
    "single-source",
    "single-network",
    "single-sensor",
    "few-sensors",
    "research-scanner",
    "campaign",
    "backscatter",
    "spoofed",
    "fleet-change",
    "artefact",
    "brief",
    "vanished",
)
"""What a surge turned out to be. Only ``broad`` asks for an alert by itself."""

CHANGES = ("rise", "ramp", "fall")
"""What happened: sources rose within days, grew over weeks, or vanished."""


@dataclass(frozen=True, slots=True)
class RegionShare:
    """A source region and its share of the excess, 0 to 1."""

    region: str
    excess_share: float


@dataclass(frozen=True, slots=True)
class Guard:
    """
    One way in which the surge could be an artefact, and what came of testing it.

    Attributes:
        name: fixed name, such as ``without-top-source``.
        passed: whether the surge stands without it.
        value: the figure behind the answer (often the score that is left).
        finding: one English sentence that says it in words.
    """

    name: str
    passed: bool
    value: float
    finding: str


@dataclass(frozen=True, slots=True)
class Surge:
    """
    A port that rose: what, since when, from where, against which baseline, how sure.

    Attributes:
        identifier: from the port and the hour of detection, so that looking twice finds the same surge.
        port: the port that rose most, such as ``445/tcp``.
        ports: all ports that rose together, the first included.
        verdict: one of VERDICTS.
        detected_at: end of the first hour at which it could be called, UTC.
        onset_at, onset_low_at, onset_high_at: most likely begin and the ends of its 90 % interval.
        ended_at: when it was over; None while it lasts.
        window_hours: length of the window with the best score.
        regions: shares of the excess, largest first.
        mainly: the few that rose more than the rest and together make more than half of the excess, if any.
        sources, packets: distinct sources and packets of the port from onset to the hour of judging.
        baseline: expected source-hours in that window at its coverage.
        observed: source-hours seen in that window.
        factor: observed / baseline; capped at 9999 for a port that was silent before.
        score: -log10 of the recalibrated tail probability.
        sensors_rising, sensors_live: sensors that rise by themselves, and sensors that observed.
        tools: shares of the excess by tool, largest first, each of the excess that could show that tool; so they need
            not add up to 1.
        guards: the tests it went through.
        shape: step, ramp or exponential, whichever the onset posterior prefers.
        basis: table versions and lookup editions it was found with.
        change: one of CHANGES.
        explanation: what could be found out about it; None if nobody has asked yet.
        history: what happened to it, as (ISO instant, sentence), oldest first.
    """

    identifier: str
    port: str
    ports: tuple[str, ...]
    verdict: str
    detected_at: datetime
    onset_at: datetime
    onset_low_at: datetime
    onset_high_at: datetime
    ended_at: datetime | None
    window_hours: int
    regions: tuple[RegionShare, ...]
    mainly: tuple[str, ...]
    sources: int
    packets: int
    baseline: float
    observed: int
    factor: float
    score: float
    sensors_rising: int
    sensors_live: int
    tools: tuple[tuple[str, float], ...] = ()
    guards: tuple[Guard, ...] = ()
    shape: str = "step"
    basis: dict[str, object] = field(default_factory=dict)
    change: str = "rise"
    explanation: Explanation | None = None
    history: tuple[tuple[str, str], ...] = ()

    def as_dict(self) -> dict[str, object]:
        """The form that ``isdas surges --json`` prints."""
        return {
            "identifier": self.identifier,
            "port": self.port,
            "ports": list(self.ports),
            "verdict": self.verdict,
            "detected_at": iso(self.detected_at),
            "onset_at": iso(self.onset_at),
            "onset_low_at": iso(self.onset_low_at),
            "onset_high_at": iso(self.onset_high_at),
            "ended_at": iso(self.ended_at) if self.ended_at else None,
            "window_hours": int(self.window_hours),
            "regions": [{"region": r.region, "excess_share": round(float(r.excess_share), 4)} for r in self.regions],
            "mainly": list(self.mainly),
            "sources": int(self.sources),
            "packets": int(self.packets),
            "baseline": round(float(self.baseline), 4),
            "observed": int(self.observed),
            "factor": round(float(self.factor), 3),
            "score": round(float(self.score), 3),
            "sensors_rising": int(self.sensors_rising),
            "sensors_live": int(self.sensors_live),
            "tools": [{"tool": tool, "excess_share": round(float(share), 4)} for tool, share in self.tools],
            "guards": [
                {"name": g.name, "passed": bool(g.passed), "value": round(float(g.value), 4), "finding": g.finding}
                for g in self.guards
            ],
            "shape": self.shape,
            "basis": self.basis,
            "change": self.change,
            "explanation": self.explanation.as_dict() if self.explanation else None,
            "history": [{"at": at, "what": what} for at, what in self.history],
        }

    @classmethod
    def from_dict(cls, data: dict[str, object]) -> "Surge":
        """A surge from what `as_dict` gave; the two are inverse up to rounding."""
        values: dict[str, object] = dict(data)
        for name in ("detected_at", "onset_at", "onset_low_at", "onset_high_at", "ended_at"):
            values[name] = datetime.fromisoformat(str(data[name])) if data[name] else None
        for name in ("ports", "mainly"):
            values[name] = tuple(data[name])  # type: ignore[arg-type]
        values["regions"] = tuple(RegionShare(**r) for r in data["regions"])  # type: ignore[attr-defined]
        values["tools"] = tuple((t["tool"], t["excess_share"]) for t in data["tools"])  # type: ignore[attr-defined]
        values["guards"] = tuple(Guard(**g) for g in data["guards"])  # type: ignore[attr-defined]
        # Surges kept before there were explanations have none of these.
        told = data.get("explanation")
        values["explanation"] = Explanation.from_dict(told) if told else None  # type: ignore[arg-type]
        values["history"] = tuple((h["at"], h["what"]) for h in data.get("history", ()))  # type: ignore[attr-defined]
        return cls(**values)  # type: ignore[arg-type]
