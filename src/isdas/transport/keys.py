"""
Keys: Ed25519 (RFC 8032), one for each sensor and one for each hub.
"""

from pathlib import Path

from blake3 import blake3
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from isdas.model.durable import put_whole
from isdas.model.errors import ConfigError

KEY_BYTES = 32
SIGNATURE_BYTES = 64
FINGERPRINT_DIGITS = 32


class Key:
    """
    A private key.

    Attributes:
        public: the 32 bytes that others know it by.
        fingerprint: what people compare.
    """

    def __init__(self, secret: bytes) -> None:
        """
        The key with 32 secret bytes.

        Raises:
            ConfigError: they are not 32.
        """
        if len(secret) != KEY_BYTES:
            raise ConfigError(f"a key has {KEY_BYTES} bytes, not {len(secret)}")
        self._private = Ed25519PrivateKey.from_private_bytes(secret)
        self.public = self._private.public_key().public_bytes_raw()
        self.fingerprint = fingerprint(self.public)

    @classmethod
    def make(cls) -> "Key":
        """A new key."""
        return cls(Ed25519PrivateKey.generate().private_bytes_raw())

    @classmethod
    def load(cls, path: Path) -> "Key":
        """
        The key in a file.

        Raises:
            ConfigError: there is none, it cannot be read, it is no key, or others than its owner may read it.
        """
        try:
            mode = path.stat().st_mode
            text = path.read_text(encoding="ascii")
            secret = bytes.fromhex(text.strip())
        except FileNotFoundError:
            raise ConfigError(f"there is no key at {path}") from None
        except OSError as error:
            raise ConfigError(f"the key at {path} cannot be read: {error.strerror}") from error
        except ValueError:
            raise ConfigError(f"{path} is no key: it is not {2 * KEY_BYTES} hexadecimal digits") from None
        if mode & 0o077:
            raise ConfigError(f"others may read the key at {path}: chmod 600 {path}, and rotate it if they did")
        return cls(secret)

    def save(self, path: Path) -> None:
        """
        Put the key into a file that only its owner can read, whole or not at all.

        Raises:
            ConfigError: it cannot be written.
        """
        try:
            put_whole(path, f"{self._private.private_bytes_raw().hex()}\n".encode(), 0o600)
        except OSError as error:
            raise ConfigError(f"the key cannot be written to {path}: {error.strerror}") from error

    def sign(self, data: bytes) -> bytes:
        """The signature of *data*, SIGNATURE_BYTES long."""
        return self._private.sign(data)


def fingerprint(public: bytes) -> str:
    """What people compare of a public key: 32 hexadecimal digits."""
    return blake3(public).hexdigest()[:FINGERPRINT_DIGITS]


def signed(public: bytes, signature: bytes, data: bytes) -> bool:
    """Whether *signature* is that of *data* by the key with the 32 public bytes; False for what is no key at all."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, data)
    except (InvalidSignature, ValueError):
        return False
    return True
