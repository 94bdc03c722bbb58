"""The settings of detection."""

from dataclasses import fields

from isdas.detect.config import Config


def test_every_setting_has_a_default_and_a_sentence() -> None:
    """Each setting is explained by one sentence and can be left alone."""
    for setting in fields(Config()):
        assert setting.metadata["doc"].endswith(".")


def test_the_exclusion_covers_the_longest_window() -> None:
    """No window can reach into the days that its baseline is taken from."""
    assert Config().excluded_days * 24 >= 72
