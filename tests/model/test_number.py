"""Numbers of alerts and where they stand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isdas.model.errors import IsdasError
from isdas.model.number import file_name, next_number, text_path


def test_first_number_of_a_year_is_one() -> None:
    """The first alert of a year has the number 0001, whatever other years and other prefixes have."""
    others = ["ISDAS-AT-2007-0033", "EXAMPLE-AT-2008-0019"]
    assert next_number(others, 2008, "ISDAS-AT") == "ISDAS-AT-2008-0001"


def test_numbers_are_not_reused() -> None:
    """A number that was given and withdrawn is not given again."""
    assert next_number(["ISDAS-AT-2008-0001", "ISDAS-AT-2008-0007"], 2008, "ISDAS-AT") == "ISDAS-AT-2008-0008"


def test_paths_are_those_of_the_original() -> None:
    """JPCERT-AT-2008-0019 stands at at/2008/at080019.txt and in English at english/at/2008/at080019.txt."""
    assert file_name("JPCERT-AT-2008-0019") == "at080019"
    assert text_path("JPCERT-AT-2008-0019", "ja") == "at/2008/at080019.txt"
    assert text_path("JPCERT-AT-2008-0019", "en") == "english/at/2008/at080019.txt"


@pytest.mark.parametrize("number", ["", "at080001", "ISDAS-AT-2008-1", "ISDAS-AT-2008-00011", "ISDAS-AT-2008-٠٠٠١"])
def test_other_forms_are_refused(number: str) -> None:
    """What is not an alert number is refused."""
    with pytest.raises(IsdasError, match="not an alert number"):
        file_name(number)


def test_a_year_can_be_full() -> None:
    """After the last number of a year there is none."""
    with pytest.raises(IsdasError, match="2008"):
        next_number(["ISDAS-AT-2008-9999"], 2008, "ISDAS-AT")


@given(st.lists(st.integers(1, 9998), max_size=8), st.integers(2000, 2099))
def test_next_number_is_new_and_highest(serials: list[int], year: int) -> None:
    """The next number is none of those given and follows the highest of its year."""
    existing = [f"ISDAS-AT-{year}-{serial:04d}" for serial in serials]
    number = next_number(existing, year, "ISDAS-AT")
    assert number not in existing
    assert all(number > other for other in existing)
