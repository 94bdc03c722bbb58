"""Tests of isdas.enrich.range_arrays; what may be wrong with an archive is in test_ranges."""

import io
from typing import Any

import numpy as np
import pytest

from isdas.enrich.range_arrays import ranges_of
from isdas.model.address import MAPPED


def archive(**arrays: Any) -> bytes:
    """The bytes of an archive."""
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def test_addresses_are_ipv4() -> None:
    """Numbers of 32 bits become IPv4 addresses as the columns have them, whatever type holds them."""
    for kind in (np.uint32, np.int64, np.uint64):
        ends, countries, asn = ranges_of(
            archive(s=np.array([1], kind), e=np.array([(1 << 32) - 1], kind), c=["cn"], a=np.array([7], kind))
        )
        assert [half.tolist() for half in ends] == [[0], [MAPPED | 1], [0], [MAPPED | 0xFFFFFFFF]]
        assert (countries.tolist(), asn.tolist()) == (["CN"], [7])


def test_which_array_is_wrong_is_told() -> None:
    """And what it holds."""
    with pytest.raises(ValueError, match="a holds float64 instead of whole numbers"):
        ranges_of(archive(s=[1], e=[2], c=["JP"], a=[1.5]))
    with pytest.raises(ValueError, match="'Japan' is no country code"):
        ranges_of(archive(s=[1], e=[2], c=["Japan"], a=[1]))
    with pytest.raises(ValueError, match="-1 in s is not within 32 bits"):
        ranges_of(archive(s=[-1], e=[2], c=["JP"], a=[1]))
