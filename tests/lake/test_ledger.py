"""Tests of isdas.lake.ledger."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from isdas.lake.database import Database
from isdas.lake.ledger import Entry, Known, Ledger, SegmentRow, entry_of
from isdas.model.errors import LakeError

HOUR_US = 3_600_000_000
MINUTE_US = 60_000_000
AT = 475_200 * HOUR_US
SPOOL = "0123456789abcdef"


def entry(sequence: int, **changes: object) -> Entry:
    """A minute of sensor 1."""
    start = AT + sequence * MINUTE_US
    made = Entry(
        1, "alpha", SPOOL, sequence, bytes([sequence % 256]) * 32, b"c" * 32, start, start + MINUTE_US, start, packets=3
    )
    return replace(made, **changes)  # type: ignore[arg-type]


@pytest.fixture
def database(tmp_path: Path) -> Database:
    """An empty record database."""
    return Database(tmp_path / "records.sqlite")


@pytest.fixture
def ledger(database: Database) -> Ledger:
    """An empty ledger."""
    return Ledger(database)


def test_a_segment_is_known_with_its_digest(ledger: Ledger) -> None:
    """What was written down is known by sensor, spool and sequence, with digest and chain; nothing else is."""
    ledger.intend(1, [entry(0), entry(1, chain=b"d" * 32)])
    others = [(1, SPOOL, 2), (2, SPOOL, 0), (1, "f" * 16, 0)]
    assert ledger.known([(1, SPOOL, 0), (1, SPOOL, 1), *others]) == {
        (1, SPOOL, 0): Known(b"\0" * 32, b"c" * 32, AT),
        (1, SPOOL, 1): Known(b"\1" * 32, b"d" * 32, AT + MINUTE_US),
    }


def test_many_are_asked_for_at_once(ledger: Ledger) -> None:
    """More identities than fit in one statement are all found."""
    ledger.intend(1, [entry(n) for n in range(1200)])
    assert len(ledger.known((1, SPOOL, n) for n in range(1500))) == 1200


def test_what_was_never_committed_is_forgotten(ledger: Ledger) -> None:
    """Rows of groups after the last one committed are deleted, and the chain ends where it did before them."""
    ledger.intend(1, [entry(0, chain=b"1" * 32), entry(1, chain=b"2" * 32)])
    ledger.intend(2, [entry(2, chain=b"3" * 32)])
    assert ledger.head(1, SPOOL) == b"3" * 32
    ledger.settle(1)
    assert ledger.head(1, SPOOL) == b"2" * 32
    assert (1, SPOOL, 2) not in ledger.known([(1, SPOOL, 2)])
    ledger.settle(0)
    assert ledger.head(1, SPOOL) is None


def test_the_chain_follows_admission_not_sequence(ledger: Ledger) -> None:
    """The newest hour comes first, so the last admitted is not the one with the highest sequence."""
    ledger.intend(1, [entry(9, chain=b"9" * 32)])
    ledger.intend(2, [entry(5, chain=b"5" * 32), entry(3, chain=b"3" * 32)])
    assert ledger.head(1, SPOOL) == b"3" * 32


def test_nothing_is_written_down_twice(ledger: Ledger) -> None:
    """An identity that is there already is refused, and nothing of that group is kept."""
    ledger.intend(1, [entry(0)])
    with pytest.raises(LakeError, match="write to the records"):
        ledger.intend(2, [entry(1), entry(0)])
    assert ledger.known([(1, SPOOL, 1)]) == {}


def test_other_spools_of_a_sensor_are_seen(ledger: Ledger) -> None:
    """What another spool observed in a stretch is told; touching ends, other sensors and the own spool are not."""
    other = "f" * 16
    ledger.intend(1, [entry(0), entry(5, spool=other), entry(5, sensor=2, spool=other)])
    assert ledger.spools(1) == {SPOOL, other}
    start = AT + 5 * MINUTE_US
    assert ledger.elsewhere(1, SPOOL, start + 30, start + 40) == [(other, start, start + MINUTE_US)]
    assert ledger.elsewhere(1, SPOOL, start - MINUTE_US, start) == []
    assert ledger.elsewhere(1, SPOOL, start + MINUTE_US, start + 2 * MINUTE_US) == []
    assert ledger.elsewhere(1, other, start, start + MINUTE_US) == []


counts = st.dictionaries(st.sampled_from(["kernel", "ring", "spool"]), st.integers(1, 1000))


@settings(max_examples=25)
@given(
    dropped=counts,
    odd=counts,
    lost=st.lists(st.lists(st.integers(0, 9), min_size=6, max_size=6), max_size=2),
    split=st.lists(st.integers(1, 9), min_size=0, max_size=3),
    offset=st.none() | st.floats(-1e6, 1e6),
)
def test_a_row_tells_all_of_a_segment(
    dropped: dict[str, int], odd: dict[str, int], lost: list[list[int]], split: list[int], offset: float | None
) -> None:
    """A segment comes back from the ledger as it went in."""
    from tempfile import TemporaryDirectory

    hours = {AT // HOUR_US + i: n for i, n in enumerate(split)}
    made = entry(0, dropped=dropped, odd=odd, lost=lost, hours=hours, packets=sum(split), offset_s=offset)
    with TemporaryDirectory() as folder:
        database = Database(Path(folder) / "records.sqlite")
        Ledger(database).intend(1, [made])
        with database.reading() as session:
            assert [entry_of(row) for row in session.scalars(select(SegmentRow))] == [made]
