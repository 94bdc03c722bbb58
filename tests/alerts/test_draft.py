"""The document as a whole."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isdas.alerts.config import Config
from isdas.alerts.draft import draft
from isdas.alerts.figure_link import FigureLink
from isdas.alerts.knowledge import Knowledge, load
from isdas.alerts.tool_words import TOOL_WORDS
from isdas.alerts.wrap import NOT_AT_END, NOT_AT_START, columns
from isdas.model.alert import Alert
from isdas.model.errors import IsdasError
from isdas.model.surge import VERDICTS, RegionShare, Surge

GOLDEN = Path(__file__).parent / "golden"
FIGURES = (
    FigureLink("isdas/2008/20080805-1104_445_port.png"),
    FigureLink("isdas/2008/20080805-1104_445_region.png"),
)
KNOWLEDGE = load()
CONFIG = Config()


def drafted(surge: Surge, **changes: object) -> Alert:
    """The draft of November 4 about a surge."""
    given_: dict[str, object] = {
        "number": "ISDAS-AT-2008-0001",
        "issued": date(2008, 11, 4),
        "knowledge": KNOWLEDGE,
        "config": CONFIG,
        "figures": FIGURES,
    }
    return draft(surge, **(given_ | changes))  # type: ignore[arg-type]


def section(body: str, first: str, second: str) -> str:
    """The prose of one section on one line, without figure labels and addresses."""
    part = body.split(f"\n{first}\n", 1)[1].split(f"\n{second}\n", 1)[0]
    lines = part.strip("\n").split("\n")
    return " ".join(line.strip() for line in lines if line and not line.startswith("    "))


@pytest.mark.parametrize("language", ["en", "ja"])
def test_golden_draft(language: str, make_surge: Callable[..., Surge]) -> None:
    """The draft about the surge of 30 October 2008 is, to the letter, the one that was read and approved."""
    expected = (GOLDEN / f"445.{language}.txt").read_text(encoding="utf-8")
    assert drafted(make_surge()).text(language).body == expected


@pytest.mark.parametrize("language", ["en", "ja"])
def test_documentation_shows_the_golden_draft(language: str) -> None:
    """The page on the wording of alerts shows the same text as the draft of today."""
    page = Path(__file__).parent.parent.parent / "docs" / "explanation" / "alerts.md"
    assert (GOLDEN / f"445.{language}.txt").read_text(encoding="utf-8") in page.read_text(encoding="utf-8")


def test_layout_is_that_of_the_original(make_surge: Callable[..., Surge]) -> None:
    """Header, sections, closing and footer stand in the order of JPCERT-AT-2008-0019."""
    body = drafted(make_surge()).text("en").body
    order = [
        r"^ +ISDAS-AT-2008-0001$",
        r"^ +ISDAS$",
        r"^ +2008-11-04$",
        r"^ +<<< ISDAS Alert 2008-11-04 >>>$",
        r"^ +Increased activity targeting TCP port 445$",
        r"^ +http://127\.0\.0\.1:8445/english/at/2008/at080001\.txt$",
        r"^I\. Overview$",
        r"^II\. Observation status$",
        r"^    ISDAS graph for TCP port 445 \(2008/08/05-11/04\)$",
        r"^    http://127\.0\.0\.1:8445/isdas/2008/20080805-1104_445_port\.png$",
        r"^III\. Solution$",
        r"^   1\) ",
        r"^IV\. References$",
        r"^    Internet Scan Data Acquisition System \(ISDAS\)$",
        r"^  If you have any information you could provide regarding this alert,",
        r"^={70}$",
        r"^MAIL: ",
        r"^TEL: ",
        r"^https://isdas\.example\.org/$",
    ]
    places = [m.start() if (m := re.search(pattern, body, re.MULTILINE)) else -1 for pattern in order]
    assert -1 not in places
    assert places == sorted(places)


def test_japanese_has_its_own_header(make_surge: Callable[..., Surge]) -> None:
    """The Japanese document opens with 各位, is marked 初版, and has the titles in both languages."""
    alert = drafted(make_surge())
    body = alert.text("ja").body
    assert body.startswith("各位\n\n")
    assert "2008-11-04 (初版)\n" in body
    assert alert.text("ja").title == "TCP 445番ポートへのスキャン増加に関する注意喚起"
    assert re.search(r"^ +TCP 445番ポートへのスキャン増加に関する注意喚起\n +Increased activity targeting", body, re.M)
    headings = re.findall(r"^I{1,3}V?\. .*$|^IV\. .*$", body, re.MULTILINE)
    assert headings == ["I. 概要", "II. 観測状況", "III. 対策", "IV. 参考情報"]


def test_alert_is_a_draft_with_its_figures(make_surge: Callable[..., Surge]) -> None:
    """A draft is a draft: first issued and updated on its day, with the surge and the figures it is about."""
    alert = drafted(make_surge())
    assert (alert.state, alert.surge) == ("draft", "20081030T17-445-tcp")
    assert alert.first_issued == alert.updated == date(2008, 11, 4)
    assert alert.figures == tuple(figure.path for figure in FIGURES)


def test_solution_has_both_directions(make_surge: Callable[..., Surge]) -> None:
    """The update comes first and the outbound rule last, in both languages."""
    english = drafted(make_surge()).text("en").body.split("III. Solution")[1]
    assert english.index("security\n      update") < english.index(
        "restrict packets from internal to external TCP port"
    )
    assert "内部から外部の" in drafted(make_surge()).text("ja").body.split("III. 対策")[1]


def test_unknown_port_still_has_measures(make_surge: Callable[..., Surge]) -> None:
    """A port that nothing is known of still gets the general measures, and names no cause."""
    body = drafted(make_surge(port="31337/tcp", ports=("31337/tcp",))).text("en").body
    assert "The cause of these scans has not been identified yet." in " ".join(body.split())
    assert "restrict packets from internal to external TCP port 31337" in " ".join(body.split())


@pytest.mark.parametrize("verdict", [v for v in VERDICTS if v != "broad"])
def test_other_verdicts_carry_a_caution(verdict: str, make_surge: Callable[..., Surge]) -> None:
    """A surge that is not broad is drafted with a caution above the text and without the word alert in its title."""
    alert = drafted(make_surge(verdict=verdict))
    english, japanese = alert.text("en"), alert.text("ja")
    assert f"verdict is {verdict}." in " ".join(english.body.split("\n\nI. Overview")[0].split())
    assert "*** 注意: " in japanese.body.split("I. 概要")[0]
    assert "注意喚起" not in japanese.title


def test_figures_are_not_needed(make_surge: Callable[..., Surge]) -> None:
    """Without figures the text leads to none."""
    body = drafted(make_surge(), figures=()).text("en").body
    assert "website" not in body
    assert ".png" not in body


def test_no_reference_is_younger_than_the_alert(make_surge: Callable[..., Surge]) -> None:
    """An alert of November 1 does not cite the note of November 3."""
    body = drafted(make_surge(), issued=date(2008, 11, 1)).text("en").body
    assert "Worm Exploiting" not in body
    assert "Security Bulletin MS08-067" in body


@pytest.mark.parametrize("number", ["1", "ISDAS-AT-08-1"])
def test_number_must_be_a_number(number: str, make_surge: Callable[..., Surge]) -> None:
    """A draft without a proper number is refused."""
    with pytest.raises(IsdasError):
        drafted(make_surge(), number=number)


def test_settings_change_issuer_and_width(make_surge: Callable[..., Surge]) -> None:
    """Another issuer has its own name, numbers and line width."""
    config = Config(abbreviation="EXCERT", organisation_en="Example CSIRT", fax="", line_width=60)
    body = drafted(make_surge(), config=config, number="EX-AT-2008-0002").text("en").body
    assert "<<< EXCERT Alert 2008-11-04 >>>" in body
    assert f"\n{'=' * 60}\nExample CSIRT\n" in body
    assert "FAX" not in body
    assert all(columns(line) <= 60 or "://" in line for line in body.splitlines())


INSTANTS = st.datetimes(datetime(2003, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))
SHARES = st.floats(0, 1)
CODES = st.sampled_from(("JP", "CN", "US", "KR", "TW", "NL", "VC", "CI", "ZZ", "XK"))
PORT_NAMES = st.sampled_from(sorted(KNOWLEDGE.services)) | st.sampled_from(
    ("1/tcp", "65535/udp", "0/icmp", "135/icmpv6", "47/ip")
)


@st.composite
def surges(draw: st.DrawFn) -> Surge:
    """Any surge at all."""
    ports = tuple(draw(st.lists(PORT_NAMES, min_size=1, max_size=6, unique=True)))
    onset = draw(INSTANTS)
    codes = draw(st.lists(CODES, max_size=8, unique=True))
    live = draw(st.integers(0, 500))
    return Surge(
        identifier="any",
        port=ports[0],
        ports=ports,
        verdict=draw(st.sampled_from(VERDICTS)),
        detected_at=onset + timedelta(hours=draw(st.integers(0, 72))),
        onset_at=onset,
        onset_low_at=onset - timedelta(hours=draw(st.integers(0, 2000))),
        onset_high_at=onset + timedelta(hours=draw(st.integers(0, 2000))),
        ended_at=draw(st.none() | st.just(onset + timedelta(hours=draw(st.integers(1, 9000))))),
        window_hours=draw(st.sampled_from((1, 6, 24, 72))),
        regions=tuple(RegionShare(code, draw(SHARES)) for code in codes),
        mainly=tuple(codes[: draw(st.integers(0, 4))]),
        sources=draw(st.integers(0, 10**7)),
        packets=draw(st.integers(0, 10**9)),
        baseline=draw(st.floats(0, 1e6)),
        observed=draw(st.integers(0, 10**7)),
        factor=draw(st.floats(0, 9999)),
        score=draw(st.floats(0, 300)),
        sensors_rising=draw(st.integers(0, live)),
        sensors_live=live,
        tools=tuple(draw(st.lists(st.tuples(st.sampled_from((*TOOL_WORDS, "other")), SHARES), max_size=2))),
    )


@settings(max_examples=150)
@given(surges(), INSTANTS.map(lambda when: when.date()), st.booleans())
def test_any_surge_can_be_drafted(surge: Surge, issued: date, with_figures: bool) -> None:
    """Any surge gives a text whose lines keep their width and the rules of Japanese, with nothing left unfilled."""
    figures = FIGURES if with_figures else ()
    for text in drafted(surge, issued=issued, figures=figures).texts:
        for line in text.body.splitlines():
            assert columns(line) <= CONFIG.line_width or re.fullmatch(r" +https?://\S+", line), line
            assert line == line.rstrip()
            words = line.lstrip(" ")
            assert not words or words[0] not in NOT_AT_START, line
            assert not words or words[-1] not in NOT_AT_END, line
        assert not re.search(r"\{|\}|None|Undefined|nan\b", text.body)
        assert "  " not in section(
            text.body, *(("I. Overview", "II. Observation status"), ("I. 概要", "II. 観測状況"))[text.language == "ja"]
        )


@settings(max_examples=150)
@given(surges(), st.booleans())
def test_every_sentence_has_its_claim(surge: Surge, with_figures: bool) -> None:
    """Sections I and II are made of the sentences of the claims, in order, and of nothing else."""
    alert = drafted(surge, figures=FIGURES if with_figures else ())
    body = alert.text("en").body
    prose = section(body, "I. Overview", "II. Observation status") + " "
    prose += section(body, "II. Observation status", "III. Solution")
    assert prose == " ".join(dict.fromkeys(claim.sentence for claim in alert.claims))
    assert {claim.grade for claim in alert.claims} <= {"observed", "consistent-with", "not-identified"}
    assert all(claim.evidence for claim in alert.claims)


@settings(max_examples=150)
@given(surges())
def test_nothing_younger_than_the_onset_is_named(surge: Surge) -> None:
    """No vulnerability is named that was published on the day of the onset or later."""
    day = surge.onset_at.astimezone(ZoneInfo("Asia/Tokyo")).date()
    labels = {c.label for c in KNOWLEDGE.candidates.values() if c.label and c.published and c.published >= day}
    alert = drafted(surge)
    for text in alert.texts:
        overview = re.split(r"^III\. ", text.body, flags=re.MULTILINE)[0]
        assert not any(f"({label})" in " ".join(overview.split()) for label in labels)


def test_knowledge_is_not_needed(make_surge: Callable[..., Surge]) -> None:
    """With no knowledge at all there is still an honest text."""
    body = drafted(make_surge(), knowledge=Knowledge()).text("ja").body
    assert "原因は特定できておりません" in body.replace("\n", "")
