"""
The compiled writing of messages as lines of a syslog.
"""

import numpy as np
import pytest

from isdas.formats.dress_walk import dress
from isdas.formats.envelope import HOST, N_PARTS, PID, PROGRAM, TIME, TRANSPORT


def dressed(*, bare: bool = False, in_micros: bool = False, **said: bytes) -> bytes:
    """The line of a message by what is said of it."""
    slots = {"time": TIME, "host": HOST, "program": PROGRAM, "pid": PID, "transport": TRANSPORT}
    heads, parts = b"", np.full((1, N_PARTS, 2), -1, np.int64)
    for name, value in said.items():
        parts[0, slots[name]] = len(heads), len(value)
        heads += value
    text, out = np.frombuffer(b"message\n", np.uint8), np.zeros(len(heads) + 80, np.uint8)
    room = np.frombuffer(heads + b" ", np.uint8)
    return out[: dress(text, np.array([0, 8]), np.array([bare]), room, parts, in_micros, out)].tobytes()


@pytest.mark.parametrize(
    ("said", "tag"),
    [
        ({}, b"kernel"),
        ({"program": b"kernel"}, b"kernel"),
        ({"program": b"kernel:"}, b"kernel"),
        ({"program": b""}, b"kernel"),
        ({"program": b"sshd", "pid": b"12"}, b"sshd[12]"),
        ({"program": b"sshd[12]:"}, b"sshd[0]"),
        ({"program": b"kernels"}, b"kernels[0]"),
        ({"program": b"[x", "pid": b"-"}, b"journal[0]"),
        ({"transport": b"kernel", "program": b"x"}, b"kernel"),
        ({"transport": b"syslog"}, b"journal[0]"),
        ({"transport": b"syslog", "program": b"kernel", "pid": b"9"}, b"journal[9]"),
    ],
)
def test_tag(said: dict[str, bytes], tag: bytes) -> None:
    """What is not the kernel has the number of a process, which tells it from a prefix of the kernel's."""
    assert dressed(**said) == tag + b": message\n"


def test_time_and_host() -> None:
    """As they are; microseconds get a point, and a host is one word."""
    assert dressed(time=b"T", host=b"a b=[c") == b"T a_b__c kernel: message\n"
    assert dressed(time=b"1767323045678901", in_micros=True) == b"1767323045.678901 kernel: message\n"
    assert dressed(time=b"12", in_micros=True, host=b"h") == b"12 h kernel: message\n"


def test_bare() -> None:
    """Nothing is put before it."""
    assert dressed(time=b"T", bare=True) == b"message\n"
