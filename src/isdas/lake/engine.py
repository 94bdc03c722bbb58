"""
The query engine: runs portable SQL over snapshots of tables.

The SQL of the lake keeps to what DuckDB and Spark both understand; where they differ it uses Spark's names, which
`DuckEngine` defines as macros.
"""

import re
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

import duckdb
import pyarrow as pa

from isdas.lake.delta import DataFile, Table
from isdas.lake.mishap import telling

_MACROS = """
CREATE MACRO unix_micros(t) AS epoch_us(t);
CREATE MACRO timestamp_micros(n) AS make_timestamptz(n);
CREATE MACRO collect_set(x) AS list(DISTINCT x) FILTER (x IS NOT NULL);
CREATE MACRO sort_array(x) AS list_sort(x);
CREATE MACRO array_join(x, y) AS array_to_string(x, y);
"""

Bound = Mapping[str, tuple[Table, Sequence[DataFile]]]
"""Tables by the name under which SQL sees them, each with the files to read."""


class Engine(Protocol):
    """What an engine must do: see tables as views by name, and answer SQL with Arrow."""

    def query(self, sql: str, tables: Bound, frames: Mapping[str, pa.Table] | None = None) -> pa.Table:
        """Run one SELECT over the named files of the named tables, and over Arrow tables in memory."""
        ...


class DuckEngine:
    """
    DuckDB in this process; its queries run one after another.

    Args:
        spill: folder for what does not fit in memory; made when it is needed.
        threads: how many; 0 takes every core.
    """

    def __init__(self, spill: Path, *, threads: int = 0) -> None:
        # Order is asked for where it matters.
        settings: dict[str, str | bool | int | float | list[str]] = {
            "temp_directory": str(spill),
            "preserve_insertion_order": False,
        }
        if threads:
            settings["threads"] = threads
        self._spill = spill
        self._connection = duckdb.connect(":memory:", config=settings)
        self._connection.execute("SET TimeZone = 'UTC'")
        self._connection.execute(_MACROS)
        self._lock = threading.Lock()

    def query(self, sql: str, tables: Bound, frames: Mapping[str, pa.Table] | None = None) -> pa.Table:
        """
        Run one SELECT over the named files of the named tables, and over Arrow tables in memory.

        Raises:
            LakeError: a file is missing or broken, or memory and disk do not suffice.
        """
        where = next((table.path for table, _ in tables.values()), self._spill)
        # Views share one catalogue, so queries of several threads must not rename each other's tables.
        with self._lock, telling("read", where):
            seen = dict(frames or {})
            try:
                for name, (table, files) in tables.items():
                    if table.widened or not files:
                        seen[f"empty_{name}"] = table.spec.schema.empty_table()
                for name, frame in seen.items():
                    self._connection.register(name, frame)
                for name, (table, files) in tables.items():
                    self._connection.execute(f"CREATE OR REPLACE VIEW {name} AS {_body(name, table, files)}")
                return self._connection.sql(sql).to_arrow_table()
            finally:
                for name in seen:
                    self._connection.unregister(name)


def _body(name: str, table: Table, files: Sequence[DataFile]) -> str:
    """The SELECT that a table's view stands for."""
    if not files:
        return f"SELECT * FROM empty_{name}"
    listed = ", ".join("'" + _literal(path) + "'" for path in table.paths(files))
    source = f"read_parquet([{listed}], hive_partitioning = false"
    if table.widened:
        return f"SELECT * FROM {source}, union_by_name = true) UNION ALL BY NAME SELECT * FROM empty_{name}"
    return f"SELECT * FROM {source})"


def _literal(path: str) -> str:
    """A path in SQL that stands for itself, whatever signs of a pattern are in it."""
    return re.sub(r"([\[*?])", r"[\1]", path).replace("'", "''")
