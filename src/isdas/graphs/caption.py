"""
The sentences on a picture: title, unit, labels of the lines, source line and coverage note.

Says only what the series says of itself.
"""

import math
from datetime import datetime, timedelta

import numpy as np

from isdas.graphs.config import Config
from isdas.graphs.palette import OTHER
from isdas.graphs.service import service
from isdas.graphs.words import Words
from isdas.model import region
from isdas.model.series import Series
from isdas.model.time import Period


def title(series: Series, words: Words) -> str:
    """What the figure shows, such as *Packets to destination port 445/tcp (microsoft-ds) by source region*."""
    port = series.port or _only_port(series)
    forms = words.titles if port is None else words.port_titles
    text = forms.get(series.by, forms[""]).format(
        what=words.nouns[series.measure], by=series.by, port=port_label(port) if port else ""
    )
    n = sum(key != OTHER for key in series.keys)
    return words.top.format(title=text, n=n) if port is None and series.by == "port" and n > 1 else text


def subtitle(series: Series, words: Words, *, log: bool = False) -> str:
    """Unit, bin and period: *mean packets per sensor per day, 2008-08-05 to 2008-11-04 (JST)*."""
    parts = [unit(series, words), words.log] if log else [unit(series, words)]
    text = words.comma.join([*parts, span(series.period, words)])
    return text[0].upper() + text[1:]


def full_title(series: Series, words: Words) -> str:
    """Title, unit and period in one line, for the page and for those who hear the picture instead of seeing it."""
    return f"{title(series, words)}{words.colon}{unit(series, words)}{words.comma}{span(series.period, words)}"


def unit(series: Series, words: Words) -> str:
    """The unit of the values, bin width included."""
    form = words.measures.get((series.measure, series.bin_hours)) or words.measures[series.measure, 0]
    return form.format(n=series.bin_hours)


def span(period: Period, words: Words) -> str:
    """The period in its own zone; with times of day unless it begins and ends at midnight."""
    start, end = period.start.astimezone(period.zone), period.end.astimezone(period.zone)
    if all((when.hour, when.minute, when.second) == (0, 0, 0) for when in (start, end)):
        first, last = written(start, words.date), written(end - timedelta(days=1), words.date)
    else:
        first, last = written(start, words.minute), written(end, words.minute)
    form = words.one_date if first == last else words.span
    return form.format(start=first, end=last, zone=zone_name(period, words))


def zone_name(period: Period, words: Words) -> str:
    """The short name of the zone; both names where the clocks change within the period."""
    names = []
    for when in (period.start, period.end - timedelta(microseconds=1)):
        name = when.astimezone(period.zone).tzname() or str(period.zone)
        name = words.zones.get(name, f"UTC{name}" if name[0] in "+-" else name)
        if name not in names:
            names.append(name)
    return "/".join(names)


def port_label(port: str) -> str:
    """A port with the registered service name in brackets."""
    name = service(port)
    return f"{port} ({name})" if name else port


def key_label(key: str, by: str, words: Words) -> str:
    """What stands beside a line of the figure."""
    if key == OTHER:
        return words.other
    if by == "region":
        name = region.label(key, words.language)
        return name if name == key else f"{name} ({key})"
    return f"AS{key}" if by == "as" and key.isdecimal() else key


def key_note(series: Series, row: int, words: Words) -> str:
    """The second line beside a line of the figure: registered service name and mean over the period."""
    values = series.values[row]
    known = values[~np.isnan(values)]
    parts = [service(series.keys[row])] if series.by == "port" else []
    if known.size:
        parts.append(words.mean.format(value=number(float(known.mean()))))
    return words.comma.join(part for part in parts if part)


def number(value: float) -> str:
    """A number with thousands separators and three figures that count; whole numbers have no decimals."""
    if value.is_integer() or abs(value) >= 100:
        return f"{value:,.0f}"
    decimals = 2 - math.floor(math.log10(abs(float(f"{value:.2e}"))))
    return f"{value:,.{min(max(decimals, 0), 6)}f}"


def footer(series: Series, words: Words, config: Config) -> tuple[str, ...]:
    """Source line, coverage note and, where service names are shown, what they do not mean."""
    notes = [source_line(series, words, config), coverage_note(series, words)]
    shown = [series.port, *(series.keys if series.by == "port" else ())]
    if any(port and service(port) for port in shown):
        notes.append(words.iana)
    return tuple(notes)


def source_line(series: Series, words: Words, config: Config) -> str:
    """Who counted what, with how many sensors, from which table versions and lookup editions."""
    who = f"ISDAS, {config.organisation}" if config.organisation else "ISDAS"
    sensors = _counted(series.n_sensors, words.one_sensor, words.sensors)
    kind = words.kinds.get(series.kind, words.kinds[""]).format(kind=series.kind)
    parts = [words.source.format(who=who, sensors=sensors, kind=kind)]
    if series.basis.versions:
        items = ", ".join(f"{table} v{version}" for table, version in sorted(series.basis.versions.items()))
        parts.append(words.tables.format(items=items))
    if series.basis.editions:
        items = ", ".join(f"{lookup} {edition}" for lookup, edition in sorted(series.basis.editions.items()))
        parts.append(words.regions.format(items=items))
    return words.separator.join(parts)


def coverage_note(series: Series, words: Words) -> str:
    """How much of the fleet's time was observed, how that is known, and how long nobody observed."""
    expected = series.n_sensors * len(series.bins)
    share = float(series.coverage.sum()) / expected if expected else 0.0
    hours = int(series.gaps.sum()) * series.bin_hours
    return words.coverage.format(
        percent=_percent(share),
        sensors=_counted(series.n_sensors, words.one_sensor, words.sensors),
        how=_how_known(series.basis.inferred, words),
        missing=words.missing.format(span=_duration(hours, words)) if hours else words.complete,
    )


def written(when: datetime, form: str) -> str:
    """*when* by a strftime form, in which ``%-m`` and ``%-d`` have no leading zero on any system."""
    return when.strftime(form.replace("%-m", str(when.month)).replace("%-d", str(when.day)))


def _only_port(series: Series) -> str | None:
    return series.keys[0] if series.by == "port" and len(series.keys) == 1 and series.keys[0] != OTHER else None


def _percent(share: float) -> str:
    # Only what is complete is 100: 99.96 % is not.
    if 0.999 < share < 1:
        return "99.9"
    return f"{share * 100:.1f}".removesuffix(".0") if 0.99 < share < 1 else f"{share * 100:.0f}"


def _how_known(inferred: float, words: Words) -> str:
    if inferred <= 0:
        return words.stated
    return words.inferred if inferred >= 1 else words.partly.format(percent=_percent(inferred))


def _duration(hours: int, words: Words) -> str:
    if hours % 24 == 0:
        return _counted(hours // 24, words.one_day, words.days)
    return _counted(hours, words.one_hour, words.hours)


def _counted(n: int, one: str, many: str) -> str:
    return one if n == 1 else many.format(n=f"{n:,}")
