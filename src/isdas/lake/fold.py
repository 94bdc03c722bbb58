"""
Folding: derived tables are recomputed, hour by hour, from what they derive from.

Each derived table remembers up to which version of ``packets`` it has been folded. The hours to fold are those of
the packet files that came since, so a fold that was cut off by a crash is simply done again. The last commit, that of
coverage, publishes the fold: it names the versions of the other tables that belong together.
"""

import math
import os
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from isdas.lake.behind import Behind
from isdas.lake.brief import needed
from isdas.lake.covering import Covering
from isdas.lake.database import Database
from isdas.lake.delta import DataFile, Table
from isdas.lake.engine import Engine
from isdas.lake.expire import LET_GO, let_go
from isdas.lake.late import added_activity, added_counts
from isdas.lake.ledger import GROUP
from isdas.lake.pending import Pending
from isdas.lake.records import Statement
from isdas.lake.rollup import Rollup, merged, rollup
from isdas.lake.tables import DERIVED, spec
from isdas.model.errors import LakeError
from isdas.model.time import HOUR_US

FOLDED = "folded"
"""The application transaction in which a derived table records the version of packets it is folded up to."""

COVERED = "covered"
"""The application transaction in which coverage records the last group of segments that it tells of."""

PUBLISHED = "published:"
"""What the transactions begin with in which coverage names the versions of the other derived tables."""

_HOUR = np.timedelta64(1, "h")
_BATCH_ROWS = 4_000_000
"""How many packets are folded at a time; some 50 bytes of memory each."""

_SHARE_ROWS = 1_000_000
"""How many of them are grouped at a time, by all cores together: what a core needs then is small enough to stay with
the process when it is freed, and not fetched anew from the system for each share."""

_Hours = npt.NDArray[np.datetime64]
Progress = Callable[[int, int], None]


class Folder:
    """Brings the derived tables up to the packets."""

    def __init__(
        self,
        tables: dict[str, Table],
        engine: Engine,
        pending: Pending,
        *,
        ledger: Database | None = None,
        threads: int = 0,
        changing: Callable[[int, int], None] = lambda hour, version: None,
    ) -> None:
        """*changing* is called with the first hour that may change, before it does, and the version of coverage."""
        self._tables = tables
        self._changing = changing
        self._ledger = ledger
        self._pending = pending
        self._engine = engine
        self._threads = threads or os.cpu_count() or 1

    def stale(self) -> bool:
        """Whether any derived table is behind the packets."""
        version = self._tables["packets"].version
        return any(self._tables[name].transaction(FOLDED) != version for name in DERIVED)

    def fold(
        self, statements: Sequence[Statement], *, everything: bool = False, progress: Progress | None = None
    ) -> int:
        """
        Fold the hours of packets that are new, or all of them; how many hours that was.

        Args:
            statements: what admitted inputs state of their coverage.
            everything: fold all hours that packets hold, as `isdas lake rebuild` does.
            progress: called with (batches done, batches to do).
        """
        version = self._tables["packets"].version
        if not everything and not self.stale():
            return 0
        new = self._new_files(everything=everything)
        edges = (self.open_from(), let_go(self._tables["sightings"]))
        runs = _batches(new, self._tables["packets"].files(), edges)
        # Hours whose packets are gone cannot be made anew.
        batches = [run for run in runs if not everything or run[0][0] >= self.open_from()]
        if batches:
            self._tell_of(batches[0][0])
        hours = np.concatenate([hours for hours, _ in batches]) if batches else np.empty(0, "datetime64[us]")
        covering = self._covering(hours, statements, everything=everything)
        with Behind({name: self._tables[name] for name in DERIVED[:-1]}, threads=self._threads) as behind:
            self._fold_runs(behind, batches, new, {FOLDED: version}, progress)
            # Coverage follows from counts alone, which are there long before the sightings.
            behind.settle("counts")
            changes = covering.changes(hours)
            behind.settle()
        for name in DERIVED[:-1]:
            if self._tables[name].transaction(FOLDED) != version:
                self._tables[name].commit([], transactions={FOLDED: version})
        self._cover(*changes, version)
        return len(hours)

    def _fold_runs(
        self,
        behind: Behind,
        runs: Sequence[tuple[_Hours, float]],
        new: Sequence[DataFile],
        transactions: dict[str, int],
        progress: Progress | None,
    ) -> None:
        """Fold run after run and have their tables written; the last commits record the transactions."""
        for done, (hours, rows) in enumerate(runs, start=1):
            if hours[0] < self.open_from():
                # Rows that stand in the tables are read.
                behind.settle()
            make = self._made(hours, rows, new)
            # Their memory is what the next hours are folded in.
            self._pending.drop({f.path for f in new if f.high < hours[-1] + _HOUR})
            behind.replace(hours, make, transactions if done == len(runs) else {})
            # The sightings go with the last of their tables, not when the next are there.
            del make
            if progress:
                progress(done, len(runs))

    def _tell_of(self, hours: _Hours) -> None:
        first = hours.min().astype("datetime64[h]").astype(np.int64)
        self._changing(int(first), self._tables["coverage"].version)

    def publish(self) -> None:
        """Say that the derived tables as they are now belong together."""
        self._tables["coverage"].commit([], transactions=self._published())

    def _published(self) -> dict[str, int]:
        return {PUBLISHED + name: self._tables[name].version for name in DERIVED[:-1]}

    def _new_files(self, *, everything: bool) -> list[DataFile]:
        packets = self._tables["packets"]
        present = packets.files()
        since = [self._tables[name].transaction(FOLDED) for name in DERIVED]
        if any(version is None for version in since):
            return present
        if everything:
            return present
        try:
            known = {f.path for f in packets.files(version=min(v for v in since if v is not None))}
        except LakeError:
            # The log no longer reaches back that far.
            return present
        return [f for f in present if f.path not in known]

    def _made(self, hours: _Hours, rows: float, new: Sequence[DataFile]) -> dict[str, Callable[[], pa.Table]]:
        """The rows of some hours, by table: of all packets, or of new ones put to what stands of those gone."""
        if hours[0] >= self.open_from():
            found = self._rollup(hours, rows, self._tables["packets"].files())
        else:
            found = self._rollup(hours, rows, new)
            if hours[0] >= let_go(self._tables["sightings"]):
                found = merged(found, self._published_rows("sightings", hours))
        if hours[0] >= let_go(self._tables["sightings"]):
            return {"sightings": found.sightings, "counts": found.counts, "activity": found.activity}
        return {
            # They have had their time; kept, they would be put to themselves when more comes.
            "sightings": spec("sightings").schema.empty_table,
            "counts": lambda: added_counts(self._published_rows("counts", hours), found.counts()),
            "activity": lambda: added_activity(self._published_rows("activity", hours), found.activity()),
        }

    def _rollup(self, hours: _Hours, rows: float, files: Sequence[DataFile]) -> Rollup:
        packets, start, end = self._tables["packets"], hours[0], hours[-1] + _HOUR
        meeting = [f for f in files if f.meets(start, end)]
        paths = {f.path for f in meeting}
        kept = [each for each in self._pending.of({f.path for f in files}) if each.paths & paths]
        held = set[str]().union(*(each.paths for each in kept))
        again = self._pending.aside()
        for batch in packets.read([f for f in meeting if f.path not in held], needed(), start, end):
            again.add((), batch)
        turns = max(1, math.ceil(rows / _SHARE_ROWS))
        try:
            both = [*kept, *again.of(set())]
            return rollup(again.briefer, both, _micros(hours) // HOUR_US, turns=turns, threads=self._threads)
        finally:
            again.forget()

    def _published_rows(self, name: str, hours: _Hours) -> pa.Table:
        """
        The rows of a derived table for some hours as the last whole fold left them.

        What a fold that was cut off has written since is not among them, so that nothing is put to itself.
        """
        table, start, end = self._tables[name], hours[0], hours[-1] + _HOUR
        version = self._tables["coverage"].transaction(PUBLISHED + name)
        files = [] if version is None else [f for f in table.files(version=version) if f.meets(start, end)]
        found = [table.spec.schema.empty_table(), *table.read(files, table.spec.schema.names, start, end)]
        rows = pa.concat_tables([part.cast(table.spec.schema) for part in found])
        return rows.filter(
            pc.is_in(rows.column("hour"), value_set=pa.array(hours).cast(rows.schema.field("hour").type))
        )

    def open_from(self) -> np.datetime64:
        """The hour from which on all packets are still there; those of earlier hours may have been let go."""
        return let_go(self._tables["packets"])

    def let_go(self) -> bool:
        """Remove all packets, which must be folded; from then on their hours are only added to."""
        packets = self._tables["packets"]
        files = packets.files()
        if files:
            after = max(f.high for f in files).astype("datetime64[h]").astype(np.int64) + 1
            before = packets.transaction(LET_GO) or 0
            packets.commit([], removes=files, transactions={LET_GO: max(int(after), before)})
        return bool(files)

    def _covering(self, hours: _Hours, statements: Sequence[Statement], *, everything: bool) -> Covering:
        """The coverage of some hours, with what the ledger says of them."""
        table, group = self._tables["coverage"], self._tables["packets"].transaction(GROUP)
        covering = Covering(self._tables["counts"], table, self._engine, statements)
        if self._ledger is not None and group:
            after = 0 if everything else table.transaction(COVERED) or 0
            covering.read(self._ledger, _micros(hours) // HOUR_US, after, group, everything=everything)
        return covering

    def _cover(self, changed: _Hours, rows: pa.Table, version: int) -> None:
        """Bring coverage up to the counts and to what is stated, and publish the fold with it."""
        table, group = self._tables["coverage"], self._tables["packets"].transaction(GROUP)
        transactions = {FOLDED: version, **self._published(), **({COVERED: group} if group else {})}
        if len(changed):
            self._tell_of(changed)
            table.replace(changed, rows, transactions=transactions)
        elif any(table.transaction(name) != value for name, value in transactions.items()):
            table.commit([], transactions=transactions)


def _micros(hours: _Hours) -> npt.NDArray[np.int64]:
    return hours.astype("datetime64[us]").astype(np.int64)


def _batches(
    new: Sequence[DataFile], present: Sequence[DataFile], edges: Sequence[np.datetime64]
) -> Iterator[tuple[_Hours, float]]:
    """
    The hours that *new* files touch, in runs with a bounded number of the rows *present*, and that number.

    No run has hours on both sides of one of the *edges*.
    """
    touched, rows = _rows_by_hour(new), _rows_by_hour(present)
    sides = np.sort(np.array(edges).astype("datetime64[h]").astype(np.int64))
    run: list[int] = []
    held = 0.0
    for hour in sorted(touched):
        if run and (held + rows[hour] > _BATCH_ROWS or np.any((run[-1] < sides) & (sides <= hour))):
            yield np.array(run, "datetime64[h]").astype("datetime64[us]"), held
            run, held = [], 0.0
        run.append(hour)
        held += rows[hour]
    if run:
        yield np.array(run, "datetime64[h]").astype("datetime64[us]"), held


def _rows_by_hour(files: Sequence[DataFile]) -> dict[int, float]:
    """About how many rows each hour has, if files are even."""
    rows: dict[int, float] = {}
    for file in files:
        first, last = (int(t.astype("datetime64[h]").astype(np.int64)) for t in (file.low, file.high))
        for hour in range(first, last + 1):
            rows[hour] = rows.get(hour, 0.0) + file.rows / (last + 1 - first)
    return rows
