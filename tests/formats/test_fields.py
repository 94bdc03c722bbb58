"""
Columns of texts and typed values to columns of values.
"""

from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from blake3 import blake3

from isdas.formats import fields
from isdas.formats.profile import AddressColumn, ProtocolColumn, TimeColumn
from isdas.model import address

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
        ("1225411200000001000", TimeColumn("t", "unix-ns"), HALLOWEEN + 1),
        ("2008-10-31X00:00:00", TimeColumn("t"), HALLOWEEN),
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


@pytest.mark.parametrize("format", ["iso", "%Y-%m-%d %H:%M:%S", "typed"])
def test_hours_that_clocks_skip_and_repeat(format: str) -> None:
    """A local hour that occurs twice is the first one, and one that a clock skips is the moment of the jump."""
    column = pa.array(["2008-11-02 01:30:00", "2008-03-09 02:30:00"])
    if format == "typed":
        column = pc.strptime(column, "%Y-%m-%d %H:%M:%S", "us")
    values, good = fields.times(column, TimeColumn("t", format, zone="America/New_York"))
    assert good.all()
    assert values.astype("datetime64[us]").astype(str).tolist() == [
        "2008-11-02T05:30:00.000000",
        "2008-03-09T07:00:00.000000",
    ]


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


def test_a_protocol_is_the_same_as_text_and_as_number() -> None:
    """Fractions that are whole and a minus zero mean in a column of texts what they mean in one of numbers."""
    numbers = pa.array([6.0, 0.0, -0.0, 255.0, 256.0, -1.0])
    as_texts = pa.array([str(number) for number in numbers.to_pylist()])
    expected = fields.protocols(numbers, ProtocolColumn("p"))
    for ours, theirs in zip(fields.protocols(as_texts, ProtocolColumn("p")), expected, strict=True):
        assert ours.tolist() == theirs.tolist()


def test_protocols() -> None:
    """Protocols are read from names in any case and from numbers, and other names are bad."""
    values, good = fields.protocols(pa.array(["TCP", "udp", " Icmp", "47", "256", "arp", ""]), ProtocolColumn("p"))
    assert good.tolist() == [True, True, True, True, False, False, False]
    assert values[good].tolist() == [6, 17, 1, 47]
    assert fields.protocols(pa.array([], pa.string()), ProtocolColumn("p"))[0].tolist() == []


def test_filled() -> None:
    """A string is filled unless it is empty."""
    assert fields.filled(pa.array(["", "x"])).tolist() == [False, True]


@pytest.mark.parametrize(
    ("text", "how"),
    [
        ("1225411200", TimeColumn("t", "unix-ms")),
        ("1225411200000", TimeColumn("t", "unix-us")),
        ("1225411200000000", TimeColumn("t", "unix-ns")),
        ("10000000001", TimeColumn("t", "unix")),
    ],
)
def test_counts_in_another_unit_are_bad(text: str, how: TimeColumn) -> None:
    """Seconds taken for milliseconds would be of January 1970: they are refused, as seconds above 1e10 are."""
    assert fields.times(pa.array([text]), how)[1].tolist() == [False]


def test_tokens() -> None:
    """An opaque name is the same token wherever it stands, in the space that no packet can come from."""
    high, low, good = fields.addresses(pa.array(["a1b2", "192.0.2.1", "", "a1b2"]), AddressColumn("s", "token"))
    assert good.tolist() == [True, True, False, True]
    assert set(high[good].tolist()) == {address.TOKEN_HIGH}
    assert low[0] == low[3] != low[1] != 0xFFFFC0000201
    assert low[0] == int.from_bytes(blake3(b"a1b2").digest(length=8), "big", signed=True)


def test_networks() -> None:
    """A network is its first address, by prefix length or mask, and an address alone is none."""
    texts = ["192.0.2.0/24", "192.0.2.77/255.255.255.0", "2001:db8::/32", "192.0.2.1", "192.0.2.0/33", ""]
    high, low, good = fields.addresses(pa.array(texts), AddressColumn("d", "network"))
    assert good.tolist() == [True, True, True, False, False, False]
    assert low[:3].tolist() == [0xFFFFC0000200, 0xFFFFC0000200, 0]
    assert high[2] == 0x20010DB800000000


def test_lower_sixteen_bits() -> None:
    """The lower half of an address is a number below 65,536, in the network that the profile says."""
    how = AddressColumn("d", "lower16", "198.51.0.0/16")
    _, low, good = fields.addresses(pa.array(["25607", "65536", "x"]), how)
    assert good.tolist() == [True, False, False]
    assert low[0] == 0xFFFFC6336407


def test_typed_values() -> None:
    """Numbers, times, packed addresses and dictionaries are read as the texts that say the same."""
    when = datetime(2008, 10, 31, tzinfo=UTC)
    for column in (
        pa.array([when, None], pa.timestamp("ns", "Asia/Tokyo")),
        pa.array([when.replace(tzinfo=None), None], pa.timestamp("s")),
        pa.array([when.date(), None], pa.date32()),
        pa.array(["2008-10-31", None]).dictionary_encode(),
    ):
        values, good = fields.times(fields.plain(column), TimeColumn("t"))
        assert (values[0], good.tolist()) == (HALLOWEEN, [True, False])
    for column in (pa.array([1_225_411_200, None]), pa.array([1_225_411_200.0, None])):
        values, good = fields.times(fields.plain(column), TimeColumn("t", "unix"))
        assert (values[0], good.tolist()) == (HALLOWEEN, [True, False])
    naive = fields.plain(pa.array([when.replace(tzinfo=None)]))
    assert fields.times(naive, TimeColumn("t", zone="Asia/Tokyo"))[0].tolist() == [HALLOWEEN - 32_400_000_000]
    assert not fields.times(naive, TimeColumn("t", zone="stated"))[1].any()
    packed = fields.plain(pa.array([b"\xc0\x00\x02\x01", b"\x00", None], pa.binary()))
    high, low, good = fields.addresses(packed, AddressColumn("s"))
    assert (high[0], low[0], good.tolist()) == (0, 0xFFFFC0000201, [True, False, False])
    values, good = fields.integers(fields.plain(pa.array([80.0, 1.5, float("nan"), None, 1e300])))
    assert (values[0], good.tolist()) == (80, [True, False, False, False, False])
    values, good = fields.integers(fields.plain(pa.array([2**64 - 1, 7, None], pa.uint64())))
    assert (values[1], good.tolist()) == (7, [False, True, False])
    assert fields.protocols(fields.plain(pa.array([6, 300, None])), ProtocolColumn("p"))[1].tolist() == [
        True,
        False,
        False,
    ]
    assert fields.filled(fields.plain(pa.array([1.0, float("nan"), None]))).tolist() == [True, False, False]
    assert fields.filled(fields.plain(pa.array([[1], None]))).tolist() == [False, False]
