"""From spec to picture."""

import re
import struct
import zlib
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
import vl_convert

from isdas.graphs.config import Config
from isdas.graphs.draw import draw
from isdas.graphs.mark import Mark
from isdas.graphs.render import font_file, to_png, to_svg
from isdas.graphs.words import JAPANESE
from isdas.model.series import Series

Make = Callable[..., Series]
MARK = Mark("Onset", datetime(2008, 10, 30, 13, tzinfo=UTC), datetime(2008, 10, 30, 11, tzinfo=UTC),
            datetime(2008, 10, 30, 17, tzinfo=UTC))  # fmt: skip


def chunks(png: bytes) -> list[tuple[bytes, bytes]]:
    """The chunks of a PNG, whose checksums must be right."""
    found, at = [], 8
    while at < len(png):
        (length,) = struct.unpack_from(">I", png, at)
        kind, data = png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        assert struct.unpack_from(">I", png, at + 8 + length) == (zlib.crc32(kind + data),)
        found.append((kind, data))
        at += length + 12
    return found


@pytest.mark.parametrize("scale", [1, 2])
def test_a_picture_has_its_size(make: Make, scale: int) -> None:
    """A PNG is a well-formed file of 960 by 540 pixels times its scale, and nothing is cut off or added."""
    png = to_png(draw(make(keys=("445/tcp", "135/tcp")), JAPANESE, Config(), []), scale=scale)
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    found = chunks(png)
    assert [kind for kind, _ in found] == [b"IHDR", b"pHYs", b"IDAT", b"IEND"]
    assert struct.unpack_from(">II", found[0][1]) == (960 * scale, 540 * scale)


def test_the_font_has_the_glyphs(make: Make) -> None:
    """Two pictures that differ only in Japanese letters differ: letters are drawn, not the same box for each."""
    spec = draw(make(), JAPANESE, Config(organisation="日本"), [])
    other = draw(make(), JAPANESE, Config(organisation="韓国"), [])
    assert to_png(spec, scale=1) != to_png(other, scale=1)


def test_an_svg_names_the_font_first(make: Make) -> None:
    """Every text of an SVG asks for the font that pictures are drawn with before any other."""
    svg = to_svg(draw(make(), JAPANESE, Config(), []))
    assert svg.count("font-family=") == svg.count("Noto Sans CJK JP") > 10
    assert "アクセス先ポート別グラフ" in svg
    assert "\ufffd" not in svg


@pytest.mark.parametrize("style", ["regular", "bold"])
def test_the_font_comes_with_the_installation(style: str) -> None:
    """The font is an OpenType file of a dependency, not of the machine."""
    assert font_file(style).read_bytes()[:4] == b"OTTO"


def test_lines_have_their_width(make: Make) -> None:
    """A single line and the first of several are two pixels wide; the sum of all others is thinner."""
    for keys, widths in ((("445/tcp",), ["2"]), (("445/tcp", "other"), ["1.2", "2"])):
        svg = to_svg(draw(make(keys=keys), JAPANESE, Config(), []))
        assert re.findall(r'stroke-width="([\d.]+)" stroke-linejoin="round"', svg) == widths


def test_nothing_is_fetched(make: Make) -> None:
    """A spec that asks for data from an address is refused."""
    spec = draw(make(), JAPANESE, Config(), [])
    spec["layer"][0] = spec["layer"][0] | {"data": {"url": "http://127.0.0.1:9/data.csv"}}
    with pytest.raises(ValueError, match=r"127\.0\.0\.1"):
        to_svg(spec)


def test_vega_lite_has_nothing_to_warn_of(make: Make, capfd: pytest.CaptureFixture[str]) -> None:
    """A spec with gaps, marks and several lines compiles without a warning, so scales are not merged by guess."""
    spec = draw(make(keys=("445/tcp", "135/tcp"), gap=slice(3, 6)), JAPANESE, Config(), [MARK])
    compiled = vl_convert.vegalite_to_vega(spec, show_warnings=True)
    assert capfd.readouterr() == ("", "")
    (scale,) = (scale for scale in compiled["scales"] if scale["name"] == "x")
    assert set(re.findall(r"\d{13}", str(scale["domain"]))) == {"1217862000000", "1225810800000"}
