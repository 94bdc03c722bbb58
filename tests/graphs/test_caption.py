"""Sentences on pictures."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from isdas.graphs import caption
from isdas.graphs.config import Config
from isdas.graphs.words import ENGLISH, JAPANESE
from isdas.model.series import Basis, Series
from isdas.model.time import Period

Make = Callable[..., Series]


@pytest.mark.parametrize(
    ("by", "keys", "port", "english", "japanese"),
    [
        (
            "port", ("445/tcp",), "445/tcp",
            "Packets to destination port 445/tcp (microsoft-ds)", "アクセス先ポート別グラフ 445/tcp (microsoft-ds)",
        ),
        (
            "region", ("JP", "CN"), "445/tcp",
            "Packets to destination port 445/tcp (microsoft-ds) by source region",
            "アクセス元地域別ポート指定グラフ 445/tcp (microsoft-ds)",
        ),
        (
            "port", ("445/tcp", "135/tcp", "other"), None,
            "Packets by destination port, top 2", "アクセス先ポート別グラフ（上位2ポート）",
        ),
        ("region", ("JP",), None, "Packets by source region", "アクセス元地域別グラフ"),
        ("kind", ("scan",), None, "Packets by kind", "kind 別グラフ"),
    ],
    ids=["port", "port-by-region", "top", "region", "column"],
)  # fmt: skip
def test_titles(make: Make, by: str, keys: tuple[str, ...], port: str | None, english: str, japanese: str) -> None:
    """Titles are in the terms of the published figures."""
    series = make(by=by, keys=keys, port=port)
    assert caption.title(series, ENGLISH) == english
    assert caption.title(series, JAPANESE) == japanese


def test_subtitle_names_unit_bin_period_and_zone(make: Make) -> None:
    """Under the title stand unit, bin width and period with its zone."""
    series = make()
    assert caption.subtitle(series, ENGLISH) == "Mean packets per sensor per day, 2008-08-05 to 2008-11-04 (JST)"
    expected = "センサー1台あたりの平均パケット数（1日ごと）、2008年8月5日～2008年11月4日（日本時間）"
    assert caption.subtitle(series, JAPANESE) == expected
    assert "logarithmic scale" in caption.subtitle(series, ENGLISH, log=True)


def test_sources_are_not_called_packets(make: Make) -> None:
    """A figure of sources says sources in its title as well as in its unit."""
    series = make(by="region", keys=("JP", "CN"), port="445/tcp", measure="sources")
    assert caption.title(series, ENGLISH) == "Sources to destination port 445/tcp (microsoft-ds) by source region"
    assert caption.unit(series, ENGLISH) == "distinct sources per day"


def test_a_period_within_days_has_times() -> None:
    """A period that does not begin and end at midnight is written with its times."""
    start, end = datetime(2008, 10, 30, 13, tzinfo=UTC), datetime(2008, 10, 31, 1, tzinfo=UTC)
    period = Period(start, end, ZoneInfo("Asia/Tokyo"))
    assert caption.span(period, ENGLISH) == "2008-10-30 22:00 to 2008-10-31 10:00 (JST)"


def test_a_single_day_is_written_once() -> None:
    """A period of one day is one date."""
    period = Period.parse("2008-10-30", "2008-10-30", ZoneInfo("Asia/Tokyo"))
    assert caption.span(period, ENGLISH) == "2008-10-30 (JST)"


def test_both_names_of_a_zone_whose_clocks_change() -> None:
    """A period over the end of summer time names both zones; a nameless zone is written by its distance from UTC."""
    change = Period.parse("2008-10-25", "2008-10-27", ZoneInfo("Europe/Berlin"))
    assert caption.zone_name(change, ENGLISH) == "CEST/CET"
    nameless = Period.parse("2020-10-25", "2020-10-27", ZoneInfo("America/Sao_Paulo"))
    assert caption.zone_name(nameless, ENGLISH) == "UTC-03"


def test_coverage_note_counts_gaps(make: Make) -> None:
    """The note says what share of the fleet's time was observed, how that is known, and how long nobody did."""
    note = caption.coverage_note(make(gap=slice(40, 43)), ENGLISH)
    expected = "Coverage 97 % of 12 sensors, inferred from the sensors' own rhythm; 3 days without data (shaded)."
    assert note == expected
    hours = caption.coverage_note(make("2008-10-29", "2008-11-04", bin_hours=1, gap=slice(5, 6)), ENGLISH)
    assert "1 hour without data" in hours


def test_nearly_complete_is_not_complete(make: Make) -> None:
    """Coverage is 100 % only when nothing is missing, and never more."""
    series = make(basis=Basis())
    assert caption.coverage_note(series, ENGLISH) == "Coverage 100 % of 12 sensors, as stated by the sensors; no gap."
    coverage = series.coverage.copy()
    coverage[0] = 11.9
    assert "Coverage 99.9 %" in caption.coverage_note(replace(series, coverage=coverage), ENGLISH)


def test_partly_inferred_coverage_says_how_much(make: Make) -> None:
    """Coverage that was inferred in part says in which part."""
    assert "40 % of it inferred" in caption.coverage_note(make(basis=Basis(inferred=0.4)), ENGLISH)


def test_source_line_names_what_it_was_made_from(make: Make) -> None:
    """The source line names organisation, sensors, table versions and lookup editions."""
    line = caption.source_line(make(), ENGLISH, Config(organisation="Example CSIRT"))
    assert (
        line
        == "Source: ISDAS, Example CSIRT; 12 sensors; packets of every kind. Tables: packets v12. Lookups: iptocc 3.3."
    )
    assert caption.source_line(make(), JAPANESE, Config()).startswith("出典：ISDAS、センサー12台、全種別のパケット。")


def test_service_names_come_with_their_caveat(make: Make) -> None:
    """Only figures that show a service name say what such a name does not mean."""
    assert ENGLISH.iana in caption.footer(make(), ENGLISH, Config())
    assert ENGLISH.iana not in caption.footer(make(keys=("53413/udp",)), ENGLISH, Config())


def test_labels_of_lines(make: Make) -> None:
    """Regions have name and code, AS numbers their prefix, the rest its word, ports service name and mean beneath."""
    assert caption.key_label("JP", "region", JAPANESE) == "日本 (JP)"
    assert caption.key_label("QQ", "region", ENGLISH) == "QQ"
    assert caption.key_label("4134", "as", ENGLISH) == "AS4134"
    assert caption.key_label("other", "region", JAPANESE) == "その他"
    series = replace(make(), values=np.full((1, 92), 1234.5))
    assert caption.key_note(series, 0, ENGLISH) == "microsoft-ds, mean 1,234"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (12.0, "12"),
        (0.004567, "0.00457"),
        (1.5, "1.50"),
        (63.42, "63.4"),
        (99.99, "100"),
        (12345.6, "12,346"),
    ],
)
def test_numbers_have_three_figures(value: float, text: str) -> None:
    """Numbers have three figures that count and thousands separators; whole numbers have no decimals."""
    assert caption.number(value) == text


def test_source_line_says_which_kind_is_counted(make: Make) -> None:
    """A figure of scans says so, and a kind without words of its own is named."""
    scans = caption.source_line(replace(make(), kind="scan"), ENGLISH, Config())
    assert "scans only (SYN, UDP and echo requests)" in scans
    assert "spoofed packets only" in caption.source_line(replace(make(), kind="spoofed"), ENGLISH, Config())
