"""
Who the new sources of each surge were, as sketches: kept as long as the surge, when sightings are long gone.
"""

from collections.abc import Collection, Mapping

from sqlalchemy import JSON, String, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from isdas.lake.database import Database, Row
from isdas.model.source_sketch import SourceSketch


class _SurgeSourcesRow(Row):
    """The new sources of a surge: how many they and their networks are, and the smallest hashes of each."""

    __tablename__ = "surge_sources"
    surge: Mapped[str] = mapped_column(String(100), primary_key=True)
    sources: Mapped[int]
    networks: Mapped[int]
    by_source: Mapped[list[int]] = mapped_column(JSON)
    by_network: Mapped[list[int]] = mapped_column(JSON)


def put(database: Database, sketches: Mapping[str, SourceSketch], *, surges: Collection[str]) -> None:
    """Keep sketches by the identifier of their surge, and forget those of surges that are not kept any more."""
    with database.writing() as session:
        for gone in {*session.scalars(select(_SurgeSourcesRow.surge))} - {*surges}:
            session.execute(delete(_SurgeSourcesRow).where(_SurgeSourcesRow.surge == gone))
        for surge, one in sketches.items():
            rows = {"by_source": list(one.by_source), "by_network": list(one.by_network)}
            session.merge(_SurgeSourcesRow(surge=surge, sources=one.sources, networks=one.networks, **rows))


def sketches(database: Database) -> dict[str, SourceSketch]:
    """All that are kept, by the identifier of their surge."""
    with database.reading() as session:
        return {
            row.surge: SourceSketch(row.sources, row.networks, tuple(row.by_source), tuple(row.by_network))
            for row in session.scalars(select(_SurgeSourcesRow))
        }
