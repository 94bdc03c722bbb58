"""
Columns of text to columns of values.
"""

import pyarrow as pa
import pytest

from isdas.formats import fields
from isdas.formats.profile import AddressColumn, ProtocolColumn, TimeColumn

HALLOWEEN = 1_225_411_200_000_000  # 2008-10-31 00:00 UTC


@pytest.mark.parametrize(
    ("texts", "good"),
    [
        (["12", "-3", "0"], {0: 12, 1: -3, 2: 0}),
        (["12", "x", "", "+7", "1.5", " 4", "0x10", "9" * 19, "٣"], {0: 12, 3: 7}),
        (["0x10"], {}),
        ([], {}),
    ],
    ids=["all-good", "mixed", "hexadecimal", "none"],
)
def test_integers(texts: list[str], good: dict[int, int]) -> None:
    """Whole decimal numbers are read, and everything else is bad by itself without spoiling the others."""
    values, ok = fields.integers(pa.array(texts, pa.string()))
    assert {i: v for i, (v, o) in enumerate(zip(values.tolist(), ok.tolist(), strict=True)) if o} == good


@pytest.mark.parametrize(
    ("text", "how", "expected"),
    [
        ("2008-10-31 00:00:00", TimeColumn("t"), HALLOWEEN),
        ("2008-10-31T00:00:00.25", TimeColumn("t"), HALLOWEEN + 250_000),
        ("2008-10-31 09:00:00", TimeColumn("t", zone="Asia/Tokyo"), HALLOWEEN),
        ("2008-10-31T09:00:00+09:00", TimeColumn("t", zone="stated"), HALLOWEEN),
        ("2008-10-31T00:00:00Z", TimeColumn("t", zone="stated"), HALLOWEEN),
        ("1225411200", TimeColumn("t", "unix"), HALLOWEEN),
        ("1225411200.5", TimeColumn("t", "unix"), HALLOWEEN + 500_000),
        ("1225411200000", TimeColumn("t", "unix-ms"), HALLOWEEN),
        ("1225411200000001", TimeColumn("t", "unix-us"), HALLOWEEN + 1),
        ("31/Oct/2008 00:00", TimeColumn("t", "%d/%b/%Y %H:%M"), HALLOWEEN),
        ("31/Oct/2008 09:00 +0900", TimeColumn("t", "%d/%b/%Y %H:%M %z", "stated"), HALLOWEEN),
    ],
)
def test_times(text: str, how: TimeColumn, expected: int) -> None:
    """A time in each format is microseconds since 1970 UTC, alone and beside one that is wrong."""
    values, good = fields.times(pa.array([text]), how)
    assert (values.tolist(), good.tolist()) == ([expected], [True])
    values, good = fields.times(pa.array([text, "yesterday", ""]), how)
    assert (values[0], good.tolist()) == (expected, [True, False, False])


@pytest.mark.parametrize(
    ("text", "how"),
    [
        ("2013-02-30 00:00:00", TimeColumn("t")),
        ("30/02/2013", TimeColumn("t", "%d/%m/%Y")),
        ("1969-12-31 23:59:59", TimeColumn("t")),
        ("2200-01-01 00:00:00", TimeColumn("t")),
        ("2008-10-31T00:00:00Z", TimeColumn("t")),
        ("2008-10-31T00:00:00", TimeColumn("t", zone="stated")),
        ("0001-01-01T00:00:00+09:00", TimeColumn("t", zone="stated")),
        ("1225411200000", TimeColumn("t", "unix")),
        ("999999999999999999", TimeColumn("t", "unix")),
        ("999999999999999999.5", TimeColumn("t", "unix")),
        ("-5", TimeColumn("t", "unix")),
    ],
)
def test_wrong_times(text: str, how: TimeColumn) -> None:
    """A day that is not, a missing or unexpected offset, and a time outside 1970 to 2199 are bad."""
    assert fields.times(pa.array([text]), how)[1].tolist() == [False]


def test_hours_that_clocks_skip_and_repeat() -> None:
    """A local hour that occurs twice is the first one, and one that a clock skips is the moment of the jump."""
    column = pa.array(["2008-11-02 01:30:00", "2008-03-09 02:30:00"])
    values, good = fields.times(column, TimeColumn("t", zone="America/New_York"))
    assert good.all()
    assert (values // 3_600_000_000 % 24).tolist() == [5, 6]


def test_text_addresses() -> None:
    """Addresses are read as people write them, of both versions, and what is none is bad."""
    texts = ["192.0.2.1", "2001:db8::1", "::ffff:192.0.2.1", "256.1.1.1", "1.2.3", "", "host", "::1::"]
    high, low, good = fields.addresses(pa.array(texts), AddressColumn("s"))
    assert good.tolist() == [True, True, True] + [False] * 5
    assert high[:3].tolist() == [0, 0x20010DB800000000, 0]
    assert low[:3].tolist() == [0xFFFFC0000201, 1, 0xFFFFC0000201]


def test_integer_addresses() -> None:
    """An IPv4 address written as a number is mapped, and a number that is none is bad."""
    high, low, good = fields.addresses(
        pa.array(["3221225985", "4294967296", "-1", "x"]), AddressColumn("s", "ipv4-integer")
    )
    assert good.tolist() == [True, False, False, False]
    assert (high[0], low[0]) == (0, 0xFFFFC0000201)


def test_protocols() -> None:
    """Protocols are read from names in any case and from numbers, and other names are bad."""
    values, good = fields.protocols(pa.array(["TCP", "udp", " Icmp", "47", "256", "arp", ""]), ProtocolColumn("p"))
    assert good.tolist() == [True, True, True, True, False, False, False]
    assert values[good].tolist() == [6, 17, 1, 47]
    assert fields.protocols(pa.array([], pa.string()), ProtocolColumn("p"))[0].tolist() == []


def test_filled() -> None:
    """A string is filled unless it is empty."""
    assert fields.filled(pa.array(["", "x"])).tolist() == [False, True]
