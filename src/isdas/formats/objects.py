"""
JSON in any outer form as lines of one object each: JSON lines, arrays, and documents that wrap a list of objects.

It reads in constant memory, and does not know what an object means. Objects that stand on lines of their own keep the
numbers of their lines; those of documents are numbered from 1 in their order.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from isdas.formats.jsonobject import json_object
from isdas.formats.lines import BLOCK_BYTES, LineBlock, line_blocks
from isdas.formats.stream import byte_stream
from isdas.formats.unwrap import Documents

_MARK = b"\xef\xbb\xbf"

# Members of an object before the one that matters: flat values, and objects and arrays without others in them.
_MEMBERS = rb'(?:\s*"[^"\\]*"\s*:\s*(?:"(?:[^"\\]|\\.)*+"|[-+.\w]++|\{[^{}]*+\}|\[[^\[\]{}]*+\])\s*,)*?\s*'
_DECORATION = b" \t\r,[]}"
_SHORT = 4
"""How long a line may be, its end with it, that only parts or ends a list."""

_BLANKS = b" " * 256
_MARGIN_BYTES = 1 << 12
"""As many blanks and line ends may stand before a document."""


@dataclass(frozen=True, slots=True)
class Form:
    """
    How objects are written.

    Attributes:
        depth: how many arrays and objects stand around each object that is a record.
        around: what of the file stands before the first record.
        lines: whether each record stands on a line of its own.
        first: the first record, if it ends within the beginning.
    """

    depth: int
    around: bytes
    lines: bool
    first: dict[str, Any] | None


def form_of(head: bytes, wrappers: tuple[str, ...]) -> Form | None:
    """
    The form of a file by its beginning; None if it is no JSON of objects.

    Args:
        head: the decompressed beginning.
        wrappers: names under which a document has its list of records; ``hits`` may stand in itself, as in the answers
            of Elasticsearch.
    """
    depth, before = _wrapped(head, wrappers)
    rest = head[before:].lstrip()
    before = len(head) - len(rest)
    if not rest.startswith(b"{"):
        return None
    lines = json_object(rest.split(b"\n", 1)[0].rstrip(b" \t\r,")) is not None
    try:
        first, _ = json.JSONDecoder().raw_decode(rest.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        first = None
    return Form(depth, head[:before], lines, first)


def _wrapped(head: bytes, wrappers: tuple[str, ...]) -> tuple[int, int]:
    """How deep the first record stands, and where what is around it ends."""
    start = len(head) - len(head.removeprefix(_MARK))
    if array := re.compile(rb"\s*\[").match(head, start):
        return 1, array.end()
    names = b"|".join(re.escape(name.encode()) for name in wrappers)
    key = rb"\s*\{" + _MEMBERS + rb'"(?:' + names + rb')"\s*:\s*'
    if wrappers and (flat := re.compile(key + rb"\[").match(head, start)):
        return 2, flat.end()
    if wrappers and (
        nested := re.compile(key + rb"\{" + _MEMBERS + rb'"(?:' + names + rb')"\s*:\s*\[').match(head, start)
    ):
        return 3, nested.end()
    return 0, start


def object_lines(
    path: Path, form: Form, block_bytes: int = BLOCK_BYTES
) -> Iterator[tuple[LineBlock, dict[int, bytes]]]:
    """
    All records of a file, a line each, and the text before some of them, by their index in the block.

    A record is not told of if only a comma stands before it. Blanks and commas are left out of the text; a document
    that ends in it leaves a line end.

    Raises:
        InputRefused: ``unreadable``.
    """
    if form.lines:
        for block in line_blocks(path, block_bytes):
            first = block.first == 1
            yield _bare(block, len(form.around) if first else 0), {0: _packed(form.around)} if first else {}
    else:
        yield from _documents(path, form, block_bytes)


def _bare(block: LineBlock, before: int) -> LineBlock:
    """The lines without what parts and wraps them; as many lines as before."""
    block = _unparted(block, before)
    data, starts = block.data, block.starts()
    octets = np.frombuffer(data, np.uint8)
    odd = np.flatnonzero((np.diff(starts) <= _SHORT) | (octets[starts[:-1]] == ord("]"))).tolist()
    if odd:
        parts = bytearray(data)
        for i in odd:
            a, b = int(starts[i]), int(starts[i + 1])
            if data.startswith(b"]", a) or not data[a:b].strip(_DECORATION + b"\n"):
                parts[a:b] = data[a:b].rstrip(b"\n").translate(_BLANKS) + data[a:b][len(data[a:b].rstrip(b"\n")) :]
        data = bytes(parts)
    data = _last(data, int(starts[-2]) if len(starts) > 1 else 0)
    return block if data is block.data else replace(block, data=data)


def _unparted(block: LineBlock, before: int) -> LineBlock:
    """The block without what stands before its first record, and without the commas behind the others."""
    data = block.data
    if before:
        data = b"\n" * data.count(b"\n", 0, before) + data[before:]
        block = replace(block, data=data)
    octets = np.frombuffer(data, np.uint8)
    ends = block.starts()[1:] - 1
    ends = ends[octets[ends] == ord("\n")]
    parts: npt.NDArray[np.uint8] | None = None
    for parting in (b"},", b"},\r"):
        found = ends[ends >= len(parting)]
        for i, letter in enumerate(reversed(parting), start=1):
            found = found[octets[found - i] == letter]
        if len(found):
            # The brace moves to the end of its line, behind blanks, so that nothing else has to move.
            parts = octets.copy() if parts is None else parts
            for i in range(1, len(parting) + 1):
                parts[found - i] = ord("}" if i == 1 else " ")
    return block if parts is None else block.rewritten(parts.tobytes())


def _packed(around: bytes) -> bytes:
    """Without blanks and commas, as documents tell of what is around records."""
    return around.translate(None, b" \t\r\n,")


def _last(data: bytes, start: int) -> bytes:
    """Take what ends the wrapping off the last line."""
    line = data[start:].rstrip(b" \t\r\n")
    if line.startswith(b"{") and json_object(line) is None:
        inner = next(
            (line[:-n] for n in range(1, 4) if json_object(line[:-n]) is not None and not line[-n:].strip(_DECORATION)),
            line,
        )
        return data[:start] + inner + data[start + len(line) :]
    return data


def _documents(path: Path, form: Form, block_bytes: int) -> Iterator[tuple[LineBlock, dict[int, bytes]]]:
    documents = Documents(form.depth)
    with byte_stream(path) as stream:
        head = stream.look(_MARGIN_BYTES)
        stream.take(len(head) - len(head.removeprefix(_MARK).lstrip()))
        while data := stream.take(block_bytes):
            yield documents.take(data, ended=False)
        yield documents.take(b"", ended=True, warning=stream.warning)
