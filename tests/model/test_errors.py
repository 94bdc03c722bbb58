"""
Tests of isdas.model.errors.
"""

import pytest

from isdas.model import errors


@pytest.mark.parametrize("leaf", [errors.InputRefused, errors.ConfigError, errors.LakeError, errors.NotFound])
def test_all_errors_are_caught_as_one(leaf: type[errors.IsdasError]) -> None:
    """Whoever talks to the person at the keyboard catches IsdasError alone."""
    assert issubclass(leaf, errors.IsdasError)


def test_refused_input_has_a_reason_and_a_message() -> None:
    """The reason is what is counted, the message is what is said."""
    error = errors.InputRefused("empty-file", "a.pcap is empty")
    assert error.reason == "empty-file"
    assert str(error) == "a.pcap is empty"
