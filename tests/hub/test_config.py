"""The settings of the hub."""

from dataclasses import fields

from isdas.hub.config import Config


def test_every_setting_has_a_default_and_a_sentence() -> None:
    """Each setting is explained by one sentence and can be left alone."""
    for setting in fields(Config()):
        assert setting.metadata["doc"].endswith(".")


def test_nothing_is_open_to_the_network_by_default() -> None:
    """Site, sensors and operations are listened to on this machine alone until somebody says otherwise."""
    config = Config()
    assert {config.host, config.sensors_host, config.operations_host} == {"127.0.0.1"}
    assert len({config.port, config.sensors_port, config.operations_port}) == 3
