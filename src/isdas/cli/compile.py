"""``isdas compile``: what is compiled on its first use, now."""

from isdas.cli.context import talk


def compile() -> None:
    """Compile what is compiled on its first use, so that no first run waits; half a minute, once for each version."""
    from isdas.decode.config import Config
    from isdas.hub.warm import warm
    from isdas.sensor.warm import warm as warm_sensor

    warm()
    warm_sensor(Config())
    talk("compiled: the first run will not wait")
