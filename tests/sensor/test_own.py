"""
What is the sensor's own, told from what others send unasked.
"""

import numpy as np
import pytest
from cable import FAR, FAR6, NEAR, NEAR6, ethernet, ip, tcp, udp
from hypothesis import given
from hypothesis import strategies as st

from isdas.decode.packets import decode
from isdas.model.frames import Frames
from isdas.model.packets import Packets
from isdas.sensor.own import Own, established

SECOND = 1_000_000
SYN, ACK, RST, FIN = 2, 16, 4, 1


def packets(*each: tuple[float, bytes]) -> Packets:
    """Packets of (seconds, IP packet)."""
    data = [ethernet(packet) for _, packet in each]
    sizes = np.array([len(frame) for frame in data], np.int32)
    n = len(data)
    return decode(
        Frames(
            np.frombuffer(b"".join(data) or b"\0", np.uint8),
            np.cumsum([0, *sizes[:-1]]).astype(np.int64)[:n],
            sizes,
            sizes,
            np.array([round((1000 + second) * SECOND) for second, _ in each], np.int64),
            np.ones(n, np.int32),
            np.arange(n),
        )
    )[0]


def judged(own: Own, *each: tuple[float, bytes]) -> list[bool]:
    """Which of some packets are own."""
    return own.judge(packets(*each)).tolist()


def out(protocol: int, body: bytes, destination: str = FAR) -> bytes:
    """A packet that the sensor sends."""
    return ip(protocol, body, NEAR6 if ":" in destination else NEAR, destination)


@pytest.mark.parametrize("far", [FAR, FAR6], ids=["IPv4", "IPv6"])
def test_answers_to_a_connection_are_own(far: str) -> None:
    """All that comes back on a connection that the sensor has begun is own; a SYN and another port are not."""
    near = NEAR6 if ":" in far else NEAR
    own = Own()
    own.went_out(packets((0, out(6, tcp(40000, 443), far))))
    assert judged(
        own,
        (1, ip(6, tcp(443, 40000, SYN | ACK), far, near)),
        (2, ip(6, tcp(443, 40000, ACK), far, near)),
        (3, ip(6, tcp(443, 40000, SYN), far, near)),
        (4, ip(6, tcp(443, 40001, ACK), far, near)),
        (5, ip(6, tcp(443, 40000, FIN | ACK), far, near)),
    ) == [True, True, False, False, True]


def test_what_the_kernel_answers_begins_nothing() -> None:
    """SYN-ACK and RST to a stranger do not make the stranger's next packets own."""
    own = Own()
    own.went_out(packets((1.1, out(6, tcp(22, 5000, SYN | ACK))), (1.2, out(6, tcp(23, 5000, RST | ACK)))))
    scan = [(1.0, ip(6, tcp(5000, 22))), (2.0, ip(6, tcp(5000, 22, ACK))), (2.1, ip(6, tcp(5000, 23, ACK)))]
    assert judged(own, *scan) == [False, False, False]


def test_an_answer_over_udp_begins_nothing() -> None:
    """A service that answers a stranger does not hide what the stranger sends next; one that asks first hears own."""
    own = Own()
    own.went_out(packets((1.1, out(17, udp(123, 5000)))))
    assert judged(own, (1.0, ip(17, udp(5000, 123))), (2.0, ip(17, udp(5000, 123)))) == [False, False]
    own.went_out(packets((3.0, out(17, udp(123, 123)))))
    assert judged(own, (3.1, ip(17, udp(123, 123)))) == [True]


def test_dns_is_own_and_a_scan_from_its_port_is_not() -> None:
    """Answers of the server that was asked are own, whatever else comes from port 53 is not; and not for ever."""
    own = Own()
    own.went_out(packets((0, out(17, udp(41000, 53)))))
    assert judged(
        own,
        (1, ip(17, udp(53, 41000))),
        (1, ip(17, udp(53, 41001))),
        (1, ip(17, udp(53, 41000), "192.0.2.77")),
        (1000, ip(17, udp(53, 41000))),
    ) == [True, False, False, False]


def test_the_lease_of_an_address_is_own() -> None:
    """DHCP asks everybody, and one of them answers; nobody else's packet to port 68 is own."""
    own = Own()
    assert judged(own, (0, ip(17, udp(67, 68), "192.0.2.9"))) == [False]
    own.went_out(packets((1, ip(17, udp(68, 67), "0.0.0.0", "255.255.255.255"))))
    assert judged(own, (2, ip(17, udp(67, 68), "192.0.2.9")), (2, ip(17, udp(66, 68), "192.0.2.9"))) == [True, False]


def test_echo_replies_and_errors_about_own_packets_are_own() -> None:
    """Of ICMP those messages are own that answer an echo request or quote what the sensor sent."""
    own = Own()
    asked = out(6, tcp(40000, 443))
    own.went_out(packets((0, out(1, bytes([8, 0, 0, 0, 0, 1, 0, 1]))), (0, asked)))
    strangers = ip(6, tcp(40000, 444), NEAR, FAR)
    assert judged(
        own,
        (1, ip(1, bytes([0, 0, 0, 0, 0, 1, 0, 1]))),
        (1, ip(1, bytes([8, 0, 0, 0, 0, 1, 0, 1]))),
        (1, ip(1, bytes([0, 0, 0, 0, 0, 1, 0, 1]), "192.0.2.77")),
        (1, ip(1, bytes([3, 1, 0, 0, 0, 0, 0, 0]) + asked, "192.0.2.99")),
        (1, ip(1, bytes([3, 1, 0, 0, 0, 0, 0, 0]) + strangers, "192.0.2.99")),
    ) == [True, False, False, True, False]


def test_neighbours_are_own() -> None:
    """IPv6 asks its neighbours by ICMPv6, which comes from this line alone if its hop limit is still 255."""
    message = bytearray(ip(58, bytes([135, 0, 0, 0]) + bytes(20), FAR6, NEAR6))
    far_away = bytes(message)
    message[7] = 255
    assert judged(Own(), (0, bytes(message)), (0, far_away)) == [True, False]


def test_parts_of_an_own_packet_are_own() -> None:
    """Later fragments have no ports; they go with the first."""
    own = Own()
    own.went_out(packets((0, out(17, udp(41000, 53)))))
    first, later = ip(17, udp(53, 41000, bytes(16)), fragment=0x2000), ip(17, bytes(8), fragment=3)
    assert judged(own, (0.5, later), (1, first), (1, later)) == [False, True, True]


def test_management_is_own() -> None:
    """All that comes from a management network is own; a scan of the same port from elsewhere is not."""
    own = Own(["192.0.2.0/30", "2001:db8::/64"])
    assert judged(
        own,
        (0, ip(6, tcp(50000, 22), FAR)),
        (0, ip(6, tcp(50000, 22), "192.0.2.4")),
        (0, ip(6, tcp(50000, 22), FAR6, NEAR6)),
    ) == [True, False, True]


def test_connections_from_before_are_known() -> None:
    """A connection that was begun before the sensor was started is taken from the kernel's table."""
    own = Own()
    own.know([(NEAR, 40000, FAR, 443)], 1000 * SECOND)
    assert judged(own, (1, ip(6, tcp(443, 40000, ACK))), (1, ip(6, tcp(443, 40001, ACK)))) == [True, False]


def test_the_kernels_table_is_read(tmp_path: object) -> None:
    """Of the connections in /proc/net/tcp those count that do not end where something listens."""
    (tmp_path / "tcp").write_text(  # type: ignore[operator]
        "  sl  local_address rem_address   st\n"
        "   0: 00000000:0016 00000000:0000 0A 0 0\n"
        "   1: 010200C0:0016 020200C0:C350 01 0 0\n"
        "   2: 010200C0:9C40 020200C0:01BB 01 0 0\n"
        "   3: 010200C0:9C41 020200C0:01BB 06 0 0\n",
        encoding="ascii",
    )
    (tmp_path / "tcp6").write_text(  # type: ignore[operator]
        "  sl  local_address                         remote_address                        st\n"
        "   0: B80D0120000000000000000001000000:9C40 B80D0120000000000000000002000000:01BB 02 0 0\n",
        encoding="ascii",
    )
    assert established(tmp_path) == [(NEAR, 40000, FAR, 443), (NEAR6, 40000, FAR6, 443)]  # type: ignore[arg-type]


def test_a_clock_that_is_set_makes_nothing_own_or_strange() -> None:
    """After a jump of a day what was known is known for as long as before."""
    own = Own()
    own.went_out(packets((0, out(17, udp(41000, 53)))))
    assert judged(own, (1, ip(17, udp(53, 41000)))) == [True]
    own.jumped(86_400 * SECOND)
    assert judged(own, (86_402, ip(17, udp(53, 41000))), (86_700, ip(17, udp(53, 41000)))) == [True, False]


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=60))
def test_how_packets_are_batched_changes_nothing(sent: list[tuple[int, int]]) -> None:
    """The judgement follows from the times of packets alone, not from when they are handed over."""
    asked = [(i, out(17, udp(41000 + port, 53))) for i, (port, _) in enumerate(sent) if port]
    came = [(i + 0.5, ip(17, udp(53, 41000 + port))) for i, (_, port) in enumerate(sent)]
    at_once = Own()
    at_once.went_out(packets(*asked))
    whole = judged(at_once, *came)
    bit_by_bit, found = Own(), []
    half = len(came) // 2
    # What goes out is known before what comes in, however late that is handed over.
    bit_by_bit.went_out(packets(*asked[: len(asked) // 2]))
    bit_by_bit.went_out(packets(*asked[len(asked) // 2 :]))
    for part in (came[:half], came[half:]):
        found += bit_by_bit.judge(packets(*part)).tolist()
    assert found == whole


@given(st.lists(st.binary(max_size=80), max_size=20))
def test_any_packets_can_be_judged(bodies: list[bytes]) -> None:
    """Nothing that comes raises, and with nothing begun only neighbours are own."""
    found = packets(*[(i, ip(p, body)) for i, body in enumerate(bodies) for p in (1, 6, 17, 47)])
    assert not Own().judge(found).any()
