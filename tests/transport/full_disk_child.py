"""
Fills a small file system by a spool and by others, and sees that everything stays accounted for.

Usage: full_disk_child.py FOLDER
"""

import os
import sys
from contextlib import suppress
from pathlib import Path

from isdas.model.packets import Packets
from isdas.transport.keys import Key
from isdas.transport.segment import Header, read_header, seal
from isdas.transport.spool import Spool, SpoolFull

KEY = Key(bytes(range(32)))
MINUTE_US = 60_000_000


def put(spool: Spool) -> None:
    """Seal and keep a minute, which tells what was lost."""
    begin = (28_000_000 + spool.next) * MINUTE_US
    said = Header("", spool.identity, spool.next, "1", begin, begin + MINUTE_US, begin, lost=spool.lost())
    spool.put(seal(Packets.of({}, 0), said, KEY))


def filled(spool: Spool) -> None:
    """Put until there is no room."""
    with suppress(SpoolFull):
        while True:
            put(spool)


def hog(path: Path) -> None:
    """Take all the room that is left."""
    with path.open("ab", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))


def numbers(lost: list[list[int]]) -> set[int]:
    """Those that stretches name."""
    return {n for first, last, *_ in lost for n in range(first, last + 1)}


def accounted_for(spool: Spool) -> None:
    """Every segment is there, or one that is there tells that it is lost; none is both."""
    waiting = set(spool.waiting())
    told = set().union(*(numbers(read_header(spool.read(n) or b"").lost) for n in waiting))
    assert told, "something had to go"
    assert not told & waiting
    assert not spool.lost()
    assert set(range(spool.next)) == waiting | told


def main() -> None:
    """As the module says."""
    folder = Path(sys.argv[1])
    spool = Spool(folder / "spool", 1 << 30)
    filled(spool)
    there = list(spool.waiting())
    assert len(there) > 50
    assert not list(folder.rglob("*.part")), "nothing is left of what found no room"
    hog(folder / "hog")
    for _ in range(3):
        before = spool.next
        try:
            put(spool)
        except SpoolFull:
            assert spool.next == before
        assert spool.evict(3000)
    put(spool)
    accounted_for(spool)
    spool.jumped(5)
    hog(folder / "hog")
    spool.jumped(7)
    spool.refuse(next(spool.waiting()), "too-old")
    gone = spool.next - len(spool)
    spool.close()

    again = Spool(folder / "spool", 1 << 30)
    assert again.next == spool.next
    assert again.next - len(again) == gone
    assert again.epoch in (1, 2)
    (folder / "hog").unlink()
    put(again)
    assert again.next == spool.next + 1
    again.close()
    os.write(1, b"lived through\n")


main()
