"""
What every reader must hold for any bytes, and the readers by name.

A reader may refuse the file. Whatever else is raised is a finding, and so is a record that is not accounted for or a
packet that cannot be labelled.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

import numpy as np
import pyarrow as pa

from isdas import capture, decode, enrich, formats
from isdas.enrich.config import Config
from isdas.enrich.label import label
from isdas.enrich.region import Lookups, open_lookups
from isdas.formats.batch import Batch
from isdas.formats.context import Context
from isdas.formats.profile import Profile, parse_profile, shipped_profiles
from isdas.formats.profiled import read_profiled
from isdas.formats.registry import FORMATS
from isdas.hub.source import Source
from isdas.model.errors import InputRefused
from isdas.model.packets import MOST_PACKETS
from isdas.model.tally import Tally

OUTSIDE = ("nfcapd",)
"""Formats that another program reads for us: it is not ours to fuzz, and too slow for it."""

_PROFILES = {
    "json-profile": """
name = "json-profile"
kind = "json"
capabilities = ["TCP", "UDP"]
[time]
column = "when"
zone = "stated"
[source]
column = "src.ip"
[protocol]
column = "proto"
[columns]
sensor = "sensor"
port = "dport"
""",
    "parquet-profile": """
name = "parquet-profile"
kind = "parquet"
capabilities = ["TCP", "UDP"]
[time]
column = "when"
format = "unix"
[source]
column = "src"
[protocol]
column = "proto"
[columns]
port = "dport"
""",
}

Reader = Callable[[Path], Tally]

_LATEST_US = 7_258_118_400_000_000


def _of_documentation(high: Any, low: Any) -> Any:
    """Whether addresses are in 192.0.2.0/24."""
    return (high == 0) & (low >> 8 == 0xFFFFC00002)


CONTEXT = Context(written_at=datetime(2026, 7, 1, tzinfo=UTC), ours=_of_documentation)
"""What readers are told beside the file."""


@cache
def readers() -> dict[str, Reader]:
    """
    All readers by name, in the order of their names.

    ``sniffed`` tells the format by content, as taking in does; ``capture`` and ``erf`` read captures.
    """
    found: dict[str, Reader] = {"capture": _by_source("pcap"), "erf": _by_source("erf"), "sniffed": _by_source(None)}
    found |= {known.name: _by_source(known.name) for known in FORMATS if known.name not in OUTSIDE}
    found |= {profile.name: _by_profile(profile) for profile in shipped_profiles() if profile.name not in found}
    found |= {name: _by_profile(parse_profile(text, name)) for name, text in _PROFILES.items()}
    return dict(sorted(found.items()))


def load_all() -> None:
    """Load every module that a reader may load later."""
    for package in (capture, decode, enrich, formats):
        for module in iter_modules(package.__path__, f"{package.__name__}."):
            import_module(module.name)


def hold(name: str, path: Path) -> Tally:
    """
    Read a file with the reader of a name, label what comes out, and check its account.

    Raises:
        AssertionError: records are not accounted for.
        Exception: whatever else a reader or a label raises: a finding.
    """
    try:
        return readers()[name](path)
    except InputRefused:
        return Tally()


def _by_source(format: str | None) -> Reader:
    def read(path: Path) -> Tally:
        source = Source(path, format=format, context=CONTEXT)
        try:
            works = source.pieces(lambda _: None)
            tally = _labelled(works)
        except InputRefused as refusal:
            # It is pcap or ERF that was asked for, and pcapng that it is: taken as what it is.
            if refusal.reason != "wrong-format":
                raise
            source = replace(source, format=None, tally=Tally(), statements=[])
            tally = _labelled(source.pieces(lambda _: None))
        tally.add(source.tally)
        assert tally.reconciles, tally
        # Each hour of what is stated becomes a row, and what was dropped is summed in 64 bits.
        for said in source.statements:
            assert timedelta(0) < said.end - said.start < timedelta(days=3661), said
            assert 0 <= said.received < 1 << 62, said
            assert 0 <= said.dropped < 1 << 50, said
        return tally

    return read


def _by_profile(profile: Profile) -> Reader:
    return lambda path: _labelled(read_profiled(path, profile))


def _labelled(works: Any) -> Tally:
    total = Tally()
    for work in works:
        batch = work()
        assert batch.tally.reconciles, batch.tally
        assert len(batch.packets) == batch.tally.stored, (len(batch.packets), batch.tally)
        _check_refusals(batch)
        table = label(batch.packets, _lookups()).table
        table.validate(full=True)
        assert table.column("kind").null_count == 0
        _check_sums(table)
        total.add(batch.tally)
    return total


def _check_refusals(batch: Batch) -> None:
    """Refused records, where they are given at all, are those that were counted, and their texts can be written."""
    if batch.refusals:
        assert Counter(each.reason for each in batch.refusals) == +Counter(batch.tally.refused), batch.refusals
    for each in batch.refusals:
        assert len(each.text) <= 1000
        each.text.encode()


def _check_sums(table: pa.Table) -> None:
    """What is summed, or becomes an hour, is of a size that tables can hold many of."""
    counts = table.column("packets").drop_null().to_numpy()
    assert ((counts >= 1) & (counts <= MOST_PACKETS)).all(), counts
    times = table.column("time").cast(pa.int64()).to_numpy()
    assert ((times >= 0) & (times < _LATEST_US)).all(), times
    assert (table.column("position").to_numpy() >= 0).all()


@cache
def _lookups() -> Lookups:
    return open_lookups(Config())


def changed(data: bytes, rng: np.random.Generator) -> bytes:
    """Bytes with one to eight random changes: bits, bytes, cuts, doublings, and numbers that are often wrong."""
    out = bytearray(data)
    for _ in range(int(rng.integers(1, 9))):
        at, kind = int(rng.integers(0, len(out) + 1)), int(rng.integers(0, 7))
        length = int(rng.integers(1, 17))
        if kind == 0 and at < len(out):
            out[at] ^= 1 << int(rng.integers(0, 8))
        elif kind == 1 and at < len(out):
            out[at] = int(rng.integers(0, 256))
        elif kind == 2:
            del out[at : at + length]
        elif kind == 3:
            out[at:at] = out[at : at + length]
        elif kind == 4:
            out[at : at + length] = bytes([(0, 255, 127, 128)[int(rng.integers(0, 4))]]) * length
        elif kind == 5:
            out[at:at] = _ODD[int(rng.integers(0, len(_ODD)))]
        else:
            out = out[:at] if rng.integers(0, 4) == 0 else out + out[at : at + 64]
    return bytes(out)


_ODD = (
    *(b"-1", b"0", b"65536", b"4294967296", b"9223372036854775808", b"1e400", b"-0.0", b"NaN", b"null", b"{}", b"[]"),
    *(b'"', b"\\", b"\\u0000", b"\xff", b"\xc3", b"\0", b"\n", b"\r\n", b"\r", b"\t", b",", b"|", b" ", b"::", b"%"),
    *(b"\xff\xff\xff\xff", b"\x00\x00\x00\x80", b"9999-99-99", b"24:60:60", b"2020-02-30", b"\xef\xbb\xbf", b"#"),
)
"""What readers often trip over."""
