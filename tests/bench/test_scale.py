"""The ports of the whole system: what is counted, where it came, and the sources that are drawn for it later."""

import numpy as np
from bench.surges.scale import Outcome, Ports
from bench.surges.world import N_SENSORS, START, came_elsewhere

from isdas.detect.evidence import Evidence

RATES = np.array([0.02] * 20 + [0.15] * 20 + [3.0] * 2)
"""Sources an hour; the last two are never silent."""

DAYS = 9


def _days(seed: int) -> tuple[Ports, np.ndarray, np.ndarray]:
    """Some ports after DAYS days, their counts and what came elsewhere."""
    ports = Ports(lambda _: RATES, seed)
    days = [ports.next_day() for _ in range(DAYS)]
    away = [day.elsewhere for day in days if day.elsewhere is not None]
    return ports, np.concatenate([day.counts for day in days], axis=1), np.concatenate(away, axis=1)


def _by_sensor(evidence: Evidence) -> np.ndarray:
    found = np.zeros((DAYS * 24, N_SENSORS), np.int64)
    np.add.at(found, ((evidence.hour - START).astype(int), evidence.sensor), 1)
    return found


def test_sources_are_as_many_as_were_counted_and_came_where_they_were_counted() -> None:
    """What came elsewhere by the sources that are drawn after the call is what the search was told before."""
    ports, counts, away = _days(5)
    found = [_by_sensor(ports.evidence(series, 0, counts[series].astype(np.int64))) for series in range(len(RATES))]
    assert np.array_equal([hours.sum(axis=1) for hours in found], counts)
    assert away[:40].sum() > 100
    assert np.array_equal(came_elsewhere(np.array(found))[:40], away[:40])
    assert not away[40:].any()


def test_evidence_that_begins_later_has_its_sources_at_the_same_sensors() -> None:
    """To which sensor a source came does not depend on when it is asked."""
    ports, counts, _ = _days(6)
    whole = ports.evidence(30, 0, counts[30].astype(np.int64))
    later = ports.evidence(30, 48, counts[30, 48:].astype(np.int64))
    assert len(later.hour) > 0
    assert np.array_equal(later.sensor, whole.sensor[whole.hour >= START + 48])


def test_rates_are_told_with_what_chance_allows() -> None:
    """Three in nine weeks are 0.33 a week, and may come of 0.07 to 0.97; of none in nine weeks it may be 0.41."""
    outcome = Outcome(9)
    outcome.verdicts["as called"].update(broad=3)
    outcome.verdicts["in the end"].update(brief=2, spoofed=1)
    _, name, weeks, called, at_once, _, late, others, _ = outcome.row("some").split("|")
    assert (name.strip(), weeks.strip()) == ("some", "9")
    assert called == at_once == " 0.33 (3; 0.07-0.97) "
    assert late == " 0.00 (0; 0.00-0.41) "
    assert others == " 2 brief, 1 spoofed "
