"""
Tables with a profile: the reader for each kind.

It does not choose the profile.
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from isdas.formats.batch import Work
from isdas.formats.csv import read_csv
from isdas.formats.profile import Profile
from isdas.formats.profiled_json import read_json
from isdas.formats.profiled_parquet import read_parquet

READERS: Mapping[str, Callable[[Path, Profile], Iterator[Work]]] = {
    "csv": read_csv,
    "json": read_json,
    "parquet": read_parquet,
}
"""Kinds of profiled files to their readers."""


def read_profiled(path: Path, profile: Profile) -> Iterator[Work]:
    """
    The packets of a file as its profile says.

    Raises:
        InputRefused: what the reader of the profile's kind refuses files for, at the latest before the first stretch.
    """
    return READERS[profile.kind](path, profile)
