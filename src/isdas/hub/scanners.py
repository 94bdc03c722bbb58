"""
The register of research scanners as people read and make it.
"""

import ipaddress
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from isdas.enrich.scanner import Register, address_halves, merged
from isdas.enrich.scanner_lists import DISPUTED, Entry, Listed, read_list
from isdas.model.errors import IsdasError, NotFound
from isdas.model.time import now


def described(register: Register) -> list[dict[str, object]]:
    """What the register says of each organisation."""
    return [_described(entry) for entry in register.entries]


def found(register: Register, what: str) -> list[dict[str, object]]:
    """
    The organisations of a name, or the one that an address belongs to now, with their networks.

    Raises:
        NotFound: there is none.
    """
    try:
        high, low = address_halves(what)
    except ValueError:
        entries = [entry for entry in register.entries if entry.name.lower() == what.lower()]
    else:
        at = register.codes(high, low, high * 0 + int(now().timestamp() * 1e6))[0]
        entries = [register.entries[at]] if at >= 0 else []
    if not entries:
        raise NotFound(f"{what} is not in the register {register.edition}: `isdas scanners list` shows it")
    return [{**_described(entry), "in": [str(network) for network in entry.networks]} for entry in entries]


def _described(entry: Entry) -> dict[str, object]:
    six = sum(isinstance(network, ipaddress.IPv6Network) for network in entry.networks)
    return {
        "name": entry.name,
        "class": entry.scanner_class,
        "networks": len(entry.networks),
        "ipv6_networks": six,
        "addresses": sum(n.num_addresses for n in entry.networks if isinstance(n, ipaddress.IPv4Network)),
        "from": entry.since and entry.since.isoformat(),
        "until": entry.until and entry.until.isoformat(),
        "sources": entry.sources,
    }


@dataclass(frozen=True, slots=True)
class Choices:
    """
    How lists are put together.

    Attributes:
        longest: networks with a longer prefix (of IPv4; 96 more of IPv6) are *long*, unless
        whole_below: the organisation has fewer networks than this.
        since: the day from which long networks hold; without one they are left out.
        names: what some lists call an organisation, and its name.
        disputed: organisations that are of that class.
    """

    longest: int = 32
    whole_below: int = 0
    since: date | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    disputed: frozenset[str] = frozenset()


_ALL = Choices()


def imported(paths: Sequence[Path], choices: Choices = _ALL) -> tuple[list[Entry], list[str]]:
    """
    The entries of some lists put together, and what in them could not be read.

    Raises:
        ConfigError: a list is in no known form.
    """
    entries: list[Entry] = []
    odd: list[str] = []
    for path in paths:
        listed: Listed = read_list(path)
        entries += listed.entries
        odd += [f"{path.name}:{line}: {text}" for line, text in listed.odd]
    for entry in entries:
        entry.name = choices.names.get(entry.name, entry.name)
        if entry.name in choices.disputed:
            entry.scanner_class = DISPUTED
    kept = [part for entry in merged(entries) for part in _parts(entry, choices)]
    return sorted(kept, key=lambda entry: (entry.name.lower(), str(entry.since))), odd


def _parts(entry: Entry, choices: Choices) -> Iterator[Entry]:
    """An entry as far as it holds always, and as far as it holds from a day on."""
    if len(entry.networks) < choices.whole_below:
        yield entry
        return
    long = [n for n in entry.networks if n.prefixlen > choices.longest + (96 if n.version == 6 else 0)]
    others = sorted(set(entry.networks) - set(long), key=lambda n: (n.version, n))
    if others:
        yield replace(entry, networks=others)
    if long and choices.since is not None:
        yield replace(entry, networks=long, since=max(choices.since, entry.since or choices.since))


def write_register(entries: Sequence[Entry], path: Path, edition: str = "") -> None:
    """
    Write a register of our own form, as of today unless its edition is called otherwise.

    Raises:
        IsdasError: it cannot be written.
    """
    parts = [f"edition = {json.dumps(edition or f'{now():%Y-%m-%d}')}\n", *(_toml(entry) for entry in entries)]
    try:
        path.write_text("\n".join(parts), encoding="utf-8")
    except OSError as error:
        raise IsdasError(f"{path} cannot be written: {error.strerror}") from error


def _toml(entry: Entry) -> str:
    lines = ["[[scanner]]", f"name = {json.dumps(entry.name)}", f"class = {json.dumps(entry.scanner_class)}"]
    lines += [f"sources = {json.dumps(entry.sources)}"] if entry.sources else []
    lines += [f"suffixes = {json.dumps(entry.suffixes)}"] if entry.suffixes else []
    lines += [f"from = {entry.since.isoformat()}"] if entry.since else []
    lines += [f"until = {entry.until.isoformat()}"] if entry.until else []
    # One address is written without its prefix: most are single, and files of lists are long.
    networks = [str(n[0] if n.num_addresses == 1 else n) for n in entry.networks]
    rows = [" ".join(networks[i : i + 6]) for i in range(0, len(networks), 6)]
    return "\n".join([*lines, "networks = '''", *(f"  {row}" for row in rows), "'''", ""])
