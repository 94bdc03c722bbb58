"""
The feed of alerts in RSS 1.0 (RDF), in the form of JPCERT/CC's ``jpcert.rdf``.

Fetches and sends nothing.
"""

from collections.abc import Iterable
from datetime import date
from xml.etree import ElementTree as ET

from isdas.model.alert import Alert
from isdas.model.number import text_path

_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_RSS = "http://purl.org/rss/1.0/"
_DC = "http://purl.org/dc/elements/1.1/"
_DCTERMS = "http://purl.org/dc/terms/"
_XML = "http://www.w3.org/XML/1998/namespace"

# The standard library knows the prefixes rdf and dc by itself.
ET.register_namespace("dcterms", _DCTERMS)

_WORDS = {
    "en": ("Alert", "published", "updated", "Alerts"),
    "ja": ("注意喚起", "公開", "更新", "注意喚起"),
}


def feed(
    alerts: Iterable[Alert],
    *,
    site_url: str,
    language: str = "ja",
    publisher: str = "ISDAS",
    path: str = "rss/isdas.rdf",
) -> str:
    """
    The feed as text with an XML declaration, youngest alert first; alerts that lack *language* are left out.

    Titles are ``注意喚起: ... (公開)`` or ``(更新)``; identifiers are file names such as ``at080001``; dates are days,
    because an alert has no time of day.
    """
    site = site_url.rstrip("/")
    chosen = [alert for alert in alerts if any(text.language == language for text in alert.texts)]
    chosen.sort(key=lambda alert: (alert.updated, alert.number), reverse=True)
    root = ET.Element(f"{{{_RDF}}}RDF", {f"{{{_XML}}}lang": language})
    root.append(_channel(chosen, site, language, publisher, path))
    root.extend(_item(alert, site, language, publisher) for alert in chosen)
    ET.indent(root)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        + ET.tostring(root, encoding="unicode", default_namespace=_RSS)
        + "\n"
    )


def _channel(alerts: list[Alert], site: str, language: str, publisher: str, path: str) -> ET.Element:
    channel = ET.Element(f"{{{_RSS}}}channel", {f"{{{_RDF}}}about": f"{site}/{path}"})
    title = f"{publisher} {_WORDS[language][3]}"
    _add(channel, _RSS, "title", title)
    _add(channel, _RSS, "link", f"{site}/")
    _add(channel, _RSS, "description", title)
    _add(channel, _DC, "publisher", publisher)
    if alerts:
        _add(channel, _DC, "date", _day(alerts[0].updated))
    sequence = ET.SubElement(ET.SubElement(channel, f"{{{_RSS}}}items"), f"{{{_RDF}}}Seq")
    for alert in alerts:
        ET.SubElement(sequence, f"{{{_RDF}}}li", {f"{{{_RDF}}}resource": _url(alert, site, language)})
    return channel


def _item(alert: Alert, site: str, language: str, publisher: str) -> ET.Element:
    word, published, updated, _ = _WORDS[language]
    item = ET.Element(f"{{{_RSS}}}item", {f"{{{_RDF}}}about": _url(alert, site, language)})
    state = updated if alert.updated > alert.first_issued else published
    _add(item, _RSS, "title", f"{word}: {alert.text(language).title} ({state})")
    _add(item, _RSS, "link", _url(alert, site, language))
    _add(item, _DC, "identifier", _url(alert, site, language).rsplit("/", 1)[1].removesuffix(".txt"))
    _add(item, _DC, "publisher", publisher)
    _add(item, _DC, "date", _day(alert.updated))
    _add(item, _DCTERMS, "issued", _day(alert.first_issued))
    _add(item, _DCTERMS, "modified", _day(alert.updated))
    return item


def _url(alert: Alert, site: str, language: str) -> str:
    return f"{site}/{text_path(alert.number, language)}"


def _add(parent: ET.Element, namespace: str, name: str, text: str) -> None:
    ET.SubElement(parent, f"{{{namespace}}}{name}").text = text


def _day(day: date) -> str:
    return day.isoformat()
