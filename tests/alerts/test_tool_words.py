"""Words for tools."""

from collections.abc import Callable

import pytest

from isdas.alerts.knowledge import load
from isdas.alerts.tool_words import TOOL_WORDS, likeness_en, likeness_ja, tool
from isdas.enrich.tool import SHAPE_RULES
from isdas.model.surge import Surge
from isdas.model.tool import CONFIRMED, TOOLS


def test_every_tool_has_words() -> None:
    """Whatever packets are labelled with, or sources are confirmed to use, can be told in both languages."""
    assert set(TOOL_WORDS) == {*TOOLS, *CONFIRMED} - {""}


def test_shapes_are_those_of_the_rules() -> None:
    """What is known by its shape alone is called consistent with a tool; what computes a number of its own, typical."""
    assert {name for name, words in TOOL_WORDS.items() if words.shape} == {TOOLS[code] for code, _ in SHAPE_RULES}
    for name, words in TOOL_WORDS.items():
        assert ("consistent with" in likeness_en(name)) == ("矛盾しない" in likeness_ja(name)) == words.shape
        assert ("typical of" in likeness_en(name)) == ("特徴的な" in likeness_ja(name)) == (not words.shape)


@pytest.mark.parametrize("name", TOOL_WORDS)
def test_no_sentence_asserts_or_accuses(name: str) -> None:
    """The sentences speak of values, of half of what could show them, and of no person, group or country."""
    english, japanese = likeness_en(name), likeness_ja(name)
    assert english.startswith("More than half of the increase, as far as such values were recorded, has ")
    assert english.endswith(".")
    assert japanese.endswith("値が見られます。")
    assert not any(word in english.lower() for word in ("attack", "actor", "group", "confirmed", "proof", "is caused"))
    assert not any(word in japanese for word in ("攻撃者", "犯人", "断定", "確認されました"))


def test_sentences() -> None:
    """A number, a shape and a worm in the words of an alert, with the space between the scripts."""
    assert likeness_en("zmap").endswith("has header values that are typical of the scanning tool ZMap.")
    assert likeness_en("nmap-like").endswith(
        "has header values that are consistent with the scanning tool Nmap, among others."
    )
    assert likeness_en("slammer").endswith("has lengths and first bytes that are typical of the worm SQL Slammer.")
    begin = "増加分のうち、該当する値が記録されているパケットの半数以上の"
    assert likeness_ja("mirai-like") == f"{begin}ヘッダーに、Mirai 系のマルウェアに特徴的な値が見られます。"
    assert likeness_ja("nmap-like") == f"{begin}ヘッダーに、スキャンツール Nmap などのものと矛盾しない値が見られます。"
    assert likeness_ja("witty") == f"{begin}長さと先頭部分に、ワーム Witty に特徴的な値が見られます。"


def test_tool_needs_more_than_half(make_surge: Callable[..., Surge]) -> None:
    """A tool is named only if more than half of what could show it does, and only one that has a name."""
    assert tool(make_surge(tools=(("mirai-like", 0.6),))) == "mirai-like"
    assert tool(make_surge(tools=(("mirai-like", 0.5),))) is None
    assert tool(make_surge(tools=(("other", 0.9), ("witty", 0.7)))) == "witty"
    assert tool(make_surge(tools=())) is None


def test_the_knowledge_files_name_tools_that_there_are() -> None:
    """A possible cause that fits a fingerprint names one of ours."""
    named = {candidate.tool for candidate in load().candidates.values() if candidate.tool}
    assert named <= set(TOOL_WORDS)
    assert "mirai-like" in named
