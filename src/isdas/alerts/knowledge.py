"""
What is known of ports: the service, what could be exploited there and since when, and what to do about it.

A possible cause is offered only if it was public before the rise began. The knowledge never says that a cause is
likely: bulletins come out every month, so that one came out shortly before a rise is weak evidence by itself.
"""

import re
import tomllib
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from isdas.model.errors import ConfigError, IsdasError
from isdas.model.port import Port

_SHIPPED = Path(__file__).with_name("knowledge")
_BULLETIN = re.compile(r"MS(\d{2})-\d{3}", re.ASCII)


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Reference(_Entry):
    """A document to read; *published* keeps it out of alerts that are older than it."""

    publisher: str = ""
    title_en: str
    title_ja: str = ""
    url: str
    url_ja: str = ""
    published: date | None = None


class Measure(_Entry):
    """One thing to do, as a sentence in each language."""

    en: str
    ja: str


class Candidate(_Entry):
    """
    A possible cause of scans.

    Attributes:
        kind: ``vulnerability``, or ``activity`` for what needs none, such as guessing passwords.
        label: what the text puts in brackets, such as ``MS08-067``.
        ids: identifiers of vendors, CVE and JVN.
        published: when it became public; None only for an activity that has always been there.
        exploit_public: when working exploit code became public, where that is known.
        wormable: whether it can spread from host to host without help.
        release: whether an update or only the description was published on that day.
        name_en, name_ja: the vulnerability, or the activity, as a noun.
        against_en, against_ja: what would count against this cause, as a sentence.
        remedy_en, remedy_ja: the countermeasure that it calls for.
        tool: header fingerprint that fits it, if any.
        products: what it concerns.
    """

    kind: Literal["vulnerability", "activity"]
    label: str = ""
    ids: tuple[str, ...] = ()
    published: date | None = None
    exploit_public: date | None = None
    wormable: bool = False
    release: Literal["update", "disclosure"] = "update"
    name_en: str
    name_ja: str
    against_en: str
    against_ja: str
    remedy_en: str
    remedy_ja: str
    tool: str = ""
    products: tuple[str, ...] = ()
    references: tuple[Reference, ...] = ()

    @model_validator(mode="after")
    def _check(self) -> "Candidate":
        if self.kind == "vulnerability" and (self.published is None or not self.label):
            raise ValueError("a vulnerability needs its label and the day it was published")
        return self

    def days_before(self, day: date) -> int | None:
        """Days from publication to *day*; None for what has no date."""
        return None if self.published is None else (day - self.published).days

    def freshest(self, day: date) -> date | None:
        """The later of publication and exploit, as far as it lies before *day*."""
        dates = [d for d in (self.published, self.exploit_public) if d is not None and d < day]
        return max(dates, default=None)

    def reading(self, until: date) -> list[Reference]:
        """Its references that were public on *until*, the vendor's bulletin or else the CVE record first."""
        listed = [r for r in self.references if (r.published or self.published or until) <= until]
        bulletins = [_bulletin(i) for i in self.ids if _BULLETIN.fullmatch(i)]
        records = [_record(i) for i in self.ids if i.startswith("CVE-")]
        return (bulletins or records[:1]) + listed


class Service(_Entry):
    """
    What runs on a port.

    Attributes:
        iana: the registered name; it says nothing about what the packets really are.
        name_en, name_ja: the service as people know it.
        outbound: whether the way out should be closed (``block``) or kept to the hosts that need it (``limit``).
        candidates: keys of possible causes.
        measures: further countermeasures of this service.
    """

    iana: str = ""
    name_en: str
    name_ja: str
    outbound: Literal["block", "limit"] = "limit"
    candidates: tuple[str, ...] = ()
    measures: tuple[Measure, ...] = ()
    references: tuple[Reference, ...] = ()


class Knowledge(_Entry):
    """Services by port and possible causes by key, checked against each other."""

    services: dict[str, Service] = {}
    candidates: dict[str, Candidate] = {}

    @model_validator(mode="after")
    def _check(self) -> "Knowledge":
        for port, service in self.services.items():
            try:
                canonical = str(Port.parse(port))
            except IsdasError as error:
                raise ValueError(str(error)) from None
            if canonical != port:
                raise ValueError(f"port {port!r} is written {canonical!r}")
            for key in service.candidates:
                if key not in self.candidates:
                    raise ValueError(f"port {port} names the candidate {key!r}, which is nowhere described")
        return self

    def service(self, port: str) -> Service | None:
        """What is known of *port*, or None."""
        return self.services.get(port)

    def published_before(self, ports: Iterable[str], day: date) -> list[Candidate]:
        """The possible causes of scans of *ports* that were public before *day*, in the order of the files."""
        keys = dict.fromkeys(key for port in ports if port in self.services for key in self.services[port].candidates)
        found = [self.candidates[key] for key in keys]
        return [c for c in found if c.published is None or c.published < day]


def load(path: Path | None = None) -> Knowledge:
    """
    The shipped knowledge; what stands in *path*, a TOML file or a folder of them, is added and goes first.

    Raises:
        ConfigError: a file cannot be read or is not of the form.
    """
    tables: dict[str, dict[str, object]] = {"services": {}, "candidates": {}}
    files = sorted(_SHIPPED.glob("*.toml"))
    if path is not None:
        files += sorted(path.glob("*.toml")) if path.is_dir() else [path]
    for file in files:
        for table, entries in _read(file).items():
            tables[table].update(entries)
    try:
        return Knowledge.model_validate(tables)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ConfigError(f"knowledge: {where}: {first['msg']}") from None


def _read(file: Path) -> dict[str, dict[str, object]]:
    try:
        tables = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{file}: {error}") from error
    if not set(tables) <= {"services", "candidates"} or not all(isinstance(t, dict) for t in tables.values()):
        raise ConfigError(f"{file}: only the tables [services] and [candidates] are known")
    return tables


def _bulletin(label: str) -> Reference:
    short = int(label[2:4])
    year = 1900 + short if short > 90 else 2000 + short
    tail = f"security-updates/securitybulletins/{year}/{label.lower()}"
    return Reference(
        publisher="Microsoft",
        title_en=f"Microsoft Security Bulletin {label}",
        title_ja=f"マイクロソフト セキュリティ情報 {label}",
        url=f"https://learn.microsoft.com/en-us/{tail}",
        url_ja=f"https://learn.microsoft.com/ja-jp/{tail}",
    )


def _record(cve: str) -> Reference:
    return Reference(publisher="CVE", title_en=cve, title_ja=cve, url=f"https://www.cve.org/CVERecord?id={cve}")
