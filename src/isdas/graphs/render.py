"""
From spec to picture, with the same font on every machine.

Fetches nothing: a spec that asks for data from elsewhere is refused.
"""

import functools
import struct
import zlib
from pathlib import Path
from typing import Any

import noto_cjk
import vl_convert

from isdas.graphs.draw import TOOLTIPS

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_STYLES = ("regular", "bold")
_NO_ADDRESSES: list[str] = []


def to_png(spec: dict[str, Any], *, scale: float = 2) -> bytes:
    """The picture of a spec as PNG, *scale* dots per CSS pixel."""
    _register_fonts()
    return _packed(vl_convert.vegalite_to_png(_still(spec), scale=scale, allowed_base_urls=_NO_ADDRESSES))


def to_svg(spec: dict[str, Any]) -> str:
    """The picture of a spec as SVG, with texts as texts."""
    _register_fonts()
    return vl_convert.vegalite_to_svg(_still(spec), allowed_base_urls=_NO_ADDRESSES)


def _still(spec: dict[str, Any]) -> dict[str, Any]:
    """The spec without what only a pointer can show."""
    return {**spec, "layer": [layer for layer in spec["layer"] if layer.get("name") != TOOLTIPS]}


def _packed(png: bytes) -> bytes:
    """The same picture in a third of the bytes: the renderer favours speed over size."""
    chunks, at = [], len(_SIGNATURE)
    while at < len(png):
        (length,) = struct.unpack_from(">I", png, at)
        chunks.append((png[at + 4 : at + 8], png[at + 8 : at + 8 + length]))
        at += length + 12
    pixels = zlib.compress(zlib.decompress(b"".join(data for kind, data in chunks if kind == b"IDAT")), 6)
    first = [kind for kind, _ in chunks].index(b"IDAT")
    chunks = [chunk for chunk in chunks if chunk[0] != b"IDAT"]
    chunks.insert(first, (b"IDAT", pixels))
    return _SIGNATURE + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def font_file(style: str = "regular") -> Path:
    """The font of all pictures, ``regular`` or ``bold``: for a page to offer to readers without a Japanese font."""
    return Path(noto_cjk.font_path("sans", "jp", style))


@functools.cache
def _register_fonts() -> None:
    for style in _STYLES:
        vl_convert.register_font_directory(str(font_file(style).parent))
