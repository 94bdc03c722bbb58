"""Tests of isdas.lake.engine."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from isdas.lake.config import Config
from isdas.lake.engine import DuckEngine
from isdas.lake.lake import Lake
from isdas.model.errors import LakeError
from isdas.model.packets import Packets

Make = Callable[..., Packets]
Do = Callable[..., Any]
AT = datetime(2008, 10, 30, 13, 0, 0, 5, tzinfo=UTC)


@pytest.fixture
def engine(tmp_path: Path) -> DuckEngine:
    """An engine without tables."""
    return DuckEngine(tmp_path / "spill", threads=1)


def one(engine: DuckEngine, expression: str) -> Any:
    """The value of an expression."""
    return engine.query(f"SELECT {expression} AS x FROM given", {}, {"given": pa.table({"t": [AT]})})["x"][0].as_py()


def test_times_are_utc_microseconds(engine: DuckEngine) -> None:
    """Times go to whole microseconds and back, in UTC, wherever the machine stands."""
    micros = int(AT.timestamp()) * 1_000_000 + 5
    assert one(engine, "unix_micros(t)") == micros
    assert one(engine, f"timestamp_micros({micros})") == AT
    found = engine.query(f"SELECT timestamp_micros({micros}) AS x", {})
    assert found.schema.field("x").type == pa.timestamp("us", tz="UTC")


def test_texts_are_collected_as_spark_does(engine: DuckEngine) -> None:
    """The distinct texts of a group, without nulls, in order, joined."""
    given = {"given": pa.table({"t": ["b", None, "a", "b"]})}
    sql = "SELECT array_join(sort_array(collect_set(t)), ';') AS x FROM given"
    assert engine.query(sql, {}, given)["x"].to_pylist() == ["a;b"]


def test_an_empty_table_has_its_columns(lake: Lake) -> None:
    """A table without files answers with no rows and all its columns."""
    found = lake.ask("SELECT * FROM sightings", "sightings")
    assert (found.num_rows, found.column_names) == (0, lake.table("sightings").spec.schema.names)


def test_frames_are_let_go(engine: DuckEngine) -> None:
    """What was handed in for one query is not there in the next."""
    engine.query("SELECT * FROM given", {}, {"given": pa.table({"a": [1]})})
    with pytest.raises(duckdb.CatalogException):
        engine.query("SELECT * FROM given", {})


@pytest.mark.parametrize("name", ["it's", 'quo"te', "a [b] *c?", "日本"])
def test_any_folder_name_will_do(tmp_path: Path, name: str, packets_of: Make, take: Do, rows_of: Do) -> None:
    """A data directory may have quotes, the signs of patterns and any script in its name."""
    lake = Lake(tmp_path / name, Config(threads=1))
    take(lake, ("1", packets_of([0.1, 30.2])))
    take(lake, ("2", packets_of([0.3])))
    assert len(rows_of(Lake(tmp_path / name), "packets")) == 3


@pytest.mark.parametrize("content", [None, b"", b"no parquet at all"], ids=["missing", "empty", "text"])
def test_a_broken_file_is_told_by_name(
    lake: Lake, packets_of: Make, take: Do, rows_of: Do, content: bytes | None
) -> None:
    """A query over a missing or broken file ends in an error that names it."""
    take(lake, ("1", packets_of([0.1])))
    path = lake.table("counts").path / lake.files("counts")[0].path
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(LakeError, match=path.name):
        rows_of(lake, "counts")


def test_a_mistake_in_the_sql_is_no_mishap(lake: Lake) -> None:
    """A wrong column is a fault of the program and stays one."""
    with pytest.raises(duckdb.BinderException):
        lake.ask("SELECT colour FROM counts", "counts")


def test_threads_do_not_mix_tables_up(new_lake: Callable[[str], Lake], packets_of: Make, take: Do) -> None:
    """Many threads that ask two lakes' tables of one name through one engine each get their own rows."""
    one, other = new_lake("one"), new_lake("other")
    take(one, ("1", packets_of([0.1])))
    take(other, ("1", packets_of([0.1, 0.2])))
    engine = one.engine

    def count(lake: Lake) -> int:
        bound = {"packets": (lake.table("packets"), lake.files("packets"))}
        return int(engine.query("SELECT count(*) AS n FROM packets", bound)["n"][0].as_py())

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(count, [one, other] * 100)) == [1, 2] * 100
