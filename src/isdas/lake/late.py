"""
Late packets of hours whose sightings are gone: what they add to the counts and the activity that stand.

Who had been seen in such an hour is not known any more. Packets are added; sources of counts too, which is an upper
bound where a source had been seen before; sources of activity come from the sketches, as over longer periods.
"""

import numpy as np
import pyarrow as pa

from isdas.lake import sketch
from isdas.lake.tables import spec


def added_counts(present: pa.Table, late: pa.Table) -> pa.Table:
    """Rows of the table counts that stand, and those of late packets, as one row for each key."""
    table = spec("counts")
    both = pa.concat_tables([rows.cast(table.schema) for rows in (present, late)])
    sums = [("packets", "sum"), ("sources", "sum"), ("first_at", "min"), ("last_at", "max")]
    found = pa.TableGroupBy(both, list(table.key)).aggregate(sums)
    found = found.rename_columns([_plain(name) for name in found.column_names])
    return found.select(table.schema.names).cast(table.schema)


def added_activity(present: pa.Table, late: pa.Table) -> pa.Table:
    """Rows of the table activity that stand, and those of late packets, as one row for each key."""
    table = spec("activity")
    both = pa.concat_tables([rows.cast(table.schema) for rows in (present, late)]).combine_chunks()
    place = pa.array(np.arange(both.num_rows))
    groups = pa.TableGroupBy(both.select([*table.key, "packets"]).append_column("place", place), list(table.key))
    found = groups.aggregate([("packets", "sum"), ("place", "list")])
    members = found.column("place_list").combine_chunks()
    members = members if isinstance(members, pa.ListArray) else pa.concat_arrays(members.chunks)
    group = np.repeat(np.arange(found.num_rows), np.diff(members.offsets.to_numpy()))
    sketches = both.column("sketch").combine_chunks()
    sketches = pa.concat_arrays(sketches.chunks) if isinstance(sketches, pa.ChunkedArray) else sketches
    united = sketch.union(sketches.take(members.flatten()), group)
    found = found.drop_columns(["place_list"]).rename_columns([*table.key, "packets"])
    sources = np.round(sketch.estimate(united)).astype(np.int64)
    found = found.append_column("sources", pa.array(sources)).append_column("sketch", united)
    return found.select(table.schema.names).cast(table.schema)


def _plain(name: str) -> str:
    """The column that an aggregate is of."""
    for ending in ("_sum", "_min", "_max"):
        name = name.removesuffix(ending)
    return name
