"""Settings of the figures."""

from dataclasses import fields

from isdas.graphs.config import Config


def test_every_setting_is_explained() -> None:
    """Every setting has a default and one sentence."""
    assert all(str(f.metadata["doc"]).endswith(".") for f in fields(Config))
    assert (Config().width, Config().height) == (960, 540)
