"""Tests of isdas.enrich.config."""

from dataclasses import fields

from isdas.enrich.config import Config
from isdas.enrich.region import open_lookups


def test_every_setting_has_a_default_and_a_sentence() -> None:
    """Each setting can be left out and says what it is in a sentence."""
    assert Config() == Config(**{f.name: f.default for f in fields(Config)})
    assert all(f.metadata["doc"].endswith(".") for f in fields(Config))


def test_the_defaults_work() -> None:
    """Nothing need be set: regions and scanners come with packages, the AS stays unknown."""
    lookups = open_lookups(Config())
    assert sorted(lookups.editions) == ["iptocc", "scanners"]
    assert lookups.tables == ()
