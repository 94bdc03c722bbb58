"""
What sends packets inside the laboratory beside the scanners: python senders.py WHAT [ADDRESS].

mirai     SYNs with what is told of Mirai's: the sequence number is the destination (Antonakakis et al., 2017)
connect   connections as any program on Linux opens them, given up at once
udp       datagrams of any program
echo      echo requests as ping writes them
end       one datagram to ADDRESS
"""

import os
import socket
import struct
import sys

DARK = 0xC6120000  # 198.18.0.0
SOURCE = "198.51.100.8"
N = 300


def text(address: int) -> str:
    """An address as people write it."""
    return socket.inet_ntoa(struct.pack("!I", address))


def checksum(data: bytes) -> int:
    """RFC 1071."""
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def mirai() -> int:
    """All over half of the dark network, nine of ten to port 23, the rest to 2323."""
    raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
    source = struct.unpack("!I", socket.inet_aton(SOURCE))[0]
    source_port, window, ident = 44321, 14_601, 4711
    for i in range(N):
        target = DARK + i * 197 % 512
        port = 2323 if i % 10 == 0 else 23
        tcp = struct.pack("!HHIIHHHH", source_port, port, target, 0, 5 << 12 | 2, window, 0, 0)
        pseudo = struct.pack("!IIHH", source, target, 6, len(tcp))
        tcp = tcp[:16] + struct.pack("!H", checksum(pseudo + tcp)) + tcp[18:]
        ip = struct.pack("!BBHHHBBHII", 0x45, 0, 40, ident, 0, 64, 6, 0, source, target)
        raw.sendto(ip + tcp, (text(target), 0))
    return N


def connect() -> int:
    """To four addresses, one after another."""
    for i in range(N):
        stream = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        stream.setblocking(False)
        stream.connect_ex((text(DARK + 256 + i % 4), 1000 + i))
        stream.close()
    return N


def udp() -> int:
    """From ports of the system's choice."""
    for i in range(N):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagram:
            datagram.sendto(b"hello", (text(DARK + i % 256), 5000 + i))
    return N


def echo() -> int:
    """With the header and the filler of ping(8)."""
    raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
    for i in range(N):
        message = struct.pack("!BBHHH", 8, 0, 0, os.getpid() & 0xFFFF, i) + bytes(range(56))
        message = message[:2] + struct.pack("!H", checksum(message)) + message[4:]
        raw.sendto(message, (text(DARK + i % 256), 0))
    return N


def end(address: str) -> int:
    """To the port that discards (RFC 863)."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagram:
        datagram.sendto(b"end", (address, 9))
    return 1


def main() -> None:
    """Send what is asked for and say how much that was."""
    what, *address = sys.argv[1:]
    done = end(*address) if what == "end" else {"mirai": mirai, "connect": connect, "udp": udp, "echo": echo}[what]()
    sys.stdout.write(f"sent {done}\n")


if __name__ == "__main__":
    main()
