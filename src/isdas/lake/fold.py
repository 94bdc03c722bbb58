"""
Folding: derived tables are recomputed, hour by hour, from what they derive from.

Each derived table remembers up to which version of ``packets`` it has been folded. The hours to fold are those of
the packet files that came since, so a fold that was cut off by a crash is simply done again.
"""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from isdas.lake import coverage, sketch, sql
from isdas.lake.delta import DataFile, Table
from isdas.lake.engine import Engine
from isdas.lake.records import Statement
from isdas.lake.tables import DERIVED, spec
from isdas.model.time import moment

FOLDED = "folded"
"""The application transaction in which a derived table records the version of packets it is folded up to."""

_HOUR = np.timedelta64(1, "h")
_BATCH_ROWS = 20_000_000
_Hours = npt.NDArray[np.datetime64]
Progress = Callable[[int, int], None]


class Folder:
    """Brings the derived tables up to the packets."""

    def __init__(self, tables: dict[str, Table], engine: Engine) -> None:
        self._tables = tables
        self._engine = engine

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
            progress: called with (days done, days to do).
        """
        packets = self._tables["packets"]
        version = packets.version
        if not everything and not self.stale():
            return 0
        files = self._new_files(everything=everything)
        batches = list(_batches(files))
        folded = 0
        for done, hours in enumerate(batches):
            self._fold_hours(hours)
            folded += len(hours)
            if progress:
                progress(done + 1, len(batches))
        self._cover(np.concatenate(batches) if batches else np.empty(0, "datetime64[us]"), statements)
        for name in DERIVED:
            self._tables[name].commit([], transactions={FOLDED: version})
        return folded

    def _new_files(self, *, everything: bool) -> list[DataFile]:
        packets = self._tables["packets"]
        present = packets.files()
        since = [self._tables[name].transaction(FOLDED) for name in DERIVED]
        if everything or any(version is None for version in since):
            return present
        known = {f.path for f in packets.files(version=min(v for v in since if v is not None))}
        return [f for f in present if f.path not in known]

    def _fold_hours(self, hours: _Hours) -> None:
        tables = self._tables
        rows = self._select("packets", sql.sightings(), hours)
        tables["sightings"].replace(hours, rows)
        rows = self._select("sightings", sql.counts(), hours)
        tables["counts"].replace(hours, rows)
        rows = self._select("sightings", sql.activity(), hours)
        tables["activity"].replace(hours, _with_sketches(rows))

    def _select(self, name: str, statement: str, hours: _Hours) -> pa.Table:
        """Run a fold over the rows of *name* that lie in *hours*, nothing else."""
        table = self._tables[name]
        start, end = hours[0], hours[-1] + _HOUR
        files = [f for f in table.files() if f.meets(start, end)]
        # Hours of a batch lie close together but need not touch, so the bounds alone would fold too much.
        clock = table.spec.clock
        frame = pa.table({"hour_us": hours.astype("datetime64[us]").astype(np.int64)})
        within = f"CAST(floor(unix_micros({clock}) / {sql.HOUR_US}) * {sql.HOUR_US} AS BIGINT)"
        only = f"(SELECT * FROM {name} WHERE {within} IN (SELECT hour_us FROM wanted))"
        return self._engine.query(
            statement.replace(f"FROM {name}", f"FROM {only}"), {name: (table, files)}, {"wanted": frame}
        )

    def _cover(self, hours: _Hours, statements: Sequence[Statement]) -> None:
        """Bring coverage up to the counts, for every sensor that has packets in *hours*."""
        counts = self._tables["counts"]
        touched = [f for f in counts.files() if len(hours) and f.meets(hours[0], hours[-1] + _HOUR)]
        affected = self._engine.query("SELECT DISTINCT sensor FROM counts", {"counts": (counts, touched)})
        frames = {"affected": affected.select(["sensor"])}
        heard = self._engine.query(sql.rhythm(), {"counts": (counts, counts.files())}, frames)
        table = self._tables["coverage"]
        frames["fresh"] = _coverage_rows(heard, statements)
        bound = {"coverage": (table, table.files())}
        changed = self._engine.query(sql.changed_hours(), bound, frames)
        if changed.num_rows:
            rows = self._engine.query(sql.coverage_of("changed"), bound, {**frames, "changed": changed})
            table.replace(changed.column("hour").to_numpy().astype("datetime64[us]"), rows)


def _batches(files: Sequence[DataFile]) -> Iterator[_Hours]:
    """The hours that *files* touch, in runs of whole days with a bounded number of rows."""
    days: dict[np.datetime64, tuple[set[np.datetime64], int]] = {}
    for file in files:
        first, last = file.low.astype("datetime64[h]"), file.high.astype("datetime64[h]")
        for hour in np.arange(first, last + _HOUR, _HOUR):
            day = hour.astype("datetime64[D]")
            hours, rows = days.setdefault(day, (set(), 0))
            hours.add(hour)
        days[day] = (hours, rows + file.rows)
    run: list[np.datetime64] = []
    held = 0
    for day in sorted(days):
        hours, rows = days[day]
        if run and held + rows > _BATCH_ROWS:
            yield np.array(run, "datetime64[us]")
            run, held = [], 0
        run += sorted(hours)
        held += rows
    if run:
        yield np.array(run, "datetime64[us]")


def _with_sketches(rows: pa.Table) -> pa.Table:
    """Distinct sources by (hour, port, region, kind), one row each, to one row a group with its sketch."""
    table = spec("activity")
    rows = rows.combine_chunks()
    if rows.num_rows == 0:
        return table.schema.empty_table()
    changed = np.zeros(rows.num_rows, np.bool_)
    changed[0] = True
    for name in table.key:
        column = rows.column(name).combine_chunks().dictionary_encode()
        codes = (
            column.combine_chunks().indices.to_numpy()
            if isinstance(column, pa.ChunkedArray)
            else (column.indices.to_numpy(zero_copy_only=False))
        )
        changed[1:] |= codes[1:] != codes[:-1]
    starts = np.flatnonzero(changed)
    high, low = (rows.column(n).to_numpy() for n in ("source_high", "source_low"))
    packets = np.add.reduceat(rows.column("packets").to_numpy(), starts)
    keys = rows.select(list(table.key)).take(pa.array(starts))
    keys = keys.append_column("packets", pa.array(packets))
    keys = keys.append_column("sources", pa.array(np.diff(np.r_[starts, rows.num_rows])))
    return keys.append_column("sketch", sketch.build(starts, high, low))


def _coverage_rows(heard: pa.Table, statements: Sequence[Statement]) -> pa.Table:
    """Rows of the coverage table for the sensors in *heard*."""
    sensors = heard.column("sensor").to_pylist()
    starts = [i for i, name in enumerate(sensors) if i == 0 or name != sensors[i - 1]]
    parts = [
        _one_sensor(sensors[a], heard.slice(a, b - a), [s for s in statements if s.sensor == sensors[a]])
        for a, b in zip(starts, [*starts[1:], len(sensors)], strict=True)
    ]
    return pa.concat_tables(parts) if parts else spec("coverage").schema.empty_table()


def _one_sensor(name: str, heard: pa.Table, statements: Sequence[Statement]) -> pa.Table:
    def numbers(column: str) -> npt.NDArray[np.int64]:
        return np.asarray(heard.column(column).cast(pa.int64()).to_numpy(), np.int64)

    hours = numbers("hour") // coverage.HOUR_US
    seen = coverage.infer(hours, numbers("sources"), numbers("first_at"), numbers("last_at"))
    seconds = dict(zip(seen.hours.tolist(), seen.seconds.tolist(), strict=True))
    said = _stated(statements)
    basis = {**dict.fromkeys(seconds, "inferred"), **dict.fromkeys(said, "stated")}
    seconds |= said
    at = {hour: i for i, hour in enumerate(hours.tolist())}
    row = [at.get(hour, -1) for hour in sorted(seconds)]
    nearest = np.clip(np.searchsorted(hours, sorted(seconds), side="right") - 1, 0, None)
    received = heard.column("received").to_pylist()
    dropped = _dropped(statements)
    values = {
        "hour": pa.array(np.array(sorted(seconds)) * coverage.HOUR_US).cast(pa.timestamp("us", tz="UTC")),
        "sensor": pa.array([name] * len(seconds), pa.string()),
        "seconds": [min(seconds[h], 3600.0) for h in sorted(seconds)],
        "addresses": pa.nulls(len(seconds), pa.int64()),
        "received": [received[i] if i >= 0 else 0 for i in row],
        "dropped": [dropped.get(h, 0) if basis[h] == "stated" else None for h in sorted(seconds)],
        "clock_offset_s": pa.nulls(len(seconds), pa.float64()),
        "capabilities": heard.column("capabilities").take(pa.array(nearest)),
        "editions": heard.column("editions").take(pa.array(nearest)),
        "basis": [basis[h] for h in sorted(seconds)],
    }
    return pa.table(values).cast(spec("coverage").schema)


def _stated(statements: Sequence[Statement]) -> dict[int, float]:
    usable = [s for s in statements if s.end > s.start]
    if not usable:
        return {}
    starts = np.array([moment(s.start) for s in usable]).astype(np.int64)
    ends = np.array([moment(s.end) for s in usable]).astype(np.int64)
    seen = coverage.stated(starts, ends)
    return dict(zip(seen.hours.tolist(), seen.seconds.tolist(), strict=True))


def _dropped(statements: Sequence[Statement]) -> dict[int, int]:
    """Stated drops, told in the hour in which the statement ends: that is when the counter was read."""
    dropped: dict[int, int] = {}
    for statement in statements:
        hour = int(moment(statement.end).astype(np.int64)) // coverage.HOUR_US
        dropped[hour] = dropped.get(hour, 0) + statement.dropped
    return dropped
