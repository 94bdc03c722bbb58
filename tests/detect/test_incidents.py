"""The ledger of incidents."""

import numpy as np

from isdas.detect.incidents import Incident, Ledger


def _incident(hour: int, series: int = 0) -> Incident:
    return Incident(series, hour, hour - 3, 0, 6.0, 5.0, 30, 5.0, 5.0, 0.1, 90.0, 0.1, np.ones(31), 0.1, 0.3)


def test_a_rise_soon_after_an_end_is_the_same_incident() -> None:
    """What flares up again within the rejoin time is opened again, not told anew."""
    ledger = Ledger()
    first = ledger.call(_incident(100), 24)
    ledger.close(0, 130)
    assert ledger.call(_incident(140), 24) is first
    assert first.end is None
    assert len(ledger.incidents) == 1


def test_a_rise_long_after_an_end_is_a_new_incident() -> None:
    """Two waves a week apart are told twice."""
    ledger = Ledger()
    ledger.call(_incident(100), 24)
    ledger.close(0, 130)
    ledger.call(_incident(300), 24)
    assert [i.hour for i in ledger.incidents] == [100, 300]


def test_a_settled_incident_is_not_opened_again() -> None:
    """After a new level was accepted, a rise above it is news."""
    ledger = Ledger()
    ledger.call(_incident(100), 24)
    assert ledger.close(0, 436, settled=True).settled
    ledger.call(_incident(441), 24)
    assert len(ledger.incidents) == 2


def test_series_do_not_share_incidents() -> None:
    """Two ports rise each by itself."""
    ledger = Ledger()
    ledger.call(_incident(100, 0), 24)
    ledger.call(_incident(100, 1), 24)
    assert sorted(ledger.current) == [0, 1]


def test_what_is_let_go_leaves_the_others_where_they_are_in_time() -> None:
    """Hours are counted anew from a later first one, and what is gone is not opened again."""
    ledger = Ledger()
    old = ledger.call(_incident(100), 24)
    ledger.close(0, 130)
    new = ledger.call(_incident(500, 1), 24)
    ledger.close(1, 530)
    ledger.let_go([old], 168)
    assert (new.hour, new.begin, new.end) == (332, 329, 362)
    assert ledger.incidents == [new]
    assert list(ledger.latest) == [1]
