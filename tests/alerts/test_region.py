"""Regions in running text."""

import pytest

from isdas.alerts.config import Config
from isdas.alerts.region import joined_ja, listed_en, listed_ja, name_en, name_ja, sources_en, sources_ja


@pytest.mark.parametrize(
    ("codes", "english", "japanese"),
    [
        (("JP", "CN"), "from inside Japan and from China", "日本国内および中国"),
        (("CN", "JP", "TW"), "from China, from inside Japan and from Taiwan", "中国、日本国内および台湾"),
        (("CN", "RU", "US"), "from China, Russia and the United States", "中国、ロシアおよび米国"),
        (("NL",), "from the Netherlands", "オランダ"),
        (("XX", "CN"), "from region XX and China", "地域 XX および中国"),
    ],
    ids=["home-first", "home-second", "no-home", "one", "unlisted"],
)
def test_sources_in_words(codes: tuple[str, ...], english: str, japanese: str, config: Config) -> None:
    """Regions are listed as the alert of 2008 listed them, the home region by its inside name."""
    assert sources_en(codes, config) == english
    assert sources_ja(codes, config) == japanese


def test_home_is_a_setting() -> None:
    """Another home region takes the inside name, and Japan becomes a region like others."""
    config = Config(home_region="KR", home_en="inside Korea", home_ja="韓国国内")
    assert (name_en("KR", config), name_ja("KR", config)) == ("inside Korea", "韓国国内")
    assert (name_en("JP", config), name_ja("JP", config)) == ("Japan", "日本")


def test_lists_of_none_and_one() -> None:
    """A list of nothing is nothing, and a list of one has no and."""
    assert (listed_en([]), listed_en(["a"]), listed_ja([]), listed_ja(["a"])) == ("", "a", "", "a")


def test_half_width_is_parted_from_kana() -> None:
    """A space parts half-width letters from kana and kanji, but not from punctuation."""
    assert joined_ja("主に", "US", "から") == "主に US から"
    assert joined_ja("ですが、", "Windows", "製品") == "ですが、Windows 製品"
    assert joined_ja("", "中国", "から") == "中国から"
