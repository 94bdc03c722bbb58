"""
A machine that runs the instructions of classic BPF which the programs here use, as the kernel does.
"""

from isdas.capture import bpf

HOST, OUTGOING = 0, 4


def kept(program: bytes, frame: bytes, way: int = HOST) -> int:  # noqa: C901
    """How many bytes of a frame a program keeps."""
    lines, at, a, x = bpf.unpack(program), 0, 0, 0
    while True:
        code, yes, no, k = lines[at]
        at += 1
        match code:
            case 0x20 | 0x28 | 0x30 | 0x40 | 0x48 | 0x50:
                if k == 0xFFFFF000 + 4:
                    a = way
                    continue
                size = {0x00: 4, 0x08: 2, 0x10: 1}[code & 0x18]
                where = k + (x if code >= 0x40 else 0)
                if where + size > len(frame):
                    return 0
                a = int.from_bytes(frame[where : where + size], "big")
            case 0xB1:
                if k >= len(frame):
                    return 0
                x = 4 * (frame[k] & 15)
            case 0x54:
                a &= k
            case 0x74:
                a >>= k
            case 0x07:
                x = a
            case 0x87:
                a = x
            case 0x05:
                at += k
            case 0x15:
                at += yes if a == k else no
            case 0x45:
                at += yes if a & k else no
            case 0x06:
                return k
            case _:
                raise AssertionError(f"instruction {code:#x}")
