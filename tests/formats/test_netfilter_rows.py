"""
The tables by which netfilter LOG lines are read.
"""

import numpy as np
import pyarrow as pa
import pytest

from isdas.formats.netfilter_rows import (
    ABSENT,
    ASIDE,
    COLUMNS,
    FIELDS,
    FLAGS,
    MULTIPLIER,
    PLACES,
    REFUSALS,
    SLOT,
    SLOTS,
    TABLES,
    key,
    to_packets,
)
from isdas.model import columns

WORDS = sorted({word for table in (*FIELDS.values(), *FLAGS.values()) for word in [*table]})


@pytest.mark.parametrize("word", WORDS)
def test_every_word_is_found(word: str) -> None:
    """From where a word should be, it is found before the first free place."""
    place = ((key(word) * MULTIPLIER) % (1 << 64)) >> 56
    while TABLES.keys[place] != key(word):
        assert TABLES.keys[place] != 0
        place = (place + 1) % PLACES
    for part, fields in FIELDS.items():
        assert TABLES.hows[part, place] == (fields[word].how if word in fields else 0)
    for part, flags in FLAGS.items():
        assert TABLES.bits[part, place] == (flags[word][1] if word in flags else 0)


def test_words_are_told_from_each_other() -> None:
    """No two words are the same in their last eight bytes."""
    assert len({key(word) for word in WORDS}) == len(WORDS)


def test_slots_are_columns() -> None:
    """What the walk fills is in the column table, each once, and refusals fit in a byte."""
    assert set(COLUMNS) <= set(columns.names())
    assert not set(ASIDE) & set(columns.names())
    assert len(set(SLOTS)) == len(SLOTS)
    assert len(set(REFUSALS)) == len(REFUSALS) < 128


def test_what_a_line_does_not_say_is_null() -> None:
    """A slot without a value is null, but halves of addresses may have any, and a port may be none."""
    rows = np.full((len(SLOTS), 2), ABSENT, np.int64)
    rows[SLOT["quoted_protocol"], 1] = 17
    rows[SLOT["dont_fragment"], 1] = 0
    rows[[SLOT["time"], SLOT["position"]]] = 7
    hosts = pa.DictionaryArray.from_arrays(pa.array([0, None], pa.int32()), pa.array(["a"]))
    first, second = to_packets(rows, hosts).table.to_pylist()
    assert (first["sensor"], second["sensor"]) == ("a", None)
    assert (first["port"], first["source_low"], first["position"]) == (-1, -1, 7)
    assert (first["dont_fragment"], second["dont_fragment"], first["ttl"]) == (None, False, None)
    assert (first["quoted_source_low"], second["quoted_source_low"], second["quoted_port"]) == (None, -1, None)
