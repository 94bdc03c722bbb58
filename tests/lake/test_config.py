"""Tests of isdas.lake.config."""

from dataclasses import fields

from isdas.lake.config import Config


def test_every_setting_has_a_default_and_a_sentence() -> None:
    """Each setting can be left out and says what it is in a sentence."""
    assert Config() == Config(**{f.name: f.default for f in fields(Config)})
    assert all(f.metadata["doc"].endswith(".") for f in fields(Config))
