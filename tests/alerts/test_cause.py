"""Which causes are named, and how carefully."""

from collections.abc import Callable
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from isdas.alerts.cause import against, hypotheses, offered, sentence
from isdas.alerts.config import Config
from isdas.alerts.knowledge import Knowledge
from isdas.model.surge import Surge

TOKYO = ZoneInfo("Asia/Tokyo")


def on(day: str, port: str, make_surge: Callable[..., Surge], **changes: object) -> Surge:
    """A surge of a port that began at noon of a day, give or take an hour."""
    noon = datetime.combine(date.fromisoformat(day), datetime.min.time(), TOKYO).replace(hour=12)
    return make_surge(
        port=port,
        ports=(port,),
        onset_at=noon,
        onset_low_at=noon.replace(hour=11),
        onset_high_at=noon.replace(hour=13),
        **changes,
    )


@pytest.mark.parametrize(
    ("day", "port", "labels"),
    [
        ("2003-08-11", "135/tcp", ["MS03-026"]),
        ("2005-12-08", "1025/tcp", ["MS05-051"]),
        ("2006-08-20", "139/tcp", ["MS06-040"]),
        ("2006-12-01", "2967/tcp", ["CVE-2006-2630"]),
        ("2007-08-22", "5168/tcp", ["CVE-2007-4218"]),
        ("2008-10-30", "445/tcp", ["MS08-067"]),
        ("2008-12-25", "445/tcp", ["MS08-067"]),
        ("2014-09-28", "10000/tcp", ["CVE-2014-6271"]),
        ("2017-05-12", "445/tcp", ["MS17-010"]),
        ("2017-12-05", "37215/tcp", ["CVE-2017-17215"]),
    ],
)
def test_causes_that_the_alerts_of_the_time_named(
    day: str, port: str, labels: list[str], make_surge: Callable[..., Surge], knowledge: Knowledge, config: Config
) -> None:
    """At the published onsets the cause that was suspected then is named, and nothing younger."""
    assert [h.candidate.label for h in offered(on(day, port, make_surge), knowledge, config)] == labels


@pytest.mark.parametrize(
    ("day", "named"), [("2008-10-22", "MS06-040"), ("2008-10-23", "MS06-040"), ("2008-10-24", "MS08-067")]
)
def test_a_vulnerability_must_be_older_than_the_onset(
    day: str, named: str, make_surge: Callable[..., Surge], knowledge: Knowledge, config: Config
) -> None:
    """A vulnerability published on the day of the onset, or after it, is not offered."""
    found = offered(on(day, "445/tcp", make_surge), knowledge, config)
    assert [h.candidate.label for h in found] == [named]


def test_recent_may_be_and_old_is_consistent(
    make_surge: Callable[..., Surge], knowledge: Knowledge, config: Config
) -> None:
    """A recent vulnerability may be the cause, with its days; an old one is at most consistent with the scans."""
    recent = on("2017-05-12", "445/tcp", make_surge)
    words = sentence(offered(recent, knowledge, config), recent)
    assert "they may be infection attempts" in words.en
    assert "March 14, 2017, 59 days before the onset" in words.en
    assert words.ja.endswith("の可能性があります。")
    old = on("2018-08-12", "445/tcp", make_surge)
    words = sentence(offered(old, knowledge, config), old)
    assert "they are consistent with infection attempts" in words.en
    assert words.en.endswith("(MS17-010), known since March 2017.")
    assert words.ja.endswith("などが考えられます。")


def test_days_are_about_where_the_onset_is(
    make_surge: Callable[..., Surge], knowledge: Knowledge, config: Config
) -> None:
    """Where the interval is wider than a day, so is the number of days."""
    surge = make_surge(onset_low_at=datetime(2008, 10, 29, tzinfo=TOKYO))
    words = sentence(offered(surge, knowledge, config), surge)
    assert "about seven days before the onset" in words.en
    assert "増加が始まる約 7日前" in words.ja


def test_fingerprint_raises_what_it_fits(
    make_surge: Callable[..., Surge], knowledge: Knowledge, config: Config
) -> None:
    """Where most of the increase has the header pattern of Mirai, that is named; otherwise guessed passwords are."""
    plain = on("2018-06-01", "23/tcp", make_surge)
    assert offered(plain, knowledge, config)[0].candidate.label == ""
    marked = on("2018-06-01", "23/tcp", make_surge, tools=(("mirai-like", 0.8),))
    assert [h.candidate.label for h in offered(marked, knowledge, config)] == ["Mirai"]


@pytest.mark.parametrize(
    "verdict", ["single-source", "single-sensor", "research-scanner", "backscatter", "fleet-change"]
)
def test_no_cause_where_the_verdict_explains_it(
    verdict: str, make_surge: Callable[..., Surge], knowledge: Knowledge, config: Config
) -> None:
    """A surge that is explained by one source, one sensor, research, replies or the fleet has no cause named."""
    assert offered(make_surge(verdict=verdict), knowledge, config) == []


def test_hypotheses_are_ranked(make_surge: Callable[..., Surge], knowledge: Knowledge, config: Config) -> None:
    """All that was public before is ranked, the most recent vulnerability first."""
    labels = [h.candidate.label for h in hypotheses(make_surge(), knowledge, config)]
    assert labels == ["MS08-067", "MS06-040", "MS05-039", "MS04-011"]


def test_what_would_refute_is_said(make_surge: Callable[..., Surge], knowledge: Knowledge, config: Config) -> None:
    """The text says what would count against the cause that it names."""
    words = against(offered(make_surge(), knowledge, config))
    assert words.en == (
        "Sources found not to run Windows, or to have this update installed, would count against this explanation."
    )
    assert words.ja.startswith("なお、")
