"""Settings of the labels."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Config:
    """Which lookups label the sources."""

    country_file: str = field(
        default="", metadata={"doc": "MaxMind-format (.mmdb) country file, asked last; empty takes the iptocc package."}
    )
    asn_file: str = field(
        default="",
        metadata={"doc": "MaxMind-format (.mmdb) AS file, asked first for the AS."},
    )
    range_file: str = field(
        default="",
        metadata={"doc": "Range table, CSV or .npz: start,end,country,asn. Says the region before the others do."},
    )
    location_file: str = field(
        default="",
        metadata={"doc": "IPFire's location.db, or location.db.xz: regions and AS numbers, asked after range_file."},
    )
    scanner_register: str = field(
        default="",
        metadata={"doc": "Lists of research scanners, commas between; empty takes the shipped edition, `none` none."},
    )
