"""
Drafts the document about a surge, in English and Japanese, in the layout of JPCERT-AT-2008-0019.

Publishes nothing: a draft waits for an analyst. A surge that is not broad gets a draft that says so on its face.
"""

from collections.abc import Callable, Sequence
from datetime import date
from functools import cache, partial

from jinja2 import Environment, PackageLoader, StrictUndefined

from isdas.alerts import statement, wording, wrap
from isdas.alerts.cause import Hypothesis, offered
from isdas.alerts.config import Config
from isdas.alerts.figure_link import FigureLink
from isdas.alerts.knowledge import Knowledge, Measure, Reference, Service
from isdas.alerts.port_words import PortWords, port_words
from isdas.alerts.statement import Facts, Statement
from isdas.model.alert import LANGUAGES, Alert, AlertText, Claim
from isdas.model.number import text_path
from isdas.model.surge import Surge

__all__ = ["FigureLink", "draft"]

_MOST_REFERENCES = 6


def draft(
    surge: Surge,
    *,
    number: str,
    issued: date,
    knowledge: Knowledge,
    config: Config,
    figures: Sequence[FigureLink] = (),
) -> Alert:
    """
    The alert that *surge* would become, in state ``draft``, with a claim behind every sentence of sections I and II.

    Nothing that was published after the onset is offered as a cause, and no reference is younger than *issued*. A
    surge whose verdict is not ``broad`` gets a caution line above its text, and no countermeasures unless a cause is
    offered.

    Raises:
        IsdasError: *number* is not an alert number, or a port of the surge is not a port.
    """
    facts = Facts(surge, port_words(surge.ports or (surge.port,)), issued, config)
    named = offered(surge, knowledge, config)
    first = statement.overview(facts, named)
    second = statement.observation(facts, figures=bool(figures))
    values = {
        "number": number,
        "issued": issued,
        "config": config,
        "words": facts.words,
        "overview": first,
        "observation": second,
        "figures": figures,
        "verdict": surge.verdict,
        "verdict_name": wording.VERDICT[surge.verdict].name,
        "measures": _measures(facts, named, knowledge),
        "references": _references(facts, named, knowledge),
        "titles": {language: title(surge, facts.words, language) for language in LANGUAGES},
    }
    texts = tuple(
        AlertText(language, title(surge, facts.words, language), _text(language, number, config, values))
        for language in LANGUAGES
    )
    return Alert(
        number=number,
        surge=surge.identifier,
        state="draft",
        first_issued=issued,
        updated=issued,
        texts=texts,
        claims=_claims([*first, *second]),
        figures=tuple(figure.path for figure in figures),
    )


def title(surge: Surge, words: PortWords, language: str) -> str:
    """The title line: ``Increased activity targeting TCP port 445``; one that is not broad names its verdict."""
    name = wording.VERDICT[surge.verdict].name
    if surge.verdict != "broad":
        if language == "ja":
            return f"{words.packets_ja}の増加について ({name.ja})"
        return f"Increase in {words.packets_en} ({name.en})"
    if language == "ja":
        return f"{words.scans_ja}増加に関する注意喚起"
    return f"Increased activity {'targeting' if words.has_service else 'using'} {words.en}"


def _text(language: str, number: str, config: Config, values: dict[str, object]) -> str:
    url = f"{config.site_url.rstrip('/')}/{text_path(number, language)}"
    template = _environment(config.line_width).get_template(f"{language}.txt.j2")
    return template.render(values, url=url, language=language)


@cache
def _environment(width: int) -> Environment:
    environment = Environment(
        loader=PackageLoader("isdas.alerts"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    filters: dict[str, Callable[..., str]] = {
        "right": partial(wrap.right, width=width),
        "centre": partial(wrap.centre, width=width),
        "wrap": partial(wrap.wrap, width=width),
    }
    environment.filters.update(filters)
    return environment


def _claims(statements: Sequence[Statement]) -> tuple[Claim, ...]:
    return tuple(claim for each in statements for claim in each.as_claims())


def _measures(facts: Facts, named: Sequence[Hypothesis], knowledge: Knowledge) -> list[Measure]:
    """What to do, in the order of the original: the update first, then the way in, and always the way out."""
    if facts.surge.verdict != "broad" and not named:
        return []
    services = _services(facts.surge, knowledge)
    measures = [Measure(en=h.candidate.remedy_en, ja=h.candidate.remedy_ja) for h in named]
    measures += [measure for service in services for measure in service.measures]
    measures += [] if named else [_check(facts.words)]
    measures += _filters(facts.words, bool(services) and all(service.outbound == "block" for service in services))
    return list(dict.fromkeys(measures))


def _check(words: PortWords) -> Measure:
    if words.has_service:
        return Measure(
            en="Check whether the service is in use, stop it where it is not, and keep its software up to date.",
            ja="サービスの利用状況を確認し、不要な場合は停止する。利用している場合は、ソフトウェアを最新の状態に保つ。",
        )
    return Measure(
        en="Check that hosts which answer do not offer services that are not needed.",
        ja="応答するホストで不要なサービスが動作していないか確認する。",
    )


def _filters(words: PortWords, block: bool) -> list[Measure]:
    damage_en = "In order to prevent secondary damage from virus infection, restrict"
    damage_ja = "ウイルスに感染した場合の二次被害を防ぐために、"
    needed_en, needed_ja = (
        (".", "を制限する。") if block else (" to those that are needed.", "を、必要なもののみに制限する。")
    )
    return [
        Measure(
            en=f"Restrict {words.inbound_en} to those that are needed.",
            ja=f"{words.inbound_ja}を、必要なもののみに制限する。",
        ),
        Measure(
            en=f"{damage_en} {words.outbound_en}{needed_en}",
            ja=f"{damage_ja}{words.outbound_ja}{needed_ja}",
        ),
    ]


def _services(surge: Surge, knowledge: Knowledge) -> list[Service]:
    return [service for port in surge.ports or (surge.port,) if (service := knowledge.service(port))]


def _references(facts: Facts, named: Sequence[Hypothesis], knowledge: Knowledge) -> list[Reference]:
    found = [reference for h in named for reference in h.candidate.reading(facts.issued)]
    if named:
        services = _services(facts.surge, knowledge)
        found += [r for s in services for r in s.references if (r.published or facts.issued) <= facts.issued]
    return list(dict.fromkeys(found))[:_MOST_REFERENCES]
