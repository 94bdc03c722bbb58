"""
A small profile and the files that it fits.
"""

import gzip
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from isdas.formats.batch import Refusal
from isdas.formats.csv import read_csv
from isdas.formats.profile import Profile, parse_profile
from isdas.model.packets import Packets
from isdas.model.tally import Tally

TOML = """
name = "small"
capabilities = ["TCP", "TTL"]
[time]
column = "when"
[source]
column = "src"
[protocol]
column = "proto"
[columns]
sensor = "sensor"
port = "dport"
source_port = "sport"
icmp_type = "type"
ttl = "ttl"
"""


@pytest.fixture(scope="session")
def small() -> str:
    """A profile as TOML text."""
    return TOML


@pytest.fixture(scope="session")
def profile() -> Profile:
    """The same profile, parsed."""
    return parse_profile(TOML, "small.toml")


@pytest.fixture
def take(tmp_path: Path, profile: Profile) -> Callable[..., tuple[list[dict[str, Any]], Tally, list[Refusal]]]:
    """Read a CSV with the given content: the rows, the tally and the refusals of all batches."""

    def _take(
        content: bytes, by: Profile = profile, packed: bool = False
    ) -> tuple[list[dict[str, Any]], Tally, list[Refusal]]:
        path = tmp_path / "file.csv"
        path.write_bytes(gzip.compress(content) if packed else content)
        batches = [work() for work in read_csv(path, by)]
        tally = Tally()
        for batch in batches:
            batch.packets.table.validate(full=True)
            assert batch.tally.reconciles
            assert batch.tally.refused.total() == len(batch.refusals)
            tally.add(batch.tally)
        rows = Packets.concat(batch.packets for batch in batches).table.to_pylist()
        return rows, tally, [refusal for batch in batches for refusal in batch.refusals]

    return _take


@pytest.fixture
def take_log(tmp_path: Path) -> Callable[..., tuple[list[dict[str, Any]], Tally, list[Refusal]]]:
    """Read a netfilter log with the given content: the rows without nulls, the tally and the refusals."""
    from datetime import UTC, datetime
    from zoneinfo import ZoneInfo

    from isdas.formats.context import Context
    from isdas.formats.netfilter import read

    def _take(
        content: bytes, zone: str = "UTC", written_at: datetime | None = None
    ) -> tuple[list[dict[str, Any]], Tally, list[Refusal]]:
        path = tmp_path / "kern.log"
        path.write_bytes(content)
        written_at = written_at or datetime(2026, 7, 1, tzinfo=UTC)
        batches = [work() for work in read(path, Context(zone=ZoneInfo(zone), written_at=written_at))]
        tally = Tally()
        for batch in batches:
            batch.packets.table.validate(full=True)
            assert batch.tally.reconciles
            assert batch.tally.stored == len(batch.packets)
            assert batch.tally.refused.total() == len(batch.refusals)
            tally.add(batch.tally)
        rows = Packets.concat(batch.packets for batch in batches).table.to_pylist()
        known = [{name: value for name, value in row.items() if value is not None} for row in rows]
        return known, tally, [refusal for batch in batches for refusal in batch.refusals]

    return _take


def _in_one_pass() -> set[str]:
    """The modules of the formats that say that they need one pass."""
    from isdas.formats.registry import FORMATS

    return {f"isdas.formats.{each.module}" for each in FORMATS if each.one_pass}


@pytest.fixture
def taken(tmp_path: Path) -> Callable[..., tuple[list[dict[str, Any]], Tally, list[Refusal]]]:
    """
    Read content with the reader of a format: the rows without nulls, the tally and the refusals.

    Where the format says that it needs one pass, it is read so too, with the same result.
    """
    from isdas.formats.context import Context
    from isdas.formats.one_pass import Content, OnePass

    def _taken(
        read: Callable[..., Any], content: bytes, context: Context | None = None, **options: Any
    ) -> tuple[list[dict[str, Any]], Tally, list[Refusal]]:
        path = tmp_path / "file"
        path.write_bytes(content)
        found = _read(read, path, context, **options)
        if getattr(read, "__module__", None) in _in_one_pass():
            assert _read(read, OnePass.of(Content(BytesIO(content).read)), context, **options) == found
        return found

    def _read(
        read: Callable[..., Any], path: Path, context: Context | None, **options: Any
    ) -> tuple[list[dict[str, Any]], Tally, list[Refusal]]:
        tally, refusals, rows = Tally(), [], []
        for batch in [work() for work in read(path, context or Context(), **options)]:
            batch.packets.table.validate(full=True)
            assert batch.tally.reconciles
            assert batch.tally.stored == len(batch.packets)
            assert batch.tally.refused.total() == len(batch.refusals)
            tally.add(batch.tally)
            refusals += batch.refusals
            rows += batch.packets.table.to_pylist()
        return [{k: v for k, v in row.items() if v is not None} for row in rows], tally, refusals

    return _taken
