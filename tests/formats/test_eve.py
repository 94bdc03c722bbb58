"""
Suricata's EVE log.
"""

import contextlib
import gzip
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import enveloped
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isdas.formats import eve
from isdas.formats.batch import Batch
from isdas.formats.context import Context
from isdas.model.address import halves
from isdas.model.errors import InputRefused
from isdas.model.packets import Packets
from isdas.model.tally import Tally

COMMON = {
    "timestamp": "2023-11-14T22:13:20.250000+0000",
    "flow_id": 18446744073709551615,
    "src_ip": "198.51.100.9",
    "src_port": 40000,
    "dest_ip": "192.0.2.7",
    "dest_port": 445,
    "proto": "TCP",
}
ALERT = {**COMMON, "event_type": "alert", "alert": {"signature_id": 1}, "flow": {"pkts_toserver": 1}}
FLOW = {**COMMON, "event_type": "flow", "flow": {"pkts_toserver": 2, "pkts_toclient": 0}, "tcp": {"tcp_flags_ts": "02"}}
NETFLOW = {**COMMON, "event_type": "netflow", "netflow": {"pkts": 3}, "tcp": {"tcp_flags": "02", "syn": True}}
DNS = {**COMMON, "event_type": "dns", "dns": {"type": "query", "rrname": "x"}}

Read = tuple[list[dict[str, Any]], Tally, list[Any]]


def lines_of(*objects: Any) -> bytes:
    """JSON lines."""
    return b"".join(json.dumps(each).encode() + b"\n" for each in objects)


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

    def _take(content: bytes, **how: Any) -> Read:
        path = tmp_path / "eve.json"
        path.write_bytes(content)
        return gathered([work() for work in eve.read(path, Context(), **how)])

    return _take


@pytest.mark.parametrize(
    ("events", "packets", "passed_over"),
    [
        ((ALERT, FLOW, NETFLOW, DNS), 3, {"passed-over-alert": 1, "passed-over-flow": 1, "passed-over-dns": 1}),
        ((ALERT, FLOW, DNS, DNS), 2, {"passed-over-alert": 1, "passed-over-dns": 2}),
        ((DNS, ALERT, {"event_type": "ftp_data"}), 1, {"passed-over-dns": 1, "passed-over-ftp-data": 1}),
        ((ALERT, {"event_type": "mine"}, {"event_type": None}, {}), 1, {"passed-over-other": 3}),
    ],
)
def test_best_type_of_event_is_read(take: Any, events: tuple[Any, ...], packets: int, passed_over: Any) -> None:
    """Of events that tell of the same packets only one type counts; the others are no records, and are counted."""
    (row,), tally, _ = take(lines_of(*events))
    assert (row["packets"] or 1) == packets
    assert row["position"] == next(i for i, event in enumerate(events, 1) if event.get("event_type") == _type(packets))
    assert (tally.read, tally.stored, tally.warnings) == (1, 1, passed_over)


def _type(packets: int) -> str:
    return {1: "alert", 2: "flow", 3: "netflow"}[packets]


def test_type_is_decided_once_for_the_file(take: Any) -> None:
    """What comes first stays, so that the same file never counts packets in two ways."""
    later = {**ALERT, "timestamp": "2023-11-14T22:13:20.250001+0000"}
    content = lines_of(*[DNS] * 3, ALERT, later, *[NETFLOW] * 2)
    _, tally, _ = take(content, block_bytes=300)
    assert (tally.read, tally.stored) == (2, 2)
    assert tally.warnings == {"passed-over-dns": 3, "passed-over-netflow": 2}


def test_alerts_of_one_packet_are_one_packet(take: Any) -> None:
    """A packet that two rules alert of is counted once."""
    second = {**ALERT, "alert": {"signature_id": 2}}
    later = {**ALERT, "timestamp": "2023-11-14T22:13:20.250001+0000"}
    rows, tally, _ = take(lines_of(ALERT, second, later))
    assert [row["position"] for row in rows] == [1, 3]
    assert (tally.read, tally.warnings) == (2, {"repeated-alert": 1})


@pytest.mark.parametrize("blank", [",:", ", : "], ids=["tight", "wide"])
def test_blanks_between_names_and_values_do_not_matter(take: Any, blank: str) -> None:
    """Programs that write a log again write it in their own way."""
    separators = (blank[0], blank[1:]) if blank == ",:" else (", ", ": ")
    content = b"".join(json.dumps(each, separators=separators).encode() + b"\n" for each in (ALERT, NETFLOW))
    assert take(content)[1].warnings == {"passed-over-alert": 1}


def test_refused_lines_are_kept_with_their_reason(take: Any) -> None:
    """What cannot be a packet is refused, with its text."""
    content = lines_of(FLOW, {**FLOW, "src_ip": "x"}) + b'{"event_type":"fl\n7\n\n' + lines_of(FLOW)
    rows, tally, refusals = take(content)
    assert [row["position"] for row in rows] == [1, 6]
    assert [(each.line_number, each.reason) for each in refusals] == [
        (2, "bad-source"),
        (3, "not-json"),
        (4, "not-an-object"),
    ]
    assert (tally.read, tally.stored) == (5, 2)


@pytest.mark.parametrize("content", [b"", b"\n \n"])
def test_empty_files_are_refused(tmp_path: Path, content: bytes) -> None:
    """A file without lines is no log."""
    path = tmp_path / "eve.json"
    path.write_bytes(content)
    with pytest.raises(InputRefused) as refused:
        list(eve.read(path, Context()))
    assert refused.value.reason == "empty-file"


@pytest.mark.parametrize(
    ("head", "mine"),
    [
        (lines_of(DNS, FLOW), True),
        (b"\n" + lines_of({"timestamp": "2023-11-14T22:13:20.250000+0000", "event_type": "stats", "stats": {}}), True),
        (lines_of({**FLOW, "event_type": "sale"}), False),
        (lines_of({**FLOW, "timestamp": 5}), False),
        (lines_of({"ts": 5, "id.orig_h": "192.0.2.1", "proto": "tcp"}), False),
        (b"event_type timestamp\n", False),
        (b"", False),
    ],
)
def test_logs_are_recognised(head: bytes, mine: bool) -> None:
    """By a type of event that Suricata knows, with a time stamp."""
    assert eve.sniff(head) is mine


_PIECES = [lines_of(FLOW), lines_of(ALERT), lines_of(DNS), lines_of(NETFLOW), b"{}\n", b"{\n", b"\n", b"\xff", b"[]\n"]


@given(st.lists(st.sampled_from(_PIECES)) | st.lists(st.binary(max_size=30)), st.integers(1, 500))
def test_any_bytes_reconcile(tmp_path_factory: pytest.TempPathFactory, pieces: list[bytes], size: int) -> None:
    """Whatever a file holds, and however it is divided, every line is accounted for."""
    path = tmp_path_factory.mktemp("eve") / "eve.json"
    path.write_bytes(b"".join(pieces))
    for how in ({}, {"block_bytes": size}):
        with contextlib.suppress(InputRefused):
            gathered([work() for work in eve.read(path, Context(), **how)])


@given(st.lists(st.sampled_from([lines_of(FLOW), lines_of(DNS), b"{\n", b"\n"])), st.integers(1, 500))
def test_division_into_blocks_changes_nothing(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[bytes], size: int
) -> None:
    """The same rows and refusals come of it."""
    path = tmp_path_factory.mktemp("eve") / "eve.json"
    path.write_bytes(lines_of(FLOW) + b"".join(pieces))
    whole = gathered([work() for work in eve.read(path, Context())])
    assert gathered([work() for work in eve.read(path, Context(), block_bytes=size)]) == whole


REAL = "slips-test6-malicious.eve.json.gz"


def host(high: Any, low: Any) -> Any:
    """192.168.1.129."""
    return (high == 0) & (low == halves("192.168.1.129")[1])


def test_real_log_is_counted_as_a_plain_reader_counts_it(shared: Path) -> None:
    """Records, packets and passed over events of a real log are those that a few lines count."""
    path = shared / "series" / "suricata" / REAL
    events = [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]
    flows = [event for event in events if event["event_type"] == "flow"]
    rows, tally, _ = gathered([work() for work in eve.read(path, Context())])
    assert (tally.read, tally.stored) == (len(flows), len(flows))
    types = Counter(event["event_type"] for event in events)
    assert tally.warnings == {f"passed-over-{name}": n for name, n in types.items() if name != "flow"}
    assert sum(row["packets"] or 1 for row in rows) == sum(event["flow"]["pkts_toserver"] for event in flows)
    assert {row["sensor"] for row in rows} == {"stratosphere.org"}
    rows, _, _ = gathered([work() for work in eve.read(path, Context(ours=host))])
    arrived = Counter[str]()
    for event in flows:
        for to, count in (("dest_ip", "pkts_toserver"), ("src_ip", "pkts_toclient")):
            arrived[event["proto"]] += event["flow"][count] if event[to] == "192.168.1.129" else 0
    found = Counter[str]()
    for row in rows:
        to_us = host(row["destination_high"], row["destination_low"])
        found[{6: "TCP", 17: "UDP"}[row["protocol"]]] += (row["packets"] or 1) if to_us else 0
    assert found == arrived


def test_real_alerts_alone_are_packets(shared: Path, take: Any) -> None:
    """A log of alerts gives one packet for each packet that was alerted of."""
    data = gzip.decompress((shared / "series" / "suricata" / REAL).read_bytes())
    alerts = [line for line in data.splitlines() if json.loads(line)["event_type"] == "alert"]
    keys = ("timestamp", "flow_id", "src_ip", "src_port", "dest_ip", "dest_port")
    packets = {tuple(json.loads(line).get(key) for key in keys) for line in alerts}
    _, tally, _ = take(b"\n".join(alerts))
    assert (tally.read, tally.stored) == (len(packets), len(packets))
    assert tally.warnings == {"repeated-alert": len(alerts) - len(packets)}


@pytest.mark.parametrize("kind", enveloped.ALL)
def test_log_of_a_container(take: Any, kind: str) -> None:
    """Events that a container wrote, as its runtime or a journal keeps them, are what they are in the log itself."""
    content = lines_of(FLOW, DNS, NETFLOW, FLOW, NETFLOW)
    assert take(enveloped.ALL[kind](content.decode().splitlines())) == take(content)
