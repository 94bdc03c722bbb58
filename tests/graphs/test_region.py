"""Names of regions."""

import pytest

from isdas.graphs.region import region_name


@pytest.mark.parametrize(
    ("code", "english", "japanese"),
    [("JP", "Japan", "日本"), ("CN", "China", "中国"), ("US", "USA", "米国"), ("KR", "Korea", "韓国")],
)
def test_names_in_both_languages(code: str, english: str, japanese: str) -> None:
    """The regions of the published list have their published names."""
    assert region_name(code, "en") == english
    assert region_name(code, "ja") == japanese


def test_an_unnamed_region_keeps_its_code() -> None:
    """A code without a name here is its own name."""
    assert region_name("AQ", "ja") == "AQ"
