"""
Keys sign, are known by their fingerprints, and lie in files that nobody else can read.
"""

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isdas.model.errors import ConfigError
from isdas.transport.keys import Key, fingerprint, signed

ONE, OTHER = Key(bytes(range(32))), Key(bytes(32))


def test_the_signature_is_that_of_rfc_8032() -> None:
    """The first test vector of RFC 8032, section 7.1."""
    key = Key(bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"))
    assert key.public.hex() == "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
    assert key.sign(b"").hex().startswith("e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb882159")


@given(st.binary(max_size=200))
def test_only_the_right_key_has_signed(data: bytes) -> None:
    """Another key, other data, another signature and what is no key are all told apart."""
    signature = ONE.sign(data)
    assert signed(ONE.public, signature, data)
    assert not signed(OTHER.public, signature, data)
    assert not signed(ONE.public, signature, data + b"x")
    assert not signed(ONE.public, signature[:-1], data)
    assert not signed(ONE.public[:-1], signature, data)


def test_a_key_comes_back_from_its_file(tmp_path: Path) -> None:
    """What was saved is loaded, only its owner can read it, and nothing else is left beside it."""
    path = tmp_path / "key"
    made = Key.make()
    made.save(path)
    made.save(path)
    assert Key.load(path).public == made.public
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["key"]
    assert fingerprint(made.public) == made.fingerprint


def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    """It says what to do."""
    path = tmp_path / "key"
    Key.make().save(path)
    path.chmod(0o640)
    with pytest.raises(ConfigError, match="chmod 600"):
        Key.load(path)


@pytest.mark.parametrize("content", ["", "00", "not hexadecimal", "00" * 33])
def test_what_is_no_key_is_said_to_be_none(tmp_path: Path, content: str) -> None:
    """A damaged file never becomes a key."""
    path = tmp_path / "key"
    path.write_text(content)
    path.chmod(0o600)
    with pytest.raises(ConfigError):
        Key.load(path)


def test_a_key_that_is_not_there(tmp_path: Path) -> None:
    """Neither read nor written where there is no folder."""
    with pytest.raises(ConfigError, match="there is no key"):
        Key.load(tmp_path / "key")
    with pytest.raises(ConfigError, match="cannot be written"):
        Key.make().save(tmp_path / "gone" / "key")
