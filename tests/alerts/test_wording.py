"""Words for figures."""

from collections.abc import Callable

import pytest

from isdas.alerts.config import Config
from isdas.alerts.wording import VERDICT, magnitude, regions, spread
from isdas.model.surge import VERDICTS, RegionShare, Surge


def test_every_verdict_has_words() -> None:
    """Every verdict that a surge can have has words, and only a broad one needs no explanation."""
    assert set(VERDICT) == set(VERDICTS)
    assert {verdict for verdict, words in VERDICT.items() if words.finding is None} == {"broad"}


@pytest.mark.parametrize(
    ("factor", "english", "japanese"),
    [
        (1.3, "slightly above its usual level", "平常時をやや上回っており"),
        (2.0, "about twice its usual level", "平常時の約 2倍に達しており"),
        (3.0, "about three times its usual level", "平常時の約 3倍に達しており"),
        (5.9, "several times its usual level", "平常時の数倍に達しており"),
        (40.0, "more than ten times its usual level", "平常時の 10倍以上に達しており"),
        (
            9999.0,
            "far above its usual level, which is close to none",
            "ほとんど観測のなかった平常時を大きく上回っており",
        ),
    ],
)
def test_magnitude_in_words(factor: float, english: str, japanese: str) -> None:
    """The size of a rise is told in steps, not in counts."""
    assert magnitude(factor) == (english, japanese)


@pytest.mark.parametrize(
    ("rising", "live", "english"),
    [
        (12, 12, "the rise is seen at all sensors"),
        (8, 12, "the rise is seen at most of the sensors"),
        (5, 12, "the rise is seen at about half of the sensors"),
        (2, 12, "the rise is seen at some of the sensors"),
        (0, 12, "the rise shows when all sensors are taken together"),
    ],
)
def test_spread_in_words(rising: int, live: int, english: str) -> None:
    """How many sensors rise is told as a share, and no number gives the size of the fleet away."""
    words = spread(rising, live)
    assert words.en == english
    assert not any(c.isdigit() for c in words.en + words.ja)


def test_mainly_is_said_of_the_main_regions(make_surge: Callable[..., Surge], config: Config) -> None:
    """The words of the alert of 2008 are used where there are main regions."""
    words = regions(make_surge(), config)
    assert words.en == "The increasing scans are mainly from inside Japan and from China."
    assert words.ja == "増加しているスキャンは、主に日本国内および中国からのものです。"


def test_without_main_regions_the_largest_is_given(make_surge: Callable[..., Surge], config: Config) -> None:
    """Where there are no main regions, the text says many and gives the largest share."""
    shares = tuple(RegionShare(r, s) for r, s in (("US", 0.1), ("CN", 0.23), ("KR", 0.1), ("TW", 0.1), ("RU", 0.1)))
    words = regions(make_surge(mainly=(), regions=shares), config)
    assert words.en == (
        "The increasing scans are from many countries and regions; the largest share, about 23%, is from China."
    )
    assert words.ja == (
        "増加しているスキャンの送信元は多数の国・地域にわたっており、最も多いのは中国 (増加分の約 23%) です。"
    )


def test_few_regions_are_not_called_many(make_surge: Callable[..., Surge], config: Config) -> None:
    """Two regions are not many countries."""
    words = regions(make_surge(mainly=(), regions=(RegionShare("JP", 0.4), RegionShare("CN", 0.2))), config)
    assert words.en == "The largest share of the increase, about 40%, is from inside Japan."
    assert words.ja == "増加分のうち最も多いのは、日本国内からのもの (約 40%) です。"


def test_unknown_regions_are_admitted(make_surge: Callable[..., Surge], config: Config) -> None:
    """Where no region is known the text says so."""
    words = regions(make_surge(mainly=(), regions=(RegionShare("ZZ", 0.9),)), config)
    assert words.en == "The regions of the sources could not be determined."
    assert words.ja == "送信元の地域は特定できておりません。"


def test_what_is_over_is_told_in_the_past(make_surge: Callable[..., Surge], config: Config) -> None:
    """A surge that has ended is told in the past tense."""
    words = regions(make_surge(), config, over=True)
    assert words.en == "The increased scans were mainly from inside Japan and from China."
    assert words.ja == "増加したスキャンは、主に日本国内および中国からのものでした。"
