"""
The NICT Darknet Dataset 2022, with a header line or without (https://csdataset.nict.go.jp/darknet-2022).

What its columns mean is in the profile of its name; here it is recognised. A file is a day of Japan Standard Time, so
it goes from 15:00 to 15:00 UTC; its times count from 1970 and need no zone.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from isdas.formats.batch import Work
from isdas.formats.context import Context
from isdas.formats.csv import read_csv
from isdas.formats.profile import load_profile
from isdas.model.columns import Capability

NAME = "nict-darknet-2022"
CAPABILITIES = Capability.TCP | Capability.TCP_FLAGS

_HEADER = b"timestamp,hash[ip.src.upper16],hash[ip.src.32],ip.dst.lower16,tcp.dstport"
_ROW = re.compile(
    # Seconds of 2001 to 2286, two hashes, two numbers of 16 bits.
    rb"[1-9]\d{9}(?:\.\d+)?,(?P<upper>[0-9A-Za-z+/=_-]{4,128}),(?P<whole>[0-9A-Za-z+/=_-]{4,128}),\d{1,5},\d{1,5}"
)
_LINES = 100


def sniff(head: bytes) -> bool:
    """Whether a file begins with the header of the data set, or with lines of nothing but its five columns."""
    text = head.removeprefix(b"\xef\xbb\xbf")
    if text.split(b"\n", 1)[0].strip().replace(b" ", b"").replace(b'"', b"") == _HEADER:
        return True
    lines = [line.rstrip(b"\r") for line in text.split(b"\n")[:_LINES]]
    # The last line may be cut, or what follows the last line end.
    whole = lines[:-1] if len(lines) < _LINES else lines
    found = [_ROW.fullmatch(line) for line in whole]
    return bool(found) and all(_hashes(row) for row in found)


def _hashes(row: re.Match[bytes] | None) -> bool:
    """Whether the second and third column of a line look like hashes: of one length and not the same."""
    return row is not None and len(row["upper"]) == len(row["whole"]) and row["upper"] != row["whole"]


def read(path: Path, context: Context) -> Iterator[Work]:
    """
    The packets of a file, as `isdas.formats.csv.read_csv` gives them.

    Raises:
        InputRefused: as `read_csv`.
    """
    return read_csv(path, load_profile(NAME))
