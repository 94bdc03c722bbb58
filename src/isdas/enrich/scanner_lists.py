"""
Lists of scanners in the forms that others publish, read to entries; what makes no sense is told by its line.

MISP warninglists and research-scanner objects, nftables sets of internet-scanners, Maltrail's mass scanners, and
registers of our own. Nothing is looked up or fetched.
"""

import gzip
import ipaddress
import json
import re
import tomllib
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from isdas.enrich.networks import Network, Networks
from isdas.model.errors import ConfigError

ACKNOWLEDGED, DISPUTED = "acknowledged", "disputed"
CLASSES = (ACKNOWLEDGED, DISPUTED)
"""Who says openly that they scan; and who says so but is reported as abusive by others."""

_WIDEST_FOUR, _WIDEST_SIX = 8, 19
"""The shortest prefixes that are taken: the largest blocks that registries give to one holder."""

_DEFINED = re.compile(r"(?:define\s+\w+\s*=|elements\s*=)\s*\{([^}]*)\}?", re.DOTALL)
_HOST = re.compile(r"\.?(?:[a-z0-9_-]+\.)+[a-z][a-z0-9-]*[a-z0-9]\.?")
_KINDS = frozenset(("ac", "co", "com", "edu", "go", "gov", "ne", "net", "or", "org"))
_PAGE = re.compile(r"https?://[^\s,\])]+")
_NFT = "internet-scanners"
_DOMAIN = re.compile(r"\b(?:[a-z0-9-]+\.)+[a-z]{2,}\b")


@dataclass(slots=True)
class Entry:
    """
    One organisation that scans.

    Attributes:
        name: what it is called.
        networks: where it scans from.
        scanner_class: one of CLASSES.
        sources: who says so: addresses of pages, or names of lists.
        since, until: the days between which it holds, if it does not always; the last is not included.
        suffixes: what the names of its hosts end with, in the reverse DNS.
    """

    name: str
    networks: Sequence[Network]
    scanner_class: str = ACKNOWLEDGED
    sources: list[str] = field(default_factory=list)
    since: date | None = None
    until: date | None = None
    suffixes: list[str] = field(default_factory=list)

    def names(self, host: str) -> bool:
        """Whether a host's name is one of the organisation's: whole labels count, so notshodan.io is not shodan.io."""
        labels = "." + host.rstrip(".").lower()
        return any(labels.endswith("." + suffix.strip(".").lower()) for suffix in self.suffixes)


@dataclass(slots=True)
class Listed:
    """
    What a file says.

    Attributes:
        entries: its organisations.
        odd: line (0 if it is not known) and text of what could not be read.
        edition: what the file calls its edition; empty if it does not.
    """

    entries: list[Entry] = field(default_factory=list)
    odd: list[tuple[int, str]] = field(default_factory=list)
    edition: str = ""


def read_list(path: Path) -> Listed:
    """
    The entries of a file, by its content.

    Raises:
        ConfigError: it cannot be read, or is in none of the forms.
    """
    try:
        data = path.read_bytes()
        text = (gzip.decompress(data) if data.startswith(b"\x1f\x8b") else data).decode("utf-8", "replace")
    except (OSError, EOFError, zlib.error) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from error
    stem = path.name.partition(".")[0]
    if "[[scanner]]" in text:
        return own_register(text, str(path))
    if text.lstrip().startswith(("{", "[")):
        return _json(text, stem, path)
    if _DEFINED.search(text):
        return _nft(text, stem)
    return _lines(text, stem)


def own_register(text: str, origin: str) -> Listed:
    """
    A register of our own: all of it or nothing, since somebody here wrote it.

    Raises:
        ConfigError: it is not TOML, or an entry is wrong.
    """
    try:
        data = tomllib.loads(text)
        return Listed([_own(each) for each in data.get("scanner", [])], edition=str(data.get("edition", "")))
    except KeyError as error:
        raise ConfigError(f"{origin} is no register of scanners: an entry lacks {error}") from error
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise ConfigError(f"{origin} is no register of scanners: {error}") from error


def _own(each: Mapping[str, Any]) -> Entry:
    known = {"name", "class", "sources", "networks", "from", "until", "suffixes"}
    if unknown := set(each) - known:
        raise ValueError(f"{each.get('name')!r} has the unknown key {min(unknown)!r}")
    scanner_class = str(each.get("class", ACKNOWLEDGED))
    if scanner_class not in CLASSES:
        raise ValueError(f"the class of {each['name']!r} is {scanner_class!r}, not one of {', '.join(CLASSES)}")
    networks = _all_narrow(Networks.of_texts(_listed(each)))
    since, until = _date(each, "from"), _date(each, "until")
    if since is not None and until is not None and since >= until:
        raise ValueError(f"{each['name']!r} ends before it begins")
    entry = Entry(str(each["name"]), networks, scanner_class, since=since, until=until)
    entry.sources, entry.suffixes = (_texts(each, key) if key in each else [] for key in ("sources", "suffixes"))
    return entry


def _listed(each: Mapping[str, Any]) -> list[str]:
    """The networks of an entry, as a list or in one text, which is read ten times as fast."""
    value = each["networks"]
    return value.split() if isinstance(value, str) else _texts(each, "networks")


def _texts(each: Mapping[str, Any], key: str) -> list[str]:
    value = each[key]
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        raise ValueError(f"{key} of {each['name']!r} is no list of texts")
    return value


def _date(each: Mapping[str, Any], key: str) -> date | None:
    value = each.get(key)
    if value is not None and not isinstance(value, date):
        raise ValueError(f"{key} of {each['name']!r} is no date; write it without quotes: {key} = 2026-01-31")
    return value.date() if isinstance(value, datetime) else value


def _narrow(network: Network) -> Network:
    """The network, unless it is so wide that a slip of the pen made it: nobody scans from half of the net."""
    if network.prefixlen < (_WIDEST_FOUR if network.version == 4 else _WIDEST_SIX):
        raise ValueError(f"{network} is too wide to be one organisation's")
    return network


def _all_narrow(networks: Networks) -> Networks:
    """The networks, if each of them is."""
    first_high, first_low, last_high, last_low = networks.ends
    six, four = np.uint64(1) << np.uint64(64 - _WIDEST_SIX), np.uint64(1) << np.uint64(32 - _WIDEST_FOUR)
    wide = (last_high - first_high >= six) | networks.four & (last_low - first_low >= four)
    for at in np.flatnonzero(wide).tolist():
        _narrow(networks[at])
    return networks


def _networks(texts: Iterable[tuple[int, str]], odd: list[tuple[int, str]]) -> Iterator[Network]:
    for line, text in texts:
        try:
            yield _narrow(ipaddress.ip_network(text.strip(), strict=False))
        except ValueError:
            odd.append((line, text.strip()[:100]))


def _lines_told(odd: Iterable[tuple[int, str]], text: str) -> list[tuple[int, str]]:
    """What could not be read of some JSON, with the line where it first stands."""
    places = [(text.find(json.dumps(each)), each) for _, each in odd]
    return [(text.count("\n", 0, at) + 1 if at >= 0 else 0, each) for at, each in places]


def _json(text: str, stem: str, path: Path) -> Listed:
    try:
        data = json.loads(text)
        found = _in_json(data, stem)
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{path} is no JSON: {error}") from error
    if not found.entries:
        raise ConfigError(f"{path} is neither a MISP warninglist nor holds research-scanner objects")
    found.odd = _lines_told(found.odd, text)
    return found


def _in_json(data: Any, stem: str) -> Listed:
    found = Listed()
    if isinstance(data, dict) and isinstance(data.get("list"), list):
        networks = list(_networks(((0, str(each)) for each in data["list"]), found.odd))
        sources = [str(data.get("name") or stem), *_PAGE.findall(str(data.get("description")))]
        found.entries.append(Entry(_organisation(stem), networks, sources=sources))
        return found
    for each in _objects(data):
        found.entries.append(_research_scanner(each, stem, found.odd))
    return found


def _objects(data: Any) -> Iterator[Mapping[str, Any]]:
    """The research-scanner objects anywhere in some JSON."""
    if isinstance(data, dict):
        if data.get("name") == "research-scanner" and isinstance(data.get("Attribute"), list):
            yield data
        for value in data.values():
            yield from _objects(value)
    elif isinstance(data, list):
        for value in data:
            yield from _objects(value)


def _research_scanner(each: Mapping[str, Any], stem: str, odd: list[tuple[int, str]]) -> Entry:
    said: dict[str, list[str]] = {}
    for attribute in each["Attribute"]:
        if isinstance(attribute, dict):
            said.setdefault(str(attribute.get("object_relation")), []).append(str(attribute.get("value")))
    networks = list(_networks(((0, ip) for ip in said.get("scanning_ip", [])), odd))
    since = _day(said.get("scheduled_start", [""])[0], odd, begins=True)
    until = _day(said.get("scheduled_end", [""])[0], odd, begins=False)
    name = (said.get("project") or said.get("domain") or [stem])[0]
    return Entry(name, networks, ACKNOWLEDGED, said.get("project_url", []), since, until, said.get("domain", []))


def _day(text: str, odd: list[tuple[int, str]], *, begins: bool) -> date | None:
    """The day (UTC) on which a window begins, or the one before which it has ended: parts of days count as whole."""
    try:
        when = datetime.fromisoformat(text) if text else None
    except ValueError:
        odd.append((0, text[:100]))
        return None
    if when is None:
        return None
    when = when.astimezone(UTC) if when.tzinfo is not None else when
    # An end without a time of day is that day's; at midnight it is the end of the day before.
    ends_later = not begins and (len(text) <= len("2026-08-22") or when.time() != time())
    return when.date() + timedelta(days=1) if ends_later else when.date()


def _organisation(stem: str) -> str:
    """The organisation that the name of a list stands for: rapid7-nt-scanning is rapid7."""
    return re.sub(r"(-nt)?-(scanning|scanner)$", "", stem)


def _nft(text: str, stem: str) -> Listed:
    """
    Sets of nftables, with the organisation in the first comment and the names of its hosts in one of PTR.

    A comment on a line of its own within a set names whose the following addresses are.
    """
    found = Listed()
    rows: dict[str, list[tuple[int, str]]] = {}
    for match in _DEFINED.finditer(text):
        line, name = text.count("\n", 0, match.start(1)) + 1, stem
        for offset, row in enumerate(match.group(1).split("\n")):
            told, _, comment = row.partition("#")
            if not told.strip() and comment.strip():
                name = _short(comment) or stem
            rows.setdefault(name, []).extend((line + offset, each) for each in told.split(",") if each.strip())
    head = "\n".join(re.findall(r"^#.*$", text, re.MULTILINE))
    ptr = re.search(r"^#\s*PTR:(.*)$", head, re.MULTILINE)
    suffixes = sorted(set(_DOMAIN.findall(ptr.group(1).lower()))) if ptr and "end" in ptr.group(1).lower() else []
    sources = [*dict.fromkeys(_PAGE.findall("\n".join(re.findall(r"^#\s*Source:.*$", head, re.MULTILINE)))), _NFT]
    for name, tokens in rows.items():
        networks = list(_networks(tokens, found.odd))
        if networks:
            found.entries.append(Entry(name, networks, sources=sources, suffixes=suffixes if name == stem else []))
    return found


def _short(comment: str) -> str:
    """
    The name that a comment gives, in hyphens: what it quotes, else what stands before a slash or bracket.

    If it begins with the name of a host that is it, and if it begins with an address it gives none.
    """
    quoted = re.search(r'"([^"]+)"', comment)
    name = (quoted.group(1) if quoted else re.split(r" / |\[", comment)[0]).strip().lower()
    first = name.partition(" ")[0]
    if re.fullmatch(r"[0-9.:]+", first):
        return ""
    return re.sub(r"[^a-z0-9.]+", "-", first if _HOST.fullmatch(first) else name).strip("-.")


def _named(comment: str) -> str:
    """The organisation that a comment names; of the name of a host its domain, so that all its hosts are one."""
    if comment.strip("()").lower() == "unknown":
        return ""
    if not _HOST.fullmatch(comment.lower()):
        return comment
    labels = comment.lower().strip(".").split(".")
    # Under many countries the second label is a kind of holder: ac.jp, co.uk, edu.cn.
    kind = len(labels[-1]) == 2 and labels[-2] in _KINDS
    return ".".join(labels[-3 if kind else -2 :])


def _lines(text: str, stem: str) -> Listed:
    """Lines of an address or network, with an organisation behind a ``#`` perhaps."""
    by_name: dict[str, list[Network]] = {}
    found = Listed()
    for number, row in enumerate(text.splitlines(), 1):
        address, _, comment = row.partition("#")
        if not address.strip():
            continue
        for network in _networks([(number, address)], found.odd):
            name = _named(comment.strip()) or stem
            by_name.setdefault(name, []).append(network)
    found.entries = [Entry(name, networks, sources=[stem]) for name, networks in by_name.items()]
    return found
