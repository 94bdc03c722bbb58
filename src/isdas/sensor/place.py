"""
Where everything of a sensor lies: one folder of the data directory, which only its owner can look into.
"""

from dataclasses import dataclass
from pathlib import Path

from isdas.model.errors import ConfigError
from isdas.transport.keys import Key


@dataclass(frozen=True, slots=True)
class Place:
    """
    The files of one sensor.

    Attributes:
        folder: where they lie.
    """

    folder: Path

    @classmethod
    def of(cls, data: Path) -> "Place":
        """That of a data directory."""
        return cls(data / "sensor")

    def make(self) -> None:
        """
        Make the folder, if it is not there.

        Raises:
            ConfigError: it cannot be made.
        """
        try:
            self.folder.parent.mkdir(parents=True, exist_ok=True)
            self.folder.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise ConfigError(f"{self.folder} cannot be made: {error.strerror}") from error

    @property
    def key(self) -> Path:
        """The key that signs."""
        return self.folder / "key"

    @property
    def next_key(self) -> Path:
        """The key that is to follow, as long as the hub has not agreed to it."""
        return self.folder / "key.next"

    @property
    def hub(self) -> Path:
        """Which hub it is enrolled with."""
        return self.folder / "hub.json"

    @property
    def authority(self) -> Path:
        """The certificate of the hub's own authority, if it has one."""
        return self.folder / "ca.pem"

    @property
    def spool(self) -> Path:
        """The folder of segments that wait to be sent."""
        return self.folder / "spool"

    @property
    def receipts(self) -> Path:
        """What the hub has signed for."""
        return self.folder / "receipts"

    @property
    def status(self) -> Path:
        """How it is doing."""
        return self.folder / "status.json"

    @property
    def beacon(self) -> Path:
        """What it knows of beacons."""
        return self.folder / "beacon.json"

    def current_key(self) -> Key:
        """
        The key that signs now; it may have been rotated by another process since it was last asked for.

        Raises:
            ConfigError: there is none, or others may read it.
        """
        return Key.load(self.key)
