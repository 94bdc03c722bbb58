"""
Settings of the decoder.
"""

from isdas.decode.config import Config


def test_a_little_of_each_payload_is_kept() -> None:
    """The rules for kinds look at no more than the first bytes, so no more are kept by default."""
    assert 0 < Config().payload_bytes <= 32


def test_tunnels_are_unwrapped_unless_they_lead_to_the_sensor() -> None:
    """The default is neither to believe every tunnel nor none."""
    assert Config().tunnels == "auto"
