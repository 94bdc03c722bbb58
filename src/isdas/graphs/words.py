"""
The words on a picture, in English and in Japanese.

Holds terms only; `isdas.graphs.caption` makes the sentences.
"""

from dataclasses import dataclass

from isdas.model.errors import IsdasError


@dataclass(frozen=True, slots=True)
class Words:
    """
    One language's terms and sentence forms.

    Attributes:
        titles: title by what the lines are; ``""`` for columns without a title of their own.
        nouns: what is counted, by measure.
        top: what is added where the lines are the largest n of many.
        port_titles: the same for a figure of one port.
        measures: unit by measure and bin width in hours; 0 for other widths.
        other, no_data, no_period, no_packets, mean, log, zones: single terms.
        date, minute: strftime forms.
        span, one_date: forms of a period and of a single date.
        sensors, one_sensor, hours, days, one_hour, one_day: forms of counted nouns.
        kinds: what of the packets is counted, by kind; ``""`` for kinds without words of their own.
        source, tables, regions, iana, coverage, stated, inferred, partly, missing, complete: parts of the footer.
        onset, interval: forms of the label of an onset.
        separator, comma, colon: what stands between sentences and between parts of one.
    """

    language: str
    titles: dict[str, str]
    nouns: dict[str, str]
    top: str
    port_titles: dict[str, str]
    measures: dict[tuple[str, int], str]
    other: str
    no_data: str
    no_period: str
    no_packets: str
    mean: str
    log: str
    zones: dict[str, str]
    date: str
    minute: str
    span: str
    one_date: str
    sensors: str
    one_sensor: str
    hours: str
    days: str
    one_hour: str
    one_day: str
    kinds: dict[str, str]
    source: str
    tables: str
    regions: str
    iana: str
    coverage: str
    stated: str
    inferred: str
    partly: str
    missing: str
    complete: str
    onset: str
    interval: str
    separator: str
    comma: str
    colon: str


ENGLISH = Words(
    language="en",
    titles={
        "port": "{what} by destination port",
        "region": "{what} by source region",
        "sensor": "{what} by sensor",
        "tool": "{what} by tool",
        "as": "{what} by source AS",
        "total": "{what}, all ports",
        "": "{what} by {by}",
    },
    nouns={"packets-per-sensor": "Packets", "packets": "Packets", "sources": "Sources"},
    top="{title}, top {n}",
    port_titles={
        "port": "{what} to destination port {port}",
        "total": "{what} to destination port {port}",
        "region": "{what} to destination port {port} by source region",
        "sensor": "{what} to destination port {port} by sensor",
        "tool": "{what} to destination port {port} by tool",
        "as": "{what} to destination port {port} by source AS",
        "": "{what} to destination port {port} by {by}",
    },
    measures={
        ("packets-per-sensor", 1): "mean packets per sensor per hour",
        ("packets-per-sensor", 6): "mean packets per sensor per six hours",
        ("packets-per-sensor", 24): "mean packets per sensor per day",
        ("packets-per-sensor", 0): "mean packets per sensor per {n} hours",
        ("packets", 1): "packets per hour",
        ("packets", 6): "packets per six hours",
        ("packets", 24): "packets per day",
        ("packets", 0): "packets per {n} hours",
        ("sources", 1): "distinct sources per hour",
        ("sources", 6): "distinct sources per six hours",
        ("sources", 24): "distinct sources per day",
        ("sources", 0): "distinct sources per {n} hours",
    },
    other="other",
    no_data="no data",
    no_period="No data in this period",
    no_packets="No packets in this period",
    mean="mean {value}",
    log="logarithmic scale",
    zones={},
    date="%Y-%m-%d",
    minute="%Y-%m-%d %H:%M",
    span="{start} to {end} ({zone})",
    one_date="{start} ({zone})",
    sensors="{n} sensors",
    one_sensor="1 sensor",
    hours="{n} hours",
    days="{n} days",
    one_hour="1 hour",
    one_day="1 day",
    kinds={
        "all": "packets of every kind",
        "scan": "scans only (SYN, UDP and echo requests)",
        "backscatter": "backscatter only (answers to forged packets)",
        "": "{kind} packets only",
    },
    source="Source: {who}; {sensors}; {kind}.",
    tables="Tables: {items}.",
    regions="Lookups: {items}.",
    iana="Service names are the registered ones (IANA); the packets need not be of that service.",
    coverage="Coverage {percent} % of {sensors}, {how}{missing}.",
    stated="as stated by the sensors",
    inferred="inferred from the sensors' own rhythm",
    partly="{percent} % of it inferred from the sensors' own rhythm",
    missing="; {span} without data (shaded)",
    complete="; no gap",
    onset="Onset {at}",
    interval="90 % interval {low} to {high}",
    separator=" ",
    comma=", ",
    colon=": ",
)

JAPANESE = Words(
    language="ja",
    titles={
        "port": "アクセス先ポート別グラフ",
        "region": "アクセス元地域別グラフ",
        "sensor": "センサー別グラフ",
        "tool": "ツール別グラフ",
        "as": "アクセス元AS別グラフ",
        "total": "全ポート合計グラフ",
        "": "{by} 別グラフ",
    },
    nouns={"packets-per-sensor": "パケット", "packets": "パケット", "sources": "アクセス元"},
    top="{title}（上位{n}ポート）",
    port_titles={
        "port": "アクセス先ポート別グラフ {port}",
        "total": "アクセス先ポート別グラフ {port}",
        "region": "アクセス元地域別ポート指定グラフ {port}",
        "sensor": "センサー別ポート指定グラフ {port}",
        "tool": "ツール別ポート指定グラフ {port}",
        "as": "アクセス元AS別ポート指定グラフ {port}",
        "": "{by} 別ポート指定グラフ {port}",
    },
    measures={
        ("packets-per-sensor", 1): "センサー1台あたりの平均パケット数（1時間ごと）",
        ("packets-per-sensor", 6): "センサー1台あたりの平均パケット数（6時間ごと）",
        ("packets-per-sensor", 24): "センサー1台あたりの平均パケット数（1日ごと）",
        ("packets-per-sensor", 0): "センサー1台あたりの平均パケット数（{n}時間ごと）",
        ("packets", 1): "パケット数（1時間ごと）",
        ("packets", 6): "パケット数（6時間ごと）",
        ("packets", 24): "パケット数（1日ごと）",
        ("packets", 0): "パケット数（{n}時間ごと）",
        ("sources", 1): "アクセス元IPアドレス数（1時間ごと）",
        ("sources", 6): "アクセス元IPアドレス数（6時間ごと）",
        ("sources", 24): "アクセス元IPアドレス数（1日ごと）",
        ("sources", 0): "アクセス元IPアドレス数（{n}時間ごと）",
    },
    other="その他",
    no_data="欠測",
    no_period="この期間の観測データはありません",
    no_packets="この期間に観測されたパケットはありません",
    mean="平均 {value}",
    log="対数目盛",
    zones={"JST": "日本時間", "UTC": "協定世界時"},
    date="%Y年%-m月%-d日",
    minute="%Y年%-m月%-d日 %H:%M",
    span="{start}～{end}（{zone}）",
    one_date="{start}（{zone}）",
    sensors="センサー{n}台",
    one_sensor="センサー1台",
    hours="{n}時間",
    days="{n}日間",
    one_hour="1時間",
    one_day="1日間",
    kinds={
        "all": "全種別のパケット",
        "scan": "スキャンのみ（SYN、UDP、エコー要求）",
        "backscatter": "バックスキャッタのみ（詐称パケットへの応答）",
        "": "種別 {kind} のみ",
    },
    source="出典：{who}、{sensors}、{kind}。",
    tables="使用テーブル：{items}。",
    regions="参照データ：{items}。",
    iana="サービス名はIANA登録名であり、実際の通信内容を示すものではありません。",
    coverage="観測率：{sensors}の{percent}%（{how}）{missing}。",
    stated="センサーの記録による",
    inferred="センサーの受信間隔から推定",
    partly="うち{percent}%はセンサーの受信間隔から推定",
    missing="、欠測{span}（網掛け部分）",
    complete="、欠測なし",
    onset="増加開始 {at}",
    interval="90%区間 {low}～{high}",
    separator="",
    comma="、",
    colon="：",
)

_LANGUAGES = {"en": ENGLISH, "ja": JAPANESE}


def words(language: str) -> Words:
    """
    The terms of a language.

    Raises:
        IsdasError: there are no words in it.
    """
    try:
        return _LANGUAGES[language]
    except KeyError:
        raise IsdasError(f"no words in language {language!r}: there are {', '.join(_LANGUAGES)}") from None
