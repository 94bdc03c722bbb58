"""The feed of alerts."""

from dataclasses import replace
from datetime import date
from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from isdas.delivery.feed import feed
from isdas.model.alert import Alert, AlertText

NAMES = {
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rss": "http://purl.org/rss/1.0/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
}
ABOUT = f"{{{NAMES['rdf']}}}about"
FIRST = Alert(
    number="ISDAS-AT-2008-0001",
    surge="s",
    state="published",
    first_issued=date(2008, 11, 4),
    updated=date(2008, 11, 4),
    texts=(
        AlertText("en", "Increased activity targeting TCP port 445", ""),
        AlertText("ja", "TCP 445番ポートへのスキャン増加に関する注意喚起", ""),
    ),
)
SECOND = replace(FIRST, number="ISDAS-AT-2009-0002", first_issued=date(2009, 2, 5), updated=date(2009, 2, 6))


def test_items_have_the_form_of_the_original() -> None:
    """An item has address, title with its state, link, identifier and date, as in jpcert.rdf."""
    root = ET.fromstring(feed([FIRST], site_url="https://example.org/"))
    item = root.find("rss:item", NAMES)
    assert item is not None
    assert item.get(ABOUT) == "https://example.org/at/2008/at080001.txt"
    assert item.findtext("rss:title", "", NAMES) == "注意喚起: TCP 445番ポートへのスキャン増加に関する注意喚起 (公開)"
    assert item.findtext("rss:link", "", NAMES) == "https://example.org/at/2008/at080001.txt"
    assert item.findtext("dc:identifier", "", NAMES) == "at080001"
    assert item.findtext("dc:date", "", NAMES) == "2008-11-04"


def test_channel_lists_its_items_youngest_first() -> None:
    """The channel lists the items that follow it, the youngest first, and an alert that changed is marked so."""
    root = ET.fromstring(feed([FIRST, SECOND], site_url="https://example.org"))
    listed = [li.get(f"{{{NAMES['rdf']}}}resource") for li in root.iterfind(".//rdf:li", NAMES)]
    assert listed == [item.get(ABOUT) for item in root.iterfind("rss:item", NAMES)]
    assert listed[0] == "https://example.org/at/2009/at090002.txt"
    assert root.findtext("rss:item/rss:title", "", NAMES).endswith(" (更新)")
    assert root.findtext("rss:channel/dc:date", "", NAMES) == "2009-02-06"


def test_english_feed() -> None:
    """The English feed has English titles and addresses, and leaves out what has no English text."""
    only_japanese = replace(SECOND, texts=FIRST.texts[1:])
    root = ET.fromstring(feed([FIRST, only_japanese], site_url="https://example.org", language="en"))
    titles = [item.findtext("rss:title", "", NAMES) for item in root.iterfind("rss:item", NAMES)]
    assert titles == ["Alert: Increased activity targeting TCP port 445 (published)"]
    assert root.find("rss:item", NAMES).get(ABOUT) == "https://example.org/english/at/2008/at080001.txt"  # type: ignore[union-attr]


def test_feed_of_nothing() -> None:
    """A feed without alerts is still a feed."""
    root = ET.fromstring(feed([], site_url="https://example.org"))
    assert root.find("rss:channel/rss:items/rdf:Seq", NAMES) is not None
    assert root.findall("rss:item", NAMES) == []


def test_rss_is_the_default_namespace() -> None:
    """Elements of RSS have no prefix and the others their usual one, as simple readers expect."""
    text = feed([FIRST], site_url="https://example.org")
    assert text.startswith('<?xml version="1.0" encoding="UTF-8"?>\n<rdf:RDF xmlns="http://purl.org/rss/1.0/"')
    assert "<dcterms:issued>2008-11-04</dcterms:issued>" in text


@given(st.text(st.characters(min_codepoint=32, exclude_categories=("Cs", "Cc", "Cn")), max_size=40))
def test_titles_are_escaped(title: str) -> None:
    """Whatever a title holds, the feed is well-formed and gives it back."""
    alert = replace(FIRST, texts=(AlertText("ja", title, ""),))
    root = ET.fromstring(feed([alert], site_url="https://example.org"))
    assert root.findtext("rss:item/rss:title", "", NAMES) == f"注意喚起: {title} (公開)"
