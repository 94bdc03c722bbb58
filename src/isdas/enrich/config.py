"""Settings of the labels."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Config:
    """Which lookups label the sources."""

    country_file: str = field(
        default="", metadata={"doc": "MaxMind-format (.mmdb) country file; empty takes the iptocc package."}
    )
    asn_file: str = field(
        default="", metadata={"doc": "MaxMind-format (.mmdb) AS file; empty leaves the AS unknown (0)."}
    )
    range_file: str = field(
        default="",
        metadata={"doc": "Range table, CSV or .npz: start,end,country,asn. Says the region before the others do."},
    )
    scanner_register: str = field(
        default="",
        metadata={"doc": "Lists of research scanners, commas between; empty takes the shipped edition, `none` none."},
    )
