"""
Settings of the decoder.
"""

from isdas.decode.config import Config


def test_a_little_of_each_payload_is_kept() -> None:
    """The rules for kinds look at no more than the first bytes, so no more are kept by default."""
    assert 0 < Config().payload_bytes <= 32
