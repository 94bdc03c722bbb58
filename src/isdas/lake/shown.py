"""
Shown: what could have borne the label of a tool, which is what the tool's share is a share of.

Which tool needs what is said in isdas.model.tool.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from isdas.lake.clause import Grid, quoted
from isdas.lake.lake import Lake
from isdas.model.tool import masks

NO_TOOL = "none"
"""The key of packets that bear no tool's label, though they could show one."""

_Floats = npt.NDArray[np.float64]
_DISTINCT = "count(DISTINCT (source_high, source_low))"


def shown(lake: Lake, grid: Grid, where: str, measure: str, keys: Sequence[str]) -> _Floats:
    """
    Packets, or distinct sources, that could show each tool: float64[k, b]; NaN for keys that are no tool.

    Args:
        where: SQL of which packets count.
        measure: a key of `model.series.MEASURES`.
        keys: names of tools, NO_TOOL, and others.
    """
    values = np.full((len(keys), len(grid.bins)), np.nan)
    able = {i: could for i, key in enumerate(keys) if (could := _could(key))}
    if not able:
        return values
    table, counted = ("sightings", _DISTINCT) if measure == "sources" else ("counts", "sum(packets)")
    sums = ", ".join(f"CAST({counted} FILTER (WHERE {could}) AS DOUBLE) AS of_{i}" for i, could in able.items())
    statement = f"SELECT {grid.place} AS bin, {sums} FROM {table} WHERE {grid.within} AND {where} GROUP BY {grid.place}"
    rows = lake.ask(statement, table, grid.period)
    for i in able:
        values[i] = 0.0
        values[i, rows.column("bin").to_numpy()] = rows.column(f"of_{i}").fill_null(0.0).to_numpy()
    return values


def _could(key: str) -> str:
    """SQL: whether a row's packets could have borne a label; empty for keys of which that cannot be said."""
    if key == NO_TOOL:
        return "tool IS NOT NULL"
    each = [
        f"protocol = {protocol} AND (capabilities & {mask}) = {mask}" for protocol, mask in sorted(masks(key).items())
    ]
    # No tool is known of a packet that shows none for another reason, such as IPv6 or a header that was cut.
    return f"tool = {quoted(key)} OR (tool IS NOT NULL AND ({' OR '.join(each)}))" if each else ""
