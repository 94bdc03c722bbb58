"""
A table of texts or typed values to Packets by a profile: which value goes where, and which rows cannot be packets.

It does not read files.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from isdas.formats import fields
from isdas.formats.account import Reasons, kept, refuse
from isdas.formats.profile import ICMP_TYPE, Profile
from isdas.model import address, columns
from isdas.model.packets import MOST_PACKETS, Packets, constant, in_memory
from isdas.model.port import NO_PORT

_TCP, _UDP, _ICMP, _ICMPV6 = 6, 17, 1, 58
_OF_PROTOCOL = {"tcp_": (_TCP,), "udp_": (_UDP,), "icmp_": (_ICMP, _ICMPV6)}
"""What the names of columns begin with that only packets of some protocols have."""

_YES = {"true", "yes", "1", "t", "y"}
_NO = {"false", "no", "0", "f", "n"}

Values = dict[str, Any]
Columns = dict[str, pa.Array]


def packets(table: pa.Table, profile: Profile, numbers: npt.NDArray[np.int64], reasons: Reasons) -> Packets:
    """
    The packets of the rows that have no reason against them.

    Args:
        table: n rows, columns named as in the file, of texts or of values.
        profile: what they mean.
        numbers: int64[n], number of each row in its file, which becomes the position.
        reasons: object[n], why a row is refused, or None; what is found here is put into it.
    """
    said = {name: fields.plain(table.column(name)) for name in profile.headers}
    values: Values = {"position": numbers}
    nulls: dict[str, fields.Mask] = {}
    values["time"], good = fields.times(said[profile.time.column], profile.time)
    refuse(reasons, ~good, "bad-time")
    _addresses(values, nulls, said, profile, reasons)
    if profile.protocol.column:
        values["protocol"], good = fields.protocols(said[profile.protocol.column], profile.protocol)
        refuse(reasons, ~good, "bad-protocol")
    else:
        values["protocol"] = np.full(len(numbers), profile.constants["protocol"], np.int64)
    _ports(values, nulls, said, profile, reasons)
    for name, header in profile.columns.items():
        if name not in (ICMP_TYPE, "port", "source_port"):
            values[name], nulls[name], good = _other(name, said[header])
            refuse(reasons, ~good, f"bad-{name.replace('_', '-')}")
    _constants(values, nulls, profile)
    return assemble(values, nulls, kept(reasons), int(profile.capabilities))


def selected(table: pa.Table, profile: Profile) -> fields.Mask:
    """bool[n]: the rows that the profile wants."""
    wanted = np.ones(len(table), np.bool_)
    for header, values in profile.where.items():
        texts = fields.texts(fields.plain(table.column(header)))
        wanted &= np.asarray(pc.is_in(texts, pa.array(values, pa.string())))
    return wanted


def _addresses(
    values: Values, nulls: dict[str, fields.Mask], said: Columns, profile: Profile, reasons: Reasons
) -> None:
    for name, how in (("source", profile.source), ("destination", profile.destination)):
        if how is not None:
            high, low, good = fields.addresses(said[how.column], how)
            refuse(reasons, ~good, f"bad-{name}")
            if how.known:
                values[f"{name}_high"], values[f"{name}_low"] = high, low
    four = address.is_ipv4(values["source_high"], values["source_low"])
    values["ip_version"] = np.where(four, 4, 6)
    # A token may stand for an address of either version.
    nulls["ip_version"] = values["source_high"] == address.TOKEN_HIGH


def _ports(values: Values, nulls: dict[str, fields.Mask], said: Columns, profile: Profile, reasons: Reasons) -> None:
    """Put in ``port`` and ``source_port``."""
    protocol = values["protocol"]
    ported, icmp = np.isin(protocol, (_TCP, _UDP)), np.isin(protocol, (_ICMP, _ICMPV6))
    port = np.full(len(protocol), NO_PORT, np.int64)
    for name, rows, highest, reason in (
        ("port", ported, 65535, "bad-port"),
        (ICMP_TYPE, icmp, 255, "bad-icmp-type"),
    ):
        if name in profile.columns:
            numbers, good = fields.integers(said[profile.columns[name]])
            good &= (numbers >= 0) & (numbers <= highest)
            refuse(reasons, rows & ~good, reason)
            port = np.where(rows & good, numbers, port)
    values["port"] = port
    if "source_port" not in profile.columns:
        return
    column = said[profile.columns["source_port"]]
    numbers, good = fields.integers(column)
    good &= (numbers >= 0) & (numbers <= 65535)
    stated = ported & fields.filled(column)
    refuse(reasons, stated & ~good, "bad-source-port")
    values["source_port"], nulls["source_port"] = np.where(good, numbers, 0), ~stated


def _other(name: str, column: pa.Array) -> tuple[Any, fields.Mask, fields.Mask]:
    """Values, nulls and good rows of a column of the column table that needs no interpretation."""
    kind = columns.column(name).type
    empty = ~fields.filled(column)
    if pa.types.is_string(kind):
        return fields.texts(column).dictionary_encode(), empty, np.ones(len(column), np.bool_)
    if pa.types.is_integer(kind):
        numbers, good = fields.integers(column)
        limits = np.iinfo(kind.to_pandas_dtype())
        # A record that stands for no packet is none.
        least, most = (1, MOST_PACKETS) if name == "packets" else (limits.min, limits.max)
        good &= (numbers >= least) & (numbers <= most)
        return np.where(good, numbers, 0), empty, good | empty
    lowered = pc.utf8_lower(fields.texts(column))
    if pa.types.is_boolean(kind):
        yes, no = (np.asarray(pc.is_in(lowered, pa.array(sorted(words)))) for words in (_YES, _NO))
        return yes, empty, yes | no | empty
    good = np.asarray(pc.match_substring_regex(lowered, r"^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,2})?$"))
    safe = pc.utf8_ltrim(pc.if_else(pa.array(good), lowered, "0"), characters="+")
    return np.asarray(pc.cast(safe, pa.float64())), empty, good | empty


def _constants(values: Values, nulls: dict[str, fields.Mask], profile: Profile) -> None:
    """Put in what the profile says of all rows."""
    n_rows = len(values["position"])
    for name, value in profile.constants.items():
        values[name] = constant(value, n_rows) if isinstance(value, str) else np.full(n_rows, value)
        only = next((numbers for begin, numbers in _OF_PROTOCOL.items() if name.startswith(begin)), None)
        nulls[name] = np.zeros(n_rows, np.bool_) if only is None else ~np.isin(values["protocol"], only)


def assemble(values: Values, nulls: dict[str, fields.Mask], kept: fields.Mask, capabilities: Any) -> Packets:
    """
    Packets of the records that are kept.

    Args:
        values: column name to n values: a numpy array, a dictionary array for labels.
        nulls: column name to the records that lack it; a column that is not named lacks in none.
        kept: bool[n].
        capabilities: what the records can show: one mask for all, or int64[n].
    """
    all_kept = bool(kept.all())
    out: Values = {"capabilities": capabilities if np.isscalar(capabilities) else capabilities[kept]}
    for name, value in values.items():
        null = nulls.get(name)
        array = _array(value, in_memory(columns.column(name).type), null if null is not None and null.any() else None)
        out[name] = array if all_kept else array.filter(pa.array(kept))
    return Packets.of(out, int(kept.sum()))


def _array(value: Any, kind: pa.DataType, null: fields.Mask | None) -> pa.Array:
    if isinstance(value, pa.DictionaryArray):
        indices = value.indices if null is None else pc.if_else(pa.array(null), None, value.indices)
        return pa.DictionaryArray.from_arrays(indices, value.dictionary)
    plain = pa.int64() if pa.types.is_timestamp(kind) else kind
    return pa.array(value.astype(plain.to_pandas_dtype(), copy=False), plain, mask=null).cast(kind)
