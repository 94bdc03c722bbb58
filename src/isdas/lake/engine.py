"""
The query engine: runs portable SQL over snapshots of tables.

The SQL of the lake keeps to what DuckDB and Spark both understand; where they differ it uses Spark's names, which
`DuckEngine` defines as macros.
"""

import threading
from collections.abc import Mapping, Sequence
from typing import Protocol

import duckdb
import pyarrow as pa

from isdas.lake.delta import DataFile, Table

_MACROS = """
CREATE MACRO unix_micros(t) AS epoch_us(t);
CREATE MACRO timestamp_micros(n) AS make_timestamptz(n);
"""


Bound = Mapping[str, tuple[Table, Sequence[DataFile]]]
"""Tables by the name under which SQL sees them, each with the files to read."""


class Engine(Protocol):
    """What an engine must do: see tables as views by name, and answer SQL with Arrow."""

    def query(self, sql: str, tables: Bound, frames: Mapping[str, pa.Table] | None = None) -> pa.Table:
        """Run one SELECT over the named files of the named tables, and over Arrow tables in memory."""
        ...


class DuckEngine:
    """DuckDB in this process; one connection, a cursor and views of its own per query."""

    def __init__(self, *, threads: int = 0) -> None:
        self._connection = duckdb.connect(":memory:", config={"threads": threads} if threads else {})
        self._connection.execute(_MACROS)
        self._lock = threading.Lock()

    def query(self, sql: str, tables: Bound, frames: Mapping[str, pa.Table] | None = None) -> pa.Table:
        """Run one SELECT over the named files of the named tables, and over Arrow tables in memory."""
        # Views share one catalogue, so queries of several threads must not rename each other's tables.
        with self._lock:
            for name, (table, files) in tables.items():
                self._bind(name, table, files)
            for name, frame in (frames or {}).items():
                self._connection.register(name, frame)
            return self._connection.sql(sql).to_arrow_table()

    def _bind(self, name: str, table: Table, files: Sequence[DataFile]) -> None:
        if not files or table.widened:
            self._connection.register(f"empty_{name}", table.spec.schema.empty_table())
        if not files:
            self._connection.execute(f"CREATE OR REPLACE VIEW {name} AS SELECT * FROM empty_{name}")
            return
        listed = ", ".join("'" + path.replace("'", "''") + "'" for path in table.paths(files))
        source = f"read_parquet([{listed}], hive_partitioning = false"
        if table.widened:
            body = f"SELECT * FROM {source}, union_by_name = true) UNION ALL BY NAME SELECT * FROM empty_{name}"
        else:
            body = f"SELECT * FROM {source})"
        self._connection.execute(f"CREATE OR REPLACE VIEW {name} AS {body}")
