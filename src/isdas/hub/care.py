"""
What the operator of the tables wants to know.
"""

from isdas.lake.lake import Lake
from isdas.lake.tables import NAMES


def status(lake: Lake) -> list[dict[str, object]]:
    """Rows, files, bytes on disk and version of each table."""
    found: list[dict[str, object]] = []
    for name in NAMES:
        table = lake.table(name)
        files = table.files()
        size = sum((table.path / f.path).stat().st_size for f in files)
        rows = sum(f.rows for f in files)
        found.append({"table": name, "rows": rows, "files": len(files), "bytes": size, "version": table.version})
    return found
