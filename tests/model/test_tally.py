"""
Tests of isdas.model.tally.
"""

from hypothesis import given
from hypothesis import strategies as st

from isdas.model.tally import Tally

REASONS = st.dictionaries(st.sampled_from(["no-ip", "cut-header", "bad-row"]), st.integers(0, 1000))


def tally_of(stored: int, refused: dict[str, int], warned: dict[str, int]) -> Tally:
    """A tally in which everything that was read is accounted for."""
    tally = Tally(read=stored + sum(refused.values()), stored=stored)
    for reason, count in refused.items():
        tally.refuse(reason, count)
    for name, count in warned.items():
        tally.warn(name, count)
    return tally


TALLIES = st.builds(tally_of, st.integers(0, 1000), REASONS, REASONS)


@given(TALLIES, TALLIES)
def test_sum_of_reconciled_tallies_reconciles(one: Tally, other: Tally) -> None:
    """Adding tallies adds every count, and keeps read = stored + refused."""
    read, no_ip = one.read + other.read, one.refused["no-ip"] + other.refused["no-ip"]
    one.add(other)
    assert one.reconciles
    assert one.read == read
    assert one.refused["no-ip"] == no_ip


def test_a_lost_record_is_seen() -> None:
    """A record that was neither stored nor refused keeps the tally from reconciling."""
    assert not Tally(read=3, stored=2).reconciles


def test_warnings_refuse_nothing() -> None:
    """A warning does not count as a refused record."""
    tally = Tally(read=1, stored=1)
    tally.warn("cut-tail")
    assert tally.reconciles
    assert tally.warnings == {"cut-tail": 1}


def test_zero_leaves_no_trace() -> None:
    """A reason that met no record is not reported."""
    tally = Tally()
    tally.refuse("no-ip", 0)
    tally.warn("cut-tail", 0)
    assert tally.as_dict() == {"read": 0, "stored": 0, "refused": {}, "warnings": {}}


def test_report_is_sorted() -> None:
    """Reasons are reported in the same order whatever was met first."""
    tally = Tally(read=3)
    tally.refuse("no-ip", 2)
    tally.refuse("bad-row")
    assert list(tally.as_dict()["refused"]) == ["bad-row", "no-ip"]  # type: ignore[call-overload]
