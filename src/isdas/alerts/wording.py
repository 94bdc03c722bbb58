"""
Words for figures: how much, at how many sensors, from where, and what a verdict means for the reader.

Gives no counts: the size of a rise is left to the figures, and the number of sensors is not for publication.
"""

from typing import NamedTuple

from isdas.alerts.config import Config
from isdas.alerts.region import joined_ja, name_en, name_ja, sources_en, sources_ja
from isdas.model.surge import Surge


class Both(NamedTuple):
    """One thing in both languages."""

    en: str
    ja: str


class Verdict(NamedTuple):
    """
    What a verdict means in a text.

    Attributes:
        name: what it is called in a title and a caution.
        finding: the sentence that says it, with ``{packets}`` for the packets meant; None if nothing needs saying.
        regions: whether the regions of the sources mean anything.
        cause: whether a possible cause may be named.
    """

    name: Both
    finding: Both | None
    regions: bool
    cause: bool


VERDICT = {
    "broad": Verdict(Both("broad", "広範囲"), None, True, True),
    "single-source": Verdict(
        Both("a single source", "特定の送信元"),
        Both(
            "Most of the rise is due to one particular source; without it no marked change remains, so it does not "
            "indicate a wide-area threat.",
            "この増加の大部分は特定の送信元によるもので、これを除くと顕著な変化は見られないことから、広域的な脅威を"
            "示すものではないと考えられます。",
        ),
        True,
        False,
    ),
    "single-network": Verdict(
        Both("a single network", "特定のネットワーク"),
        Both(
            "Most of the rise is due to sources in one particular network; without them no marked change remains, so "
            "it does not by itself indicate a wide-area threat.",
            "この増加の大部分は特定のネットワーク内の送信元によるもので、これらを除くと顕著な変化は見られない"
            "ことから、これのみで広域的な脅威を示すものではないと考えられます。",
        ),
        True,
        True,
    ),
    "single-sensor": Verdict(
        Both("a single sensor", "特定のセンサー"),
        Both(
            "Most of the rise is due to one particular sensor that received many {packets}; without it no marked "
            "change remains, so it does not indicate a wide-area threat.",
            "この増加の大部分は特定のセンサーが{packets}を多数受信したことによるもので、これを除くと顕著な変化は"
            "見られないことから、広域的な脅威を示すものではないと考えられます。",
        ),
        True,
        False,
    ),
    "few-sensors": Verdict(
        Both("a few sensors", "一部のセンサー"),
        Both(
            "Only a few of the sensors received more {packets} than usual, so the rise does not indicate a wide-area "
            "threat.",
            "{packets}の増加が見られたのは一部のセンサーのみであることから、広域的な脅威を示すものではないと"
            "考えられます。",
        ),
        True,
        False,
    ),
    "research-scanner": Verdict(
        Both("research scanners", "調査目的のスキャン"),
        Both(
            "Most of the rise is due to organisations known to scan the Internet for research, so it does not indicate "
            "a wide-area threat.",
            "この増加の大部分は、調査目的でインターネット全体のスキャンを行っている組織によるもので、広域的な脅威を示す"
            "ものではないと考えられます。",
        ),
        True,
        False,
    ),
    "campaign": Verdict(
        Both("scanners of many ports", "多数のポートを対象としたスキャン"),
        Both(
            "Most of the rise is due to sources that scan hundreds of ports, this one among them, so it does not "
            "indicate a threat to this port in particular.",
            "この増加の大部分は、多数のポートを対象にスキャンを行っている送信元によるもので、このポートを特に狙った脅威を"
            "示すものではないと考えられます。",
        ),
        True,
        False,
    ),
    "backscatter": Verdict(
        Both("backscatter", "跳ね返りパケット"),
        Both(
            "The packets are replies to packets that others sent under forged source addresses (backscatter), not "
            "scans, so they do not indicate a wide-area threat to this port.",
            "これらは、送信元を詐称したパケットに対する応答 (跳ね返りパケット) であり、スキャンではないことから、"
            "このポートに対する広域的な脅威を示すものではないと考えられます。",
        ),
        False,
        False,
    ),
    "spoofed": Verdict(
        Both("forged sources", "詐称された送信元"),
        Both(
            "Many of the source addresses are forged, so neither their number nor their regions mean anything.",
            "送信元アドレスの多くは詐称されたものであり、その数や地域に意味はないと考えられます。",
        ),
        False,
        False,
    ),
    "artefact": Verdict(
        Both("an artefact of the measurement", "観測上の要因"),
        Both(
            "The rise coincides with sensors whose clock was wrong or that had just come back, so it does not show "
            "that the traffic itself has changed.",
            "この増加は、時刻のずれたセンサーまたは復旧直後のセンサーの観測と一致しており、通信そのものが変化したことを"
            "示すものではありません。",
        ),
        False,
        False,
    ),
    "fleet-change": Verdict(
        Both("a change of sensors", "センサー構成の変更"),
        Both(
            "The rise coincides with a change in the set of sensors, so it does not show that the traffic itself has "
            "changed.",
            "この増加はセンサーの構成を変更した時期と一致しており、通信そのものが変化したことを示すものではありません。",
        ),
        False,
        False,
    ),
    "brief": Verdict(
        Both("a brief rise", "一時的な増加"),
        Both(
            "In the day after the rise was noticed there were no more {packets} than usual, so it does not indicate a "
            "threat that goes on.",
            "増加を確認した後の1日間に観測された{packets}は通常の水準であることから、継続的な脅威を示すものではないと"
            "考えられます。",
        ),
        True,
        False,
    ),
    "vanished": Verdict(
        Both("sources that vanished", "送信元の消失"),
        Both(
            "Most of the usual sources have vanished within days, so this is a decrease and not a rise.",
            "平常時の送信元の大部分が数日のうちに観測されなくなっており、これは増加ではなく減少を示すものです。",
        ),
        False,
        False,
    ),
}
"""The verdicts of model.surge.VERDICTS; test_wording holds the two to each other."""

_MAGNITUDES = (
    (1.5, Both("slightly above its usual level", "平常時をやや上回っており")),
    (2.5, Both("about twice its usual level", "平常時の約 2倍に達しており")),
    (3.5, Both("about three times its usual level", "平常時の約 3倍に達しており")),
    (10.0, Both("several times its usual level", "平常時の数倍に達しており")),
    (100.0, Both("more than ten times its usual level", "平常時の 10倍以上に達しており")),
)
_FROM_NOTHING = Both(
    "far above its usual level, which is close to none", "ほとんど観測のなかった平常時を大きく上回っており"
)

_MANY_REGIONS = 5


def magnitude(factor: float) -> Both:
    """How far above its usual level the number of sources is, for *factor* = observed / expected."""
    return next((words for bound, words in _MAGNITUDES if factor < bound), _FROM_NOTHING)


def spread(rising: int, live: int) -> Both:
    """At how many of the sensors the rise is seen, without a number that would tell how many there are."""
    if rising <= 0 or live <= 0:
        return Both(
            "the rise shows when all sensors are taken together",
            "すべてのセンサーの観測結果を合わせると増加が見られます",
        )
    if rising >= live:
        return Both("the rise is seen at all sensors", "すべてのセンサーで増加が見られます")
    if 3 * rising >= 2 * live:
        return Both("the rise is seen at most of the sensors", "ほとんどのセンサーで増加が見られます")
    if 3 * rising >= live:
        return Both("the rise is seen at about half of the sensors", "約半数のセンサーで増加が見られます")
    return Both("the rise is seen at some of the sensors", "一部のセンサーで増加が見られます")


def regions(surge: Surge, config: Config, *, over: bool = False) -> Both:
    """
    Where the increase comes from, as a sentence; in the past tense if it is *over*.

    "Mainly" is said only of regions that `Surge.mainly` names; otherwise the largest share is given with its size.
    """
    subject = Both(
        "The increased scans were" if over else "The increasing scans are", "増加した" if over else "増加している"
    )
    end = "でした" if over else "です"
    if surge.mainly:
        return Both(
            f"{subject.en} mainly {sources_en(surge.mainly, config)}.",
            joined_ja(f"{subject.ja}スキャンは、主に", sources_ja(surge.mainly, config), f"からのもの{end}。"),
        )
    known = [share for share in surge.regions if share.excess_share > 0 and share.region != "ZZ"]
    if not known:
        return Both("The regions of the sources could not be determined.", "送信元の地域は特定できておりません。")
    top = max(known, key=lambda share: share.excess_share)
    percent = max(1, min(100, round(100 * top.excess_share)))
    be = "was" if over else "is"
    where = Both(_from(top.region, config), name_ja(top.region, config))
    if len(known) >= _MANY_REGIONS:
        return Both(
            f"{subject.en} from many countries and regions; the largest share, about {percent}%, {be} {where.en}.",
            joined_ja(
                f"{subject.ja}スキャンの送信元は多数の国・地域にわたっており、最も多いのは",
                where.ja,
                f" (増加分の約 {percent}%) {end}。",
            ),
        )
    return Both(
        f"The largest share of the increase, about {percent}%, {be} {where.en}.",
        joined_ja("増加分のうち最も多いのは、", where.ja, f"からのもの (約 {percent}%) {end}。"),
    )


def _from(code: str, config: Config) -> str:
    return f"from {name_en(code, config)}"
