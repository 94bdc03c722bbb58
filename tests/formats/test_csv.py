"""
CSV to Packets by a column profile.
"""

import gzip
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from isdas.formats import csv
from isdas.formats.batch import Refusal
from isdas.formats.csv import detect_profile, read_csv
from isdas.formats.profile import Profile, load_profile
from isdas.model.errors import InputRefused

HEADER = b"when,src,proto,sensor,dport,sport,type,ttl\n"
LINE = b"2013-05-01 00:00:00,192.0.2.1,tcp,tokyo,445,6000,,110\n"


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
def test_every_line_is_accounted_for(take: Any, packed: bool) -> None:
    """Good lines are packets, each other line is refused with its number, reason and text."""
    content = HEADER + LINE + b"a,b\n" + LINE + b"\n" + LINE.replace(b"445", b"port") + LINE.rstrip(b"\n")
    rows, tally, refusals = take(content, packed=packed)
    assert [row["position"] for row in rows] == [2, 4, 7]
    assert (tally.read, tally.stored) == (6, 3)
    assert refusals == [
        Refusal(3, "wrong-column-count", "a,b"),
        Refusal(5, "blank-line", ""),
        Refusal(6, "bad-port", LINE.replace(b"445", b"port").decode().strip()),
    ]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (LINE.replace(b"tokyo", b'"to,kyo"'), None),
        (LINE.replace(b"tokyo", b'"to""kyo"'), None),
        (LINE.replace(b"tokyo", b'"tokyo'), "wrong-column-count"),
        (LINE.replace(b"tokyo", b'to"kyo'), None),
        (LINE.replace(b"192.0.2.1", b"192.0.2.\xff"), "bad-source"),
        (LINE.replace(b"tokyo", b"to\rkyo"), "wrong-column-count"),
        (LINE.replace(b"\n", b"\r\n"), None),
        (LINE.replace(b"\n", b",\n"), "wrong-column-count"),
        (b"\r\n", "blank-line"),
    ],
    ids=["comma", "quote", "open-quote", "inner-quote", "not-utf8", "return", "dos", "one-more", "blank-dos"],
)
def test_odd_lines_hurt_only_themselves(take: Any, line: bytes, reason: str | None) -> None:
    """Quotes, foreign bytes and stray line ends change nothing about the lines around them."""
    rows, tally, refusals = take(HEADER + LINE + line + LINE)
    assert [refusal.reason for refusal in refusals] == ([reason] if reason else [])
    assert [row["position"] for row in rows] == ([2, 4] if reason else [2, 3, 4])
    assert tally.read == 3


def test_header_may_be_in_any_order_with_a_mark_and_more_columns(take: Any) -> None:
    """Columns are found by their headers, whatever their order, a byte order mark and further columns."""
    header = b"\xef\xbb\xbfttl, type,sport,x,dport,sensor,proto,src,when\r\n"
    rows, _, _ = take(header + b"9,,1,?,22,osaka,udp,192.0.2.9,2013-05-01\r\n")
    assert [(row["sensor"], row["port"], row["ttl"]) for row in rows] == [("osaka", 22, 9)]


def test_file_of_only_a_header_has_no_records(take: Any) -> None:
    """A header is not a record."""
    assert take(HEADER)[1].read == 0
    assert take(HEADER.rstrip(b"\n"))[1].read == 0


@pytest.mark.parametrize(
    ("content", "reason", "message"),
    [
        (b"", "empty-file", "empty"),
        (HEADER.replace(b"dport", b"port"), "wrong-columns", "lacks the column 'dport' .* 'port'"),
        (HEADER.replace(b"src,proto", b"a,b"), "wrong-columns", "columns 'src', 'proto'"),
        (b"just some words\n", "not-a-table", "no table"),
        (b'{"a": 1, "b": 2}\n', "not-a-table", "no table"),
        (b"\x00\x01\x02,\x03\n", "not-a-table", "no text"),
        (b"\xff\xfea,b\n", "not-a-table", "no text"),
        (b"x" * 3_000_000, "not-a-table", "no text"),
    ],
    ids=["empty", "one-missing", "two-missing", "words", "json", "binary", "utf-16", "endless"],
)
def test_files_refused_whole(tmp_path: Path, profile: Profile, content: bytes, reason: str, message: str) -> None:
    """A file that is no table of the profile is refused before the first batch, with a reason and what was found."""
    path = tmp_path / "file.csv"
    path.write_bytes(content)
    with pytest.raises(InputRefused, match=message) as refused:
        read_csv(path, profile)
    assert refused.value.reason == reason


def test_cut_gzip_refuses_its_last_line(tmp_path: Path, profile: Profile) -> None:
    """Of a gzip file without its end the whole lines are taken, the last one is refused, and a warning counted."""
    path = tmp_path / "file.csv.gz"
    body = b"".join(LINE.replace(b":00:00", b":%02d:%02d" % (i // 60 % 60, i * 7 % 60)) for i in range(3000))
    path.write_bytes(gzip.compress(HEADER + body)[:-2000])
    (batch,) = (work() for work in read_csv(path, profile))
    assert batch.tally.warnings == {"truncated-gzip": 1}
    assert batch.tally.refused == {"cut-line": 1}
    assert 0 < batch.tally.stored < 3000


def test_profile_is_detected_by_the_header(tmp_path: Path) -> None:
    """The shipped profile whose columns a file has is found; other files have none, and an absent one is refused."""
    path = tmp_path / "file.csv"
    path.write_bytes(b"datetime,host,src,proto,type,spt,dpt\n")
    assert detect_profile(path) == load_profile("honeypots-2013")
    for content in (HEADER, b"", b"\x00\x01"):
        path.write_bytes(content)
        assert detect_profile(path) is None
    with pytest.raises(InputRefused):
        detect_profile(tmp_path / "absent")


def test_table_without_a_header(take: Any, profile: Profile) -> None:
    """A profile may say the headers, and a header line that says the same is still none of the records."""
    by = replace(profile, header=tuple(HEADER.decode().strip().split(",")))
    rows, tally, _ = take(LINE + LINE, by)
    assert (tally.read, [row["position"] for row in rows]) == (2, [1, 2])
    rows, tally, _ = take(HEADER + LINE, by)
    assert (tally.read, [row["position"] for row in rows]) == (1, [2])
    with pytest.raises(InputRefused, match=r"has 3 columns .* says 8"):
        take(b"a,b,c\n", by)


def test_comments_are_no_records(take: Any, profile: Profile) -> None:
    """Lines that begin with what the profile says are passed over wherever they stand, also before the header."""
    by = replace(profile, comment="//")
    content = b"// made by us\n//\n" + HEADER + LINE + b"// half\n/,\n" + LINE + b"//"
    rows, tally, refusals = take(content, by)
    assert (tally.read, [row["position"] for row in rows]) == (3, [4, 7])
    assert refusals == [Refusal(6, "wrong-column-count", "/,")]


def test_unwanted_rows_are_no_records(take: Any, profile: Profile) -> None:
    """Rows that the profile does not ask for are passed over and counted, whatever else is in them."""
    by = replace(profile, where={"sensor": ("osaka", "kobe")})
    osaka = LINE.replace(b"tokyo", b"osaka")
    rows, tally, refusals = take(HEADER + LINE + osaka + LINE.replace(b"445", b"x") + b"a,b\n", by)
    assert (tally.read, [row["position"] for row in rows]) == (2, [3])
    assert tally.warnings == {"not-wanted": 2}
    assert [refusal.reason for refusal in refusals] == ["wrong-column-count"]


_FIELD = st.text(st.sampled_from('0123,."\r :-x\u00e9'), max_size=6)
_LINES = st.one_of(
    st.just(LINE.decode().strip()), st.lists(_FIELD, max_size=9).map(",".join), st.text(max_size=20)
)  # fmt: skip


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(_LINES, max_size=12))
def test_any_text_reconciles(take: Any, texts: list[str]) -> None:
    """Whatever the lines are, each is one packet or one refusal, and the good ones are all taken."""
    texts = [text.replace("\n", " ") for text in texts]
    body = "".join(f"{text}\n" for text in texts).encode("utf-8", "replace")
    rows, tally, refusals = take(HEADER + body)
    assert tally.read == len(texts)
    good = [i + 2 for i, text in enumerate(texts) if text == LINE.decode().strip()]
    assert set(good) <= {row["position"] for row in rows}
    assert len(rows) + len(refusals) == len(texts)
    assert sorted([row["position"] for row in rows] + [r.line_number for r in refusals]) == list(
        range(2, 2 + len(texts))
    )


def test_batches_change_nothing(tmp_path: Path, profile: Profile, monkeypatch: pytest.MonkeyPatch, take: Any) -> None:
    """A file read in many small blocks gives the rows and the line numbers that it gives in one."""
    content = HEADER + b"".join(LINE.replace(b"445", b"%d" % i) if i % 7 else b"wrong\n" for i in range(500))
    whole = take(content)
    monkeypatch.setattr(csv, "BLOCK_BYTES", 1000)
    assert len(list(read_csv(tmp_path / "file.csv", profile))) > 10
    assert take(content) == whole


def test_honeypots_of_2013(shared: Path) -> None:
    """All 252,702 rows of nine honeypots in 2013 are taken, with the counts per protocol that the file has."""
    path = shared / "series" / "honeypots-2013" / "honeypots-2013-03-to-06.csv.gz"
    profile = detect_profile(path)
    assert profile is not None
    protocols: Counter[int] = Counter()
    sensors: set[str] = set()
    read = 0
    for batch in (work() for work in read_csv(path, profile)):
        assert not batch.refusals
        read += batch.tally.read
        protocols.update(batch.packets.table.column("protocol").to_pylist())
        sensors.update(batch.packets.table.column("sensor").unique().to_pylist())
    assert read == 252_702
    assert protocols == {6: 193_874, 17: 32_556, 1: 26_272}
    assert len(sensors) == 9
