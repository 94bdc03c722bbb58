"""Names of regions."""

import pytest

from isdas.model.region import in_text, label


@pytest.mark.parametrize(
    ("code", "english", "japanese"),
    [("JP", "Japan", "日本"), ("CN", "China", "中国"), ("US", "USA", "米国"), ("KR", "Korea", "韓国")],
)
def test_names_in_both_languages(code: str, english: str, japanese: str) -> None:
    """The regions of the published list have their published names."""
    assert label(code, "en") == english
    assert label(code, "ja") == japanese


def test_an_unnamed_region_keeps_its_code() -> None:
    """A code that is no region is its own label and has no name in running text."""
    assert label("QQ", "ja") == "QQ"
    assert in_text("QQ", "en") is None


def test_articles_are_for_running_text() -> None:
    """From *the Netherlands*, but *Netherlands* beside a line."""
    assert (in_text("NL", "en"), label("NL", "en")) == ("the Netherlands", "Netherlands")
    assert (in_text("US", "en"), label("US", "en")) == ("the United States", "USA")
