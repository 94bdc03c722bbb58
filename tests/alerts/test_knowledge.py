"""What is known of ports, and that nothing is known before its time."""

import re
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isdas.alerts.knowledge import Knowledge, load
from isdas.model.errors import ConfigError

PORTS = (
    "445/tcp", "135/tcp", "139/tcp", "1025/tcp", "1433/tcp", "1434/udp", "2967/tcp", "3306/tcp", "3389/tcp",
    "5060/udp", "5168/tcp", "22/tcp", "23/tcp", "2323/tcp", "10000/tcp", "8080/tcp", "5000/tcp", "5555/tcp",
    "6379/tcp", "7547/tcp", "11211/udp", "37215/tcp", "52869/tcp", "53413/udp", "8/icmp",
)  # fmt: skip
"""The ports of the alerts and reports of 2003 to 2018."""

MINE = """
[services."4444/tcp"]
name_en = "a service of ours"
name_ja = "当方のサービス"
candidates = ["ours"]

[candidates.ours]
kind = "vulnerability"
label = "EXAMPLE-1"
published = 2026-01-05
name_en = "a vulnerability in a service of ours"
name_ja = "当方のサービスの脆弱性"
against_en = "Nothing would."
against_ja = "特にありません。"
remedy_en = "Update it."
remedy_ja = "更新する。"
"""


@pytest.mark.parametrize("port", PORTS)
def test_ports_of_the_alerts_are_known(port: str, knowledge: Knowledge) -> None:
    """Every port of the published alerts and reports has a service with at least one possible cause."""
    service = knowledge.service(port)
    assert service is not None
    assert service.candidates


def test_ms08_067(knowledge: Knowledge) -> None:
    """MS08-067 was published on 2008-10-23, is wormable, and is known to JVN as JVNTA08-297A."""
    found = knowledge.candidates["ms08-067"]
    assert found.published == date(2008, 10, 23)
    assert found.wormable
    assert {"MS08-067", "CVE-2008-4250", "JVNTA08-297A"} <= set(found.ids)
    assert found.days_before(date(2008, 10, 30)) == 7


def test_every_candidate_is_used_and_well_formed(knowledge: Knowledge) -> None:
    """Every possible cause belongs to a port, is told in full sentences, and says "would", never "will"."""
    used = {key for service in knowledge.services.values() for key in service.candidates}
    assert used == set(knowledge.candidates)
    for candidate in knowledge.candidates.values():
        assert candidate.against_en.endswith("would count against this explanation.")
        assert candidate.against_ja.endswith("上記の可能性は低くなります。")
        assert candidate.remedy_en.endswith(".")
        assert candidate.remedy_ja.endswith("。")
        assert not re.search(r"\bexpected\b|\bwill\b", candidate.name_en + candidate.against_en)
        assert all(re.fullmatch(r"CVE-\d{4}-\d{4,}", i) for i in candidate.ids if i.startswith("CVE-"))


def test_exploits_follow_publication(knowledge: Knowledge) -> None:
    """No exploit is dated before the publication that it follows."""
    for candidate in knowledge.candidates.values():
        if candidate.exploit_public:
            assert candidate.published
            assert candidate.exploit_public > candidate.published


def test_the_year_of_an_identifier_is_not_after_its_publication(knowledge: Knowledge) -> None:
    """A vulnerability was published no earlier than the year that its bulletin's number names."""
    for candidate in knowledge.candidates.values():
        for name in candidate.ids:
            if match := re.fullmatch(r"MS(\d\d)-\d{3}", name):
                assert candidate.published
                assert candidate.published.year == 2000 + int(match[1])


@given(st.sampled_from(PORTS), st.dates(date(2000, 1, 1), date(2030, 1, 1)))
def test_nothing_is_known_before_it_was_published(port: str, day: date) -> None:
    """On no day is a candidate offered that was published on that day or later, nor a reference that is younger."""
    for candidate in load().published_before([port], day):
        assert candidate.published is None or candidate.published < day
        freshest = candidate.freshest(day)
        assert freshest is None or freshest < day
        assert all(r.published is None or r.published <= day for r in candidate.reading(day))


def test_references_begin_with_the_vendor(knowledge: Knowledge) -> None:
    """The first reference of a Windows vulnerability is Microsoft's bulletin, in both languages."""
    first = knowledge.candidates["ms08-067"].reading(date(2008, 11, 4))[0]
    assert first.url.endswith("/en-us/security-updates/securitybulletins/2008/ms08-067")
    assert first.url_ja.endswith("/ja-jp/security-updates/securitybulletins/2008/ms08-067")


def test_references_wait_for_their_day(knowledge: Knowledge) -> None:
    """The note of US-CERT of November 3 is not cited on November 2."""
    publishers = [r.publisher for r in knowledge.candidates["ms08-067"].reading(date(2008, 11, 2))]
    assert "US-CERT" not in publishers
    assert "Microsoft" in publishers


def test_own_knowledge_is_added(tmp_path: Path) -> None:
    """A file of one's own adds ports and causes to those shipped; so does a folder of files."""
    file = tmp_path / "mine.toml"
    file.write_text(MINE, encoding="utf-8")
    for path in (file, tmp_path):
        knowledge = load(path)
        assert [c.label for c in knowledge.published_before(["4444/tcp"], date(2026, 2, 1))] == ["EXAMPLE-1"]
        assert knowledge.service("445/tcp") is not None


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("services = 3", r"only the tables"),
        ("[ports]", "only the tables"),
        ("[services", "mine.toml"),
        ('[services."445"]\nname_en = "a"\nname_ja = "b"', "'445/tcp'"),
        ('[services."smb/tcp"]\nname_en = "a"\nname_ja = "b"', "not a port"),
        ('[services."445/tcp"]\nname_en = "a"\nname_ja = "b"\ncandidates = ["nobody"]', "'nobody'"),
        ('[services."445/tcp"]\nname_en = "a"\nname_ja = "b"\ncolour = "red"', "colour"),
        (MINE.replace("published = 2026-01-05\n", ""), "published"),
    ],
    ids=["value", "table", "syntax", "bare-port", "no-port", "unknown-candidate", "unknown-key", "no-date"],
)
def test_what_is_wrong_is_said(text: str, complaint: str, tmp_path: Path) -> None:
    """A file that is not of the form is refused with what is wrong in it."""
    file = tmp_path / "mine.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=complaint):
        load(file)


def test_missing_file_is_refused(tmp_path: Path) -> None:
    """A file that is not there is refused by name."""
    with pytest.raises(ConfigError, match=r"none\.toml"):
        load(tmp_path / "none.toml")
