"""Tests of isdas.simulate.region."""

import pytest

from isdas.simulate.region import CODES, REGIONS, index


def test_shares_add_up():
    """The regions share all packets."""
    assert sum(region.share for region in REGIONS) == pytest.approx(100)


def test_published_regions_lead():
    """The five published regions come first, in their published order."""
    assert CODES[:5] == ("CN", "JP", "US", "TW", "KR")


def test_index_is_the_position():
    """A code is found at the place of its region, and an unknown one is an error."""
    assert REGIONS[index("BR")].code == "BR"
    with pytest.raises(ValueError, match="not in tuple"):
        index("XX")


def test_codes_are_unique():
    """No region appears twice."""
    assert len(set(CODES)) == len(CODES)
