"""
Settings of the alerts: who issues them and how they are set.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Config:
    """The issuer, the addresses printed in an alert, and the width of its lines."""

    organisation_en: str = field(
        default="ISDAS Alert Desk", metadata={"doc": "Name of the issuing organisation in English texts."}
    )
    organisation_ja: str = field(
        default="ISDAS 注意喚起担当", metadata={"doc": "Name of the issuing organisation in Japanese texts."}
    )
    abbreviation: str = field(
        default="ISDAS", metadata={"doc": "Short name of the issuer, as in the line <<< ISDAS Alert 2008-11-04 >>>."}
    )
    system_en: str = field(
        default="Internet Scan Data Acquisition System (ISDAS)",
        metadata={"doc": "Name of the observing system in English texts."},
    )
    system_ja: str = field(
        default="インターネット定点観測システム (ISDAS)",
        metadata={"doc": "Name of the observing system in Japanese texts."},
    )
    system_short: str = field(default="ISDAS", metadata={"doc": "Short name of the observing system."})
    number_prefix: str = field(
        default="ISDAS-AT", metadata={"doc": "What alert numbers begin with, as in ISDAS-AT-2008-0001."}
    )
    site_url: str = field(
        default="http://127.0.0.1:8445", metadata={"doc": "Address of the public site, without a slash at the end."}
    )
    mail: str = field(default="alert@isdas.example.org", metadata={"doc": "Mail address in the contact footer."})
    tel: str = field(default="+1-202-555-0143", metadata={"doc": "Telephone number in the contact footer."})
    fax: str = field(default="+1-202-555-0144", metadata={"doc": "Fax number in the contact footer; empty for none."})
    contact_url: str = field(
        default="https://isdas.example.org/",
        metadata={"doc": "Address of the issuer's own site in the contact footer."},
    )
    zone: str = field(
        default="Asia/Tokyo",
        metadata={"doc": "Time zone of dates in alerts: that of the top-level `zone`, which sets it."},
    )
    line_width: int = field(default=70, metadata={"doc": "Longest line in columns; a full-width character takes two."})
    home_region: str = field(
        default="JP", metadata={"doc": "ISO 3166-1 code of the region that alerts call by its inside name."}
    )
    home_en: str = field(default="inside Japan", metadata={"doc": "What English texts call the home region."})
    home_ja: str = field(default="日本国内", metadata={"doc": "What Japanese texts call the home region."})
    recent_days: int = field(
        default=90, metadata={"doc": "Days after publication for which a vulnerability counts as recent."}
    )
    max_candidates: int = field(default=2, metadata={"doc": "How many possible causes the public text names at most."})
