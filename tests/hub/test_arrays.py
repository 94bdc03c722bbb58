"""From rows of the tables to arrays."""

import numpy as np
import pyarrow as pa

from isdas.hub.arrays import coded, hours_after, integers, share_of_hour
from isdas.model.time import HOUR_US


def test_rows_become_arrays() -> None:
    """Numbers with 0 for null, hours after a first one, shares of an hour, and codes of names with -1 for null."""
    rows = pa.table(
        {
            "hour_us": [10 * HOUR_US, 12 * HOUR_US],
            "asn": pa.array([None, 64500], pa.int64()),
            "seconds": [3600.0, 900.0],
            "tool": ["zmap", None],
        }
    )
    assert integers(rows, "asn").tolist() == [0, 64500]
    assert hours_after(rows, np.datetime64(9, "h")).tolist() == [1, 3]
    assert share_of_hour(rows).tolist() == [1.0, 0.25]
    codes, names = coded(rows, "tool", more=["masscan"])
    assert (codes.tolist(), names) == ([1, -1], ("masscan", "zmap"))
