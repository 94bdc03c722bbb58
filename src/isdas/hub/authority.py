"""
An own certificate authority, and the hub's certificate for TLS: made, renewed, or taken from elsewhere.

Sensors are given the authority's certificate and trust no other. Certificates begin to hold in 1970: a sensor without
a clock of its own must be able to reach the hub, which tells it the time.
"""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from isdas.model.durable import put_whole
from isdas.model.errors import ConfigError
from isdas.model.time import now
from isdas.transport.keys import Key

_BEGIN = datetime(1970, 1, 1, tzinfo=UTC)
_AUTHORITY_DAYS = 36_500
_USAGES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)


@dataclass(frozen=True, slots=True)
class Papers:
    """
    The files of the hub's TLS, in a folder of the data directory.

    Attributes:
        folder: where they lie.
    """

    folder: Path

    @classmethod
    def of(cls, data: Path) -> "Papers":
        """Those of a data directory."""
        return cls(data / "hub")

    @property
    def authority(self) -> Path:
        """The authority's certificate: the file that sensors are given."""
        return self.folder / "ca.pem"

    @property
    def authority_key(self) -> Path:
        """The authority's key; only needed to make certificates."""
        return self.folder / "ca.key"

    @property
    def certificate(self) -> Path:
        """The hub's certificate, with what follows it up to its authority."""
        return self.folder / "hub.pem"

    @property
    def key(self) -> Path:
        """The key of the hub's certificate."""
        return self.folder / "hub.key"


def signing_key(data: Path) -> Key:
    """
    The key by which the hub of a data directory signs receipts; made on first use.

    Raises:
        ConfigError: it cannot be read or written.
    """
    path = Papers.of(data).folder / "signing.key"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        Key.make().save(path)
    return Key.load(path)


def issue(papers: Papers, names: Sequence[str], *, days: int = 3650) -> None:
    """
    Make a certificate for the hub, and first an authority if there is none.

    Args:
        papers: where to.
        names: host names and addresses under which sensors reach the hub.
        days: how long it holds.

    Raises:
        ConfigError: no name is given, or one is none.
    """
    alternatives = [_alternative(name) for name in names]
    if not alternatives:
        raise ConfigError("a certificate needs the names or addresses under which sensors reach the hub")
    papers.folder.mkdir(parents=True, exist_ok=True)
    if not (papers.authority.exists() and papers.authority_key.exists()):
        _make_authority(papers)
    authority = x509.load_pem_x509_certificate(papers.authority.read_bytes())
    signer = _key(papers.authority_key)
    key = ec.generate_private_key(ec.SECP256R1())
    made = _begun(key.public_key(), names[0], authority.subject, days)
    made = made.add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
    made = made.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    made = made.add_extension(_usage("digital_signature"), critical=True)
    made = made.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    own = authority.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    made = made.add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(own), critical=False)
    certificate = made.sign(signer, hashes.SHA256())
    put_whole(papers.key, _private(key), 0o600)
    put_whole(papers.certificate, _public(certificate) + _public(authority), 0o644)


def adopt(papers: Papers, certificate: Path, key: Path) -> None:
    """
    Take a certificate that another authority has made, with its key.

    Raises:
        ConfigError: one of them cannot be read, or they do not belong together.
    """
    try:
        chain = x509.load_pem_x509_certificates(certificate.read_bytes())
    except ValueError as error:
        raise ConfigError(f"{certificate} holds no certificate in PEM: {error}") from error
    private = _key(key)
    same = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    if private.public_key().public_bytes(*same) != chain[0].public_key().public_bytes(*same):
        raise ConfigError(f"{key} is not the key of the first certificate in {certificate}")
    papers.folder.mkdir(parents=True, exist_ok=True)
    plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    put_whole(papers.key, private.private_bytes(serialization.Encoding.PEM, *plain), 0o600)
    put_whole(papers.certificate, b"".join(map(_public, chain)), 0o644)


def holds(papers: Papers) -> tuple[list[str], datetime]:
    """
    The names that the hub's certificate is for, and until when it holds.

    Raises:
        ConfigError: there is none.
    """
    if not papers.certificate.exists():
        raise ConfigError(f"no certificate in {papers.folder}: `isdas fleet ca NAME` makes one")
    certificate = x509.load_pem_x509_certificates(papers.certificate.read_bytes())[0]
    try:
        alternatives = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return [], certificate.not_valid_after_utc
    return [str(each.value) for each in alternatives], certificate.not_valid_after_utc


def authority_fingerprint(papers: Papers) -> str | None:
    """SHA-256 of the authority's certificate in hexadecimal, by which sensors can ask for it; None without one."""
    if not papers.authority.exists():
        return None
    return x509.load_pem_x509_certificate(papers.authority.read_bytes()).fingerprint(hashes.SHA256()).hex()


def _make_authority(papers: Papers) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "isdas hub's own authority")])
    made = _begun(key.public_key(), "isdas hub's own authority", name, _AUTHORITY_DAYS)
    made = made.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    made = made.add_extension(_usage("key_cert_sign", "crl_sign"), critical=True)
    certificate = made.sign(key, hashes.SHA256())
    put_whole(papers.authority_key, _private(key), 0o600)
    put_whole(papers.authority, _public(certificate), 0o644)


def _begun(key: ec.EllipticCurvePublicKey, name: str, issuer: x509.Name, days: int) -> x509.CertificateBuilder:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])])
    made = x509.CertificateBuilder(issuer, subject, key, x509.random_serial_number())
    made = made.not_valid_before(_BEGIN).not_valid_after(now() + timedelta(days=days))
    return made.add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)


def _usage(*names: str) -> x509.KeyUsage:
    return x509.KeyUsage(**{usage: usage in names for usage in _USAGES})


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        pass
    labels = name.removeprefix("*.").split(".")
    if not all(label and len(label) < 64 and label.replace("-", "").isalnum() and label.isascii() for label in labels):
        raise ConfigError(f"{name!r} is neither a host name nor an address")
    return x509.DNSName(name)


def _key(path: Path) -> ec.EllipticCurvePrivateKey:
    try:
        key: PrivateKeyTypes = serialization.load_pem_private_key(path.read_bytes(), None)
    except (ValueError, TypeError) as error:
        raise ConfigError(f"{path} holds no key in PEM that is free of a password: {error}") from error
    return key  # type: ignore[return-value]


def _private(key: ec.EllipticCurvePrivateKey) -> bytes:
    plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, *plain)


def _public(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
