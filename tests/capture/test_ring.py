"""
The rings of the kernel, on a cable between two namespaces.
"""

import time

import numpy as np
from cable import INTERFACE, NEAR, NEAR6, Cable, ethernet, ip, syns, tcp, udp

from isdas.capture import bpf
from isdas.capture.interface import find
from isdas.capture.ring import DONE, EDGE, FOREVER, FULL, Gathering, Ring, SmallRing
from isdas.decode.packets import decode
from isdas.model.frames import Frames

SIZE = 4 << 20
MINE = bpf.incoming(bpf.parsed([NEAR, NEAR6]), 1, 256)
MANY = 1 << 17


def opened(cable: Cable, size: int = 8 << 20) -> Ring:
    """A ring at the near end for what comes to its addresses."""
    return cable.near.do(lambda: Ring(find(INTERFACE), MINE, size=size, retire_ms=20))


def all_of(ring: Ring, n: int, between: tuple[int, int] = FOREVER) -> Frames:
    """The first *n* frames that come; fails after ten seconds."""
    into = Gathering(SIZE)
    end = time.monotonic() + 10
    while into.n < n:
        ring.gather(into, between, MANY)
        assert time.monotonic() < end, f"{into.n} of {n} frames came"
    return into.frames(1)


def test_all_that_was_sent_is_read(cable: Cable) -> None:
    """Every frame is read once, whole, in order, with the kernel's time."""
    ring = opened(cable)
    before_us = time.time_ns() // 1000
    sent = syns(5000)
    cable.send(sent)
    frames = all_of(ring, len(sent))
    after_us = time.time_ns() // 1000
    found = [frames.buffer[at : at + size].tobytes() for at, size in zip(frames.offsets, frames.captured, strict=True)]
    assert found == sent
    assert before_us <= frames.times_us.min() <= frames.times_us.max() <= after_us
    assert ring.losses().packets == len(sent)
    ring.close()


def test_frames_are_cut_and_say_so(cable: Cable) -> None:
    """A frame longer than the snap length keeps its beginning and its length."""
    ring = opened(cable)
    frame = ethernet(ip(17, udp(1, 2, bytes(1000))))
    cable.send([frame])
    frames = all_of(ring, 1)
    assert (frames.captured[0], frames.original[0]) == (256, len(frame))
    ring.close()


def test_tags_that_were_taken_off_are_back(cable: Cable) -> None:
    """A VLAN tag that the kernel took off is in the frame again, before one that it left."""
    ring = opened(cable)
    packet = ip(6, tcp(1, 23))
    sent = [ethernet(packet, [5]), ethernet(packet, [0xE005, 7])]
    cable.send(sent)
    frames = all_of(ring, 2)
    found = [frames.buffer[at : at + size].tobytes() for at, size in zip(frames.offsets, frames.captured, strict=True)]
    assert found == sent
    assert frames.original.tolist() == [len(each) for each in sent]
    assert decode(frames)[0].numpy("port").tolist() == [23, 23]
    ring.close()


def test_a_walk_stops_where_it_is_told(cable: Cable) -> None:
    """With room for some, or up to a time, the others are left and come next."""
    ring = opened(cable)
    cable.send(syns(10))
    into = Gathering(SIZE)
    while not ring.ready:
        pass
    stop, left_us = ring.gather(into, FOREVER, 4)
    assert (stop, into.n) == (FULL, 4)
    stop, edge_us = ring.gather(into, (0, left_us), MANY)
    assert (stop, into.n, edge_us) == (EDGE, 4, left_us)
    assert ring.gather(into, FOREVER, MANY)[0] == DONE
    while into.n < 10:
        ring.gather(into, FOREVER, MANY)
    assert len(np.unique(decode(into.frames(1))[0].numpy("source_port"))) == 10
    ring.close()


def test_no_room_is_counted_by_the_kernel(cable: Cable) -> None:
    """What a full ring cannot take is dropped, and packets = read + dropped."""
    ring = opened(cable, 2 << 20)
    sent = syns(40_000)
    cable.send(sent)
    losses = ring.losses()
    into = Gathering(16 << 20)
    while ring.ready:
        ring.gather(into, FOREVER, MANY)
    losses_after = ring.losses()
    assert losses.packets == len(sent)
    assert losses.dropped > 0
    assert losses.freezes > 0
    assert into.n + losses.dropped == len(sent)
    assert losses_after.dropped == 0
    ring.close()


def test_what_goes_out_is_in_the_small_ring_alone(cable: Cable) -> None:
    """The ring does not hear what the near end sends, and the small ring hears nothing else, at once."""

    def both() -> tuple[Ring, SmallRing]:
        interface = find(INTERFACE)
        return (
            Ring(interface, MINE, size=4 << 20, retire_ms=20),
            SmallRing(interface, bpf.opening(1, 128), size=1 << 20),
        )

    ring, small = cable.near.do(both)
    cable.near.run("python3", "-c", "import socket; socket.socket(2, 2).sendto(b'x', ('192.0.2.2', 53))")
    cable.send(syns(3))
    out = Gathering(SIZE)
    small.gather(out)
    packets = decode(out.frames(1))[0]
    assert packets.numpy("port").tolist() == [53]
    # The far end answers that nothing listens there, by ICMP.
    assert 53 not in decode(all_of(ring, 3))[0].numpy("port").tolist()
    ring.close()
    small.close()
