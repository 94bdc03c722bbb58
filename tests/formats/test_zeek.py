"""
Zeek's log of connections.
"""

import gzip
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isdas.formats import zeek
from isdas.formats.batch import Batch
from isdas.formats.context import Context
from isdas.model.address import halves
from isdas.model.errors import InputRefused
from isdas.model.packets import Packets
from isdas.model.tally import Tally

HEADER = (
    b"#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tconn\n"
    b"#open\t2023-11-14-22-13-20\n"
    b"#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\thistory\torig_pkts\tresp_pkts\ttunnel_parents\n"
    b"#types\ttime\tstring\taddr\tport\taddr\tport\tenum\tstring\tcount\tcount\tset[string]\n"
)
LINE = b"1700000000.250000\tC1\t198.51.100.9\t40000\t192.0.2.7\t445\ttcp\tS\t3\t0\t(empty)\n"
CLOSE = b"#close\t2023-11-15-00-00-00\n"
OBJECT = {
    "ts": 1_700_000_000.25,
    "uid": "C1",
    "id.orig_h": "198.51.100.9",
    "id.orig_p": 40000,
    "id.resp_h": "192.0.2.7",
    "id.resp_p": 445,
    "proto": "tcp",
    "history": "S",
    "orig_pkts": 3,
    "resp_pkts": 0,
}

Read = tuple[list[dict[str, Any]], Tally, list[Any]]


def lines_of(*objects: Any) -> bytes:
    """JSON lines."""
    return b"".join(json.dumps(each).encode() + b"\n" for each in objects)


def nested(**changes: Any) -> dict[str, Any]:
    """The object with its addresses in an object of their own."""
    inner = {name.removeprefix("id."): value for name, value in OBJECT.items() if name.startswith("id.")}
    return {**{name: value for name, value in OBJECT.items() if not name.startswith("id.")}, "id": inner, **changes}


def gathered(batches: list[Batch]) -> Read:
    """Rows, tally and refusals of all batches."""
    tally = Tally()
    for batch in batches:
        batch.packets.table.validate(full=True)
        assert batch.tally.reconciles
        assert batch.tally.refused.total() == len(batch.refusals)
        assert batch.tally.stored == len(batch.packets)
        tally.add(batch.tally)
    rows = Packets.concat(batch.packets for batch in batches).table.to_pylist() if batches else []
    return rows, tally, [refusal for batch in batches for refusal in batch.refusals]


@pytest.fixture
def take(tmp_path: Path) -> Callable[..., Read]:
    """Read a log with the given content."""

    def _take(content: bytes, context: Context | None = None, **how: Any) -> Read:
        path = tmp_path / "conn.log"
        path.write_bytes(content)
        return gathered([work() for work in zeek.read(path, context or Context(), **how)])

    return _take


def test_lines_under_the_header_are_records(take: Any) -> None:
    """Header lines and blank lines are none; positions are line numbers."""
    rows, tally, _ = take(HEADER + LINE + b"\n" + LINE + CLOSE)
    assert (tally.read, tally.stored, tally.warnings) == (2, 2, Counter())
    assert [(row["position"], row["port"], row["packets"], row["tcp_flags"]) for row in rows] == [
        (9, 445, 3, 2),
        (11, 445, 3, 2),
    ]


def test_text_and_json_tell_the_same(take: Any) -> None:
    """One connection gives the same packet in every notation: text, dotted and nested names, number or date."""
    written = [
        LINE and HEADER + LINE,
        lines_of(OBJECT),
        lines_of(nested()),
        lines_of({**OBJECT, "ts": "2023-11-14T22:13:20.250000Z"}),
        lines_of({**OBJECT, "_path": "conn", "ts": "1700000000.25"}),
    ]
    rows = [take(content)[0] for content in written]
    assert all(len(found) == 1 for found in rows)
    assert len({str({**found[0], "position": 0}) for found in rows}) == 1


def test_files_put_together_are_read_by_their_own_headers(take: Any) -> None:
    """A header in the middle, with fields in another order or of another log, goes for what follows it."""
    swapped = HEADER.replace(b"history\torig_pkts", b"orig_pkts\thistory")
    other = b"#path\tdns\n#fields\tts\tuid\tid.orig_h\tproto\n1\tC\t192.0.2.1\tudp\n"
    content = HEADER + LINE + CLOSE + swapped + LINE.replace(b"S\t3", b"3\tS") + CLOSE + other + HEADER + LINE
    for how in ({}, {"block_bytes": 50}):
        rows, tally, _ = take(content, **how)
        assert [(row["packets"], row["tcp_flags"]) for row in rows] == [(3, 2)] * 3
        assert (tally.read, tally.warnings) == (3, {zeek.OTHER_LOG: 1})


def test_logs_mixed_in_one_stream_of_json_are_told_apart(take: Any) -> None:
    """Lines that name another log are passed over and counted."""
    content = lines_of({"_path": "dns", "ts": 1}, {**OBJECT, "_path": "conn"}, {"_path": "ssl"}, OBJECT)
    rows, tally, _ = take(content)
    assert [row["position"] for row in rows] == [2, 4]
    assert (tally.read, tally.warnings) == (2, {zeek.OTHER_LOG: 2})


def test_times_of_both_kinds_in_one_file_are_read(take: Any) -> None:
    """Numbers and dates may follow each other."""
    for first, second in ((0.5, "1970-01-01T00:00:00.5Z"), ("1970-01-01T00:00:00.5Z", 0.5)):
        rows, _, _ = take(lines_of({**OBJECT, "ts": first}, {**OBJECT, "ts": second}))
        assert [row["time"].timestamp() for row in rows] == [0.5, 0.5]


@pytest.mark.parametrize(
    ("content", "reasons"),
    [
        (LINE, ["before-header"]),
        (HEADER + b"1\t2\n" + LINE, ["wrong-column-count"]),
        (HEADER + LINE.replace(b"1700000000", b"XXXXXXXXXX"), ["bad-time"]),
        (lines_of(OBJECT) + b"words\n[]\n", ["not-json", "not-an-object"]),
        (lines_of({**OBJECT, "id.orig_h": None}, {**OBJECT, "ts": None}), ["bad-source", "bad-time"]),
        (lines_of({**OBJECT, "id.resp_p": "http"}, {}), ["bad-port", "bad-time"]),
    ],
)
def test_refused_lines_are_kept_with_their_reason(take: Any, content: bytes, reasons: list[str]) -> None:
    """What cannot be a packet is refused, with its text."""
    _, tally, refusals = take(content)
    assert [refusal.reason for refusal in refusals] == reasons
    assert tally.refused == Counter(reasons)


def test_cut_file_loses_only_its_last_line(tmp_path: Path) -> None:
    """Of a gzip file without its end the whole lines are taken."""
    path = tmp_path / "conn.log.gz"
    lines = (LINE.replace(b"40000", b"%d" % (20_000 + i * 7919 % 40_000)) for i in range(4000))
    path.write_bytes(gzip.compress(HEADER + b"".join(lines))[:-3000])
    _, tally, refusals = gathered([work() for work in zeek.read(path, Context())])
    assert tally.warnings == {"truncated-gzip": 1}
    assert [refusal.reason for refusal in refusals] in ([], ["cut-line"])
    assert 0 < tally.stored < 4000


@pytest.mark.parametrize("content", [b"", b"\n \n"])
def test_empty_files_are_refused(tmp_path: Path, content: bytes) -> None:
    """A file without lines is no log."""
    path = tmp_path / "conn.log"
    path.write_bytes(content)
    with pytest.raises(InputRefused) as refused:
        list(zeek.read(path, Context()))
    assert refused.value.reason == "empty-file"


@pytest.mark.parametrize(
    ("head", "mine"),
    [
        (HEADER + LINE, True),
        (HEADER, True),
        (b"\t" + HEADER, True),
        (b"### a comment\n" + HEADER, True),
        (HEADER.replace(b"history\torig_pkts\tresp_pkts", b"query\tqtype\trcode"), False),
        (LINE, False),
        (lines_of(OBJECT), True),
        (b"\n" + lines_of(nested()), True),
        (lines_of({"_path": "dns"}, {**OBJECT, "_path": "conn"}), True),
        (lines_of({**OBJECT, "_path": "conn_summary"}), False),
        (lines_of({name: OBJECT[name] for name in ("ts", "id.orig_h", "id.resp_h", "proto")}), False),
        (lines_of({"event_type": "flow", "src_ip": "192.0.2.1"}), False),
        (b'{"ts":', False),
        (b"", False),
    ],
)
def test_logs_of_connections_are_recognised(head: bytes, mine: bool) -> None:
    """By the fields alone: the other logs of Zeek lack some of them."""
    assert zeek.sniff(head) is mine


_BYTES = st.lists(
    st.sampled_from([HEADER, LINE, CLOSE, b"1\t\n", b"\xff\n", b"\n", b"\r", LINE[:40], b"#fields\tts\n"])
)
_JSON = st.lists(
    st.sampled_from([lines_of(OBJECT), lines_of(nested()), lines_of({**OBJECT, "ts": "x"}), b"{}\n", b"{\n", b"\n"])
)


@given(_BYTES | _JSON | st.lists(st.binary(max_size=30)), st.integers(1, 400))
def test_any_bytes_reconcile(tmp_path_factory: pytest.TempPathFactory, pieces: list[bytes], size: int) -> None:
    """Whatever a file holds, and however it is divided, every line is accounted for in the same way."""
    path = tmp_path_factory.mktemp("zeek") / "conn.log"
    path.write_bytes(b"".join(pieces))

    def taken(**how: int) -> Read | str:
        try:
            return gathered([work() for work in zeek.read(path, Context(), **how)])
        except InputRefused as refusal:
            return refusal.reason

    assert taken(block_bytes=size) == taken()


def in_home(high: Any, low: Any) -> Any:
    """192.168.0.0/16, 10.0.0.0/8 and 147.32.83.0/24."""
    starts = {prefix: halves(text)[1] for text, prefix in (("192.168.0.0", 16), ("10.0.0.0", 24), ("147.32.83.0", 8))}
    return (high == 0) & sum(low >> prefix == start >> prefix for prefix, start in starts.items()).astype(bool)


REAL = (
    "slips-port-scans_horizontal_conn.log",
    "slips-port-scans_vertical_conn.log",
    "slips-test10-mixed-zeek-dir_conn.log",
    "slips-test18-malicious-ctu-sme-11-win_zeek-labeled_conn.log.labeled",
    "slips-test9-mixed-zeek-dir_conn.log",
)


def told(path: Path) -> list[dict[str, Any]]:
    """The connections of a real log, read in the plainest way."""
    lines = path.read_text(encoding="utf-8").splitlines()
    if lines[0].startswith("{"):
        return [json.loads(line) for line in lines if line]
    names = next(line for line in lines if line.startswith("#fields")).split("\t")[1:]
    return [dict(zip(names, line.split("\t"), strict=True)) for line in lines if line and "#" not in line[:2]]


def home(text: str) -> bool:
    """Whether an address is in one of the networks of in_home."""
    return text.startswith(("192.168.", "10.", "147.32.83."))


@pytest.mark.parametrize("name", REAL)
def test_real_logs_are_counted_as_a_plain_reader_counts_them(shared: Path, name: str) -> None:
    """Records and packets of real logs, with and without monitored addresses, are those that a few lines count."""
    path = shared / "series" / "zeek" / name
    connections = told(path)
    _, tally, _ = rows = gathered([work() for work in zeek.read(path, Context())])
    assert (tally.read, tally.stored) == (len(connections), len(connections))
    packets = 0
    for each in connections:
        there, back, history = int(each["orig_pkts"]), int(each["resp_pkts"]), each.get("history", "-")
        packets += max(back if back and (history[0] == "^" or not there) else there, 1)
    assert sum(row["packets"] or 1 for row in rows[0]) == packets
    arrived = []
    for each in connections:
        there, back = int(each["orig_pkts"]), int(each["resp_pkts"])
        to_resp, to_orig = home(each["id.resp_h"]) and there, home(each["id.orig_h"]) and back
        arrived += [to_resp or to_orig] if to_resp or to_orig else []
    rows, tally, _ = gathered([work() for work in zeek.read(path, Context(ours=in_home))])
    mine = in_home(*(np.array([row[f"destination_{half}"] for row in rows]) for half in ("high", "low")))
    assert [row["packets"] or 1 for row, to_us in zip(rows, mine, strict=True) if to_us] == arrived
    assert tally.stored == len(connections)


def test_other_real_logs_are_not_recognised(shared: Path) -> None:
    """Notices have addresses, ports and protocols too, but are no connections."""
    for path in (shared / "series" / "zeek").glob("brim-*.gz"):
        assert not zeek.sniff(gzip.decompress(path.read_bytes()))


def test_long_real_log_with_masked_times(shared: Path, tmp_path: Path) -> None:
    """Of a log of which only the times are masked, all lines are refused for that alone; with times none is."""
    path = shared / "series" / "zeek" / "zeek-testing-m57-long-conn.log"
    count = sum(not line.startswith("#") for line in path.read_text(encoding="utf-8").splitlines())
    _, tally, _ = gathered([work() for work in zeek.read(path, Context())])
    assert tally.refused == {"bad-time": count}
    mended = tmp_path / "conn.log"
    mended.write_bytes(path.read_bytes().replace(b"XXXXXXXXXX.XXXXXX", b"1258531221.486539"))
    rows, tally, _ = gathered([work() for work in zeek.read(mended, Context())])
    assert (tally.read, tally.stored) == (count, count)
    assert Counter(row["protocol"] for row in rows) == {6: 3178, 17: 5306, 58: 20, 1: 1}
