"""
A process whose children use one spool, one after the other, and are killed at random moments.

Prints as JSON what there was to see at the end, or ends with the assertion that does not hold.

Usage: spool_child.py FOLDER KILLS SEED
"""

import json
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from isdas.model.packets import Packets
from isdas.transport.keys import Key
from isdas.transport.segment import Header, digest, seal
from isdas.transport.spool import Spool

KEY = Key(bytes(range(32)))
LIMIT, SIZE = 20_000, 800
MINUTE_US = 60_000_000
Said = list[object]


def live(folder: Path, rng: np.random.Generator, out: int) -> None:
    """Use the spool until killed; tell each deed, before it where that counts, and after it."""

    def say(*words: object) -> None:
        os.write(out, json.dumps(words).encode() + b"\n")

    spool = Spool(folder, LIMIT)
    say("open")
    while True:
        for _ in range(int(rng.integers(1, 8))):
            spool.make_room(SIZE)
            lost, begin = spool.lost(), (28_000_000 + spool.next) * MINUTE_US
            said = Header("", spool.identity, spool.next, "1", begin, begin + MINUTE_US, begin, lost=lost)
            data = seal(Packets.of({}, 0), said, KEY)
            say("try", spool.next, digest(data), lost)
            spool.put(data)
            say("put", said.sequence)
        for sequence in list(spool.waiting())[: int(rng.integers(0, 8))]:
            assert spool.read(sequence) is not None
            say("acknowledge", sequence)
            spool.acknowledge(sequence)


def deeds(pipe: int, lines: int) -> Iterator[Said]:
    """What a child tells: so many lines, and then all that is left in the pipe of a child that is gone."""
    with os.fdopen(pipe, "rb", buffering=0, closefd=False) as told:
        for line in told:
            yield json.loads(line) if line.endswith(b"\n") else ["cut"]
            lines -= 1
            if not lines:
                return


def killed(folder: Path, rng: np.random.Generator) -> list[Said]:
    """What one child did until it was killed."""
    pipe, out = os.pipe()
    mind = np.random.default_rng(int(rng.integers(1 << 32)))
    child = os.fork()
    if not child:
        os.close(pipe)
        live(folder, mind, out)
    os.close(out)
    found = list(deeds(pipe, int(rng.integers(1, 60))))
    # Some more moments of it, so that it is hit within a deed.
    for _ in range(int(rng.integers(0, 3000))):
        pass
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    found += deeds(pipe, -1)
    os.close(pipe)
    return found


class Seen:
    """What all children did."""

    def __init__(self) -> None:
        self.kept: dict[int, str] = {}
        self.lost: dict[int, list[list[int]]] = {}
        self.acknowledged: set[int] = set()
        self.trying: tuple[int, str, list[list[int]]] | None = None

    def note(self, said: Said) -> None:
        """Take in one deed."""
        match said:
            case ["try", int(number), str(known_by), list(lost)]:
                self.trying = (number, known_by, lost)
            case ["put", int(number)]:
                assert self.trying is not None
                assert self.trying[0] == number
                self.settle()
            case ["acknowledge", int(number)]:
                self.acknowledged.add(number)

    def settle(self) -> None:
        """What was tried is there."""
        assert self.trying is not None
        number, self.kept[number], self.lost[number] = self.trying[0], self.trying[1], self.trying[2]
        self.trying = None

    def check(self, spool: Spool) -> None:
        """Every segment is there, was acknowledged, or is told to be lost, once."""
        waiting = {number: spool.read(number) for number in list(spool.waiting())}
        if self.trying is not None and spool.next == self.trying[0] + 1:
            self.settle()
        self.trying = None
        assert spool.next == len(self.kept), (spool.next, len(self.kept))
        assert spool.torn == 0
        assert all(data is not None and digest(data) == self.kept[n] for n, data in waiting.items())
        told = [each for n in self.acknowledged | set(waiting) for each in self.lost[n]]
        lost = [n for first, last, *_ in (*told, *spool.lost()) for n in range(first, last + 1)]
        assert len(lost) == len(set(lost)), "told twice"
        assert not set(waiting) & set(lost), "both lost and there"
        # What was about to be acknowledged may be there still.
        assert set(self.kept) == self.acknowledged | set(waiting) | set(lost)
        for number in self.acknowledged & set(waiting):
            spool.acknowledge(number)


def main() -> None:
    """As the module says."""
    folder, kills = Path(sys.argv[1]), int(sys.argv[2])
    rng, seen = np.random.default_rng(int(sys.argv[3])), Seen()
    for _ in range(kills):
        for said in killed(folder, rng):
            seen.note(said)
        spool = Spool(folder, LIMIT)
        seen.check(spool)
        spool.close()
    lost = sum(each[2] for told in seen.lost.values() for each in told)
    print(json.dumps({"segments": len(seen.kept), "acknowledged": len(seen.acknowledged), "lost": lost}))  # noqa: T201


main()
