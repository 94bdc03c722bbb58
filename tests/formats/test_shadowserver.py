"""
Shadowserver's darknet reports.
"""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from isdas.formats.shadowserver import read, sniff
from isdas.model.address import halves
from isdas.model.columns import Capability
from isdas.model.errors import InputRefused

HEADER = (
    b'"timestamp","protocol","src_ip","src_port","src_asn","src_geo","src_city","dst_ip","dst_port","dst_asn",'
    b'"public_source","infection","family","tag","event_id","count"\n'
)
ROW = b'"2021-03-07 00:00:01","tcp","198.51.100.7",4717,64496,"ZZ","A, B",,23,,,"mirai",,"mirai",,\n'
LEGACY = (
    b'"timestamp","ip","port","asn","geo","region","city","hostname","type","dst_ip","dst_port","dst_asn","dst_geo",'
    b'"count","naics","sic","dst_naics","dst_sic","sector","dst_sector","family","tag","public_source"\n'
)
LEGACY_ROW = (
    b'"2019-03-07 00:00:01","198.51.100.7",4717,64496,"ZZ","","","","udp","192.0.2.1",53,,,7,,,,,,,"","dns",""\n'
)


def test_a_row_shows_source_and_ports(taken: Any) -> None:
    """Mostly there is no destination, so none is shown; times are UTC."""
    rows, _, _ = taken(read, HEADER + ROW)
    assert rows == [
        {
            "time": datetime(2021, 3, 7, 0, 0, 1, tzinfo=UTC),
            "position": 2,
            "capabilities": 512 + 1024 + 2048 + 4096,
            "ip_version": 4,
            "source_high": 0,
            "source_low": halves("198.51.100.7")[1],
            "protocol": 6,
            "source_port": 4717,
            "port": 23,
        }
    ]


def test_a_row_may_have_a_destination_and_a_count(taken: Any) -> None:
    """Where they are told, they are shown, in the reports of today and in the older ones."""
    ((row,), _, _) = taken(read, HEADER + ROW.replace(b",,23,", b',"192.0.2.1",23,').replace(b",,\n", b",,9\n"))
    ((old,), _, _) = taken(read, LEGACY + LEGACY_ROW)
    for each, packets in ((row, 9), (old, 7)):
        assert (each["packets"], each["destination_low"]) == (packets, halves("192.0.2.1")[1])
        assert each["capabilities"] & Capability.DESTINATION
    assert (old["protocol"], old["port"], old["source_port"]) == (17, 53, 4717)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (b"2021-03-07", b"07.03.2021", "bad-time"),
        (b"198.51.100.7", b"x", "bad-source"),
        (b",,23,", b',"x",23,', "bad-destination"),
        (b'"tcp"', b'"x"', "bad-protocol"),
        (b",23,", b",,", "bad-port"),
        (b",4717,", b",99999,", "bad-source-port"),
        (b",,\n", b",,0\n", "bad-packets"),
        (b'"A, B"', b"A, B", "wrong-column-count"),
    ],
)
def test_a_row_that_cannot_be_is_refused(taken: Any, old: bytes, new: bytes, reason: str) -> None:
    """Each wrong field has its reason, and the rows around stay."""
    rows, tally, _ = taken(read, HEADER + ROW + ROW.replace(old, new) + ROW)
    assert [row["position"] for row in rows] == [2, 4]
    assert tally.refused == {reason: 1}


def test_icmp_has_no_type_in_them(taken: Any) -> None:
    """Reports do not tell ICMP types, so such a row has no port."""
    ((row,), _, _) = taken(read, HEADER + ROW.replace(b"tcp", b"icmp"))
    assert (row["protocol"], row["port"], "source_port" in row) == (1, -1, False)


def test_only_darknet_reports_are_recognised(taken: Any) -> None:
    """Other tables are not, and a report that was asked for and is none is refused whole."""
    assert sniff(HEADER)
    assert sniff(b"\xef\xbb\xbf" + LEGACY.replace(b"\n", b"\r\n"))
    for head in (b"", HEADER.replace(b"infection", b"x"), b"timestamp,ip,port\n", b'"timestamp","\n', b"\xff\xfe"):
        assert not sniff(head)
        with pytest.raises(InputRefused) as refused:
            taken(read, head)
        assert refused.value.reason == "wrong-columns"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    contents=st.lists(st.binary(max_size=30) | st.sampled_from([ROW.strip(), HEADER.strip()]), max_size=6),
    size=st.integers(300, 700),
)
def test_any_bytes_reconcile_in_blocks_of_any_size(taken: Any, contents: list[bytes], size: int) -> None:
    """Whatever the rows are, nothing raises, everything is accounted for, and blocks change nothing."""
    content = HEADER + b"\n".join(contents)
    assert taken(read, content, block_bytes=size) == taken(read, content)
