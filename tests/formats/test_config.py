"""Settings of the reading of other people's records."""

from dataclasses import fields
from datetime import datetime
from zoneinfo import ZoneInfo

from isdas.formats.config import Config
from isdas.formats.context import Context


def test_every_setting_is_explained() -> None:
    """Every setting has a sentence."""
    assert all(str(field.metadata["doc"]).endswith(".") for field in fields(Config))


def test_defaults_are_those_of_records_read_without_settings() -> None:
    """Nobody's zone is guessed, and a file is warned of if one record in twenty is refused, by settings or without."""
    config, context, day = Config(), Context(), datetime(2026, 7, 1)
    assert (config.zone, config.drift_share) == ("UTC", 0.05)
    assert day.replace(tzinfo=ZoneInfo(config.zone)) == day.replace(tzinfo=context.zone)
    assert config.drift_share == context.drift_share
