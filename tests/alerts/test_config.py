"""Who issues the alerts, unless somebody says otherwise."""

import dataclasses

from isdas.alerts.config import Config


def test_every_setting_has_a_default_and_a_sentence() -> None:
    """Every setting has a default and a sentence that ends with a full stop."""
    for field in dataclasses.fields(Config):
        assert field.default is not dataclasses.MISSING
        assert str(field.metadata["doc"]).endswith(".")


def test_contact_is_of_nobody() -> None:
    """The contact in the defaults is reserved for examples (RFC 2606, 555-01xx numbers) and reaches nobody."""
    config = Config()
    assert config.mail.endswith("example.org")
    assert "example.org" in config.contact_url
    assert "-555-01" in config.tel
    assert "-555-01" in config.fax
