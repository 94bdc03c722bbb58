"""
Archives: their members one after another, each read as a file of its own, in constant memory.

Archives in archives, links and devices in them are passed over. Nothing is written under a member's name. How members
lie in an archive is known to those who walk through it.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

import pyarrow.compute as pc

from isdas.formats.batch import Batch, Refusal, Work
from isdas.formats.context import Context
from isdas.formats.one_pass import Content, OnePass
from isdas.formats.registry import HEAD_BYTES
from isdas.model.columns import Capability
from isdas.model.compression import inflated
from isdas.model.errors import InputRefused
from isdas.model.packets import Packets
from isdas.model.tally import Tally

CAPABILITIES = Capability.CAPTURE
"""The most that a member of any format shows."""

NUMBERS_BITS = 40
"""Records of the n-th member, from 0, are numbered from n times two to the power of this."""

_CHUNK = 1 << 20
_KEPT = 1000


class Reader(Protocol):
    """What a member is read by."""

    @property
    def one_pass(self) -> bool:
        """Whether it reads a file from its beginning to its end once, after a look at the beginning."""

    def read(self, path: Path, context: Context, /) -> Iterator[Work]:
        """As of a format of the registry."""


Recognise = Callable[[bytes], Reader | None]
"""What gives the format of a member by its decompressed beginning, None if it has none."""


@dataclass(frozen=True, slots=True)
class Member:
    """
    A file in an archive.

    Attributes:
        name: as the archive has it.
        written_at: when it was written, None if the archive does not know.
        more: gives its next bytes, at most so many, and none at the end.
    """

    name: str
    written_at: datetime | None
    more: Callable[[int], bytes]


def read(members: Iterable[Member], recognise: Recognise, path: Path, context: Context, tally: Tally) -> Iterator[Work]:
    """
    The members in stretches.

    One that cannot be read as a whole counts as one record that is refused as ``refused-member``.

    Args:
        members: each of which is over when the next is asked for.
        recognise: what gives the format of a member, which is none that holds others.
        path, context: of the archive.
        tally: of the archive, which those who walk through it may add to until the last member.

    Raises:
        InputRefused: ``unreadable``; ``nothing-known-inside`` if no member is in a known format.
    """
    known = 0
    with TemporaryDirectory(prefix="isdas-") as folder:
        for number, member in enumerate(members):
            content = Content(member.more)
            form = recognise(inflated(_head(content), HEAD_BYTES))
            if form is None:
                tally.warn("unknown-member")
                continue
            known += 1
            circumstances = replace(context, written_at=member.written_at or context.written_at)
            at = OnePass.of(content, member.name) if form.one_pass else _copied(content, Path(folder, "member"))
            try:
                for work in form.read(at, circumstances):
                    yield partial(_of_member, work, number, member.name)
            except InputRefused as refusal:
                yield partial(_refused, member.name, refusal)
    if not known:
        raise InputRefused("nothing-known-inside", f"{path}: no member is a capture, or a log or table that is known")
    yield partial(Batch, Packets.of({}, 0), tally)


def _head(content: Content) -> bytes:
    """The beginning of a member, which comes in pieces of any size."""
    head = b""
    while len(head) < _CHUNK and (data := content.read(len(head), _CHUNK - len(head))):
        head += data
    return head


def _refused(name: str, refusal: InputRefused) -> Batch:
    """The account of a member that could not be read, or not to its end."""
    tally = Tally(read=1)
    tally.refuse("refused-member")
    text = f"{name}: {refusal.reason}: {refusal}"
    return Batch(Packets.of({}, 0), tally, (Refusal(0, "refused-member", text[:_KEPT]),))


def _copied(content: Content, to: Path) -> Path:
    """A file with the bytes of a member, which can be read as often as its format needs."""
    at = 0
    with to.open("wb") as file:
        while data := content.read(at, _CHUNK):
            file.write(data)
            at += len(data)
    return to


def _of_member(work: Work, number: int, name: str) -> Batch:
    """A stretch of a member as one of the archive."""
    batch = work()
    positions = pc.add(batch.packets.table.column("position"), number << NUMBERS_BITS)
    refusals = tuple(Refusal(r.line_number, r.reason, f"{name}: {r.text}"[:_KEPT]) for r in batch.refusals)
    return replace(batch, packets=batch.packets.with_columns({"position": positions}), refusals=refusals)
