"""
Which hub a sensor is enrolled with, as a file.
"""

from dataclasses import asdict, dataclass
from pathlib import Path

import orjson

from isdas.model.durable import put_whole
from isdas.model.errors import ConfigError
from isdas.sensor.place import Place
from isdas.transport.upload import Client, connect


@dataclass(frozen=True, slots=True)
class Enrolled:
    """
    What a sensor knows of its hub.

    Attributes:
        url: where it is.
        hub: its public key, hexadecimal; receipts are signed by it.
        name: what it calls the sensor; empty as long as that waits for approval.
        proxy: through which it is reached; empty for that of the environment, if any.
    """

    url: str
    hub: str
    name: str = ""
    proxy: str = ""

    @property
    def public(self) -> bytes:
        """The hub's public key."""
        return bytes.fromhex(self.hub)

    @classmethod
    def load(cls, place: Place) -> "Enrolled":
        """
        What was saved.

        Raises:
            ConfigError: nothing was, or it cannot be read.
        """
        try:
            made = cls(**orjson.loads(place.hub.read_bytes()))
            return made if len(made.public) == 32 else cls._unreadable(place)
        except FileNotFoundError:
            raise ConfigError("this sensor is not enrolled: `isdas sensor enroll HUB --token TOKEN`") from None
        except (OSError, ValueError, TypeError):
            return cls._unreadable(place)

    @classmethod
    def _unreadable(cls, place: Place) -> "Enrolled":
        raise ConfigError(f"{place.hub} cannot be read: enrol this sensor again")

    def save(self, place: Place) -> None:
        """
        Keep it, whole or not at all.

        Raises:
            ConfigError: it cannot be written.
        """
        replace(place.hub, orjson.dumps(asdict(self), option=orjson.OPT_INDENT_2) + b"\n")

    def client(self, place: Place, *, timeout_s: float = 30.0) -> Client:
        """
        A client for the hub.

        Raises:
            ConfigError: the certificate of its authority cannot be used.
        """
        ca = place.authority if place.authority.exists() else None
        return connect(self.url, ca=ca, proxy=self.proxy or None, timeout_s=timeout_s)


def replace(path: Path, data: bytes) -> None:
    """
    Put *data* in place of what a file holds, on the disk and whole or not at all.

    Raises:
        ConfigError: it cannot be written.
    """
    try:
        put_whole(path, data, 0o600)
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}") from error
