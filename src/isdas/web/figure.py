"""
Published figures by their canonical names: which series a name asks for, with the onsets of surges marked.
"""

from collections.abc import Sequence
from dataclasses import replace

from isdas.config import Config
from isdas.graphs.figure import Figure, csv, figure, json, png, svg
from isdas.graphs.mark import Mark, onset_mark
from isdas.graphs.name import Name, default_bin_hours
from isdas.lake.lake import Lake
from isdas.lake.query import OTHER, series
from isdas.model.errors import IsdasError
from isdas.model.series import Series

MEDIA = {"png": "image/png", "svg": "image/svg+xml", "csv": "text/csv", "json": "application/json"}
"""The forms a figure is served in, by suffix."""


def drawn(
    lake: Lake,
    name: Name,
    config: Config,
    *,
    measure: str = "packets-per-sensor",
    kind: str = "scan",
    keys: Sequence[str] = (),
    log: bool = False,
    sensors: Sequence[str] = (),
) -> Figure:
    """
    The figure that a canonical name stands for, by the published definitions unless told otherwise.

    Onsets are those of the fleet's surges, also in a figure of some sensors.

    Raises:
        IsdasError: no key, measure or language of that name.
    """
    shown = series(
        lake,
        name.period,
        by=name.by,
        port=name.port,
        measure=measure,
        kind=kind,
        bin_hours=default_bin_hours(name.period),
        keys=keys,
        sensors=sensors,
    )
    if name.by == "port" and not name.port:
        # The published figure is of the top five ports alone; what is left of the fleet's traffic would dwarf them.
        shown = without(shown, OTHER)
    return figure(shown, language=name.language, config=config.graphs, marks=_marks(lake, name, config), log=log)


def without(shown: Series, key: str) -> Series:
    """The same series without one of its keys."""
    kept = [row for row, name in enumerate(shown.keys) if name != key]
    return replace(shown, keys=tuple(shown.keys[row] for row in kept), values=shown.values[kept])


def _marks(lake: Lake, name: Name, config: Config) -> tuple[Mark, ...]:
    """The onsets of the broad surges of the figure's port that lie within its period."""
    return tuple(
        onset_mark(surge, config.paper, language=name.language)
        for surge in lake.records.surges()
        if surge.verdict == "broad"
        and str(name.port) in surge.ports
        and name.period.start <= surge.onset_at < name.period.end
    )


def rendered(picture: Figure, suffix: str) -> bytes:
    """
    A figure as the bytes of a file.

    Raises:
        IsdasError: no such form.
    """
    if suffix == "png":
        return png(picture)
    forms = {"svg": svg, "csv": csv, "json": json}
    if suffix not in forms:
        raise IsdasError(f"a figure cannot be a .{suffix}; there are {', '.join(MEDIA)}")
    return forms[suffix](picture).encode()
