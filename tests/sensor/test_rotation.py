"""
A key is changed without a moment in which the sensor has none that counts.
"""

from typing import Any

import pytest

from isdas.model.errors import IsdasError
from isdas.sensor.enrolled import Enrolled
from isdas.sensor.enrolment import enroll
from isdas.sensor.place import Place
from isdas.sensor.rotation import change_key, finish
from isdas.transport.ask import Unanswered, rotate, standing
from isdas.transport.keys import Key


@pytest.fixture
def active(hub: Any, place: Place) -> Place:
    """An approved sensor."""
    key, _ = enroll(place, hub.url, hub.token(), ca=hub.ca)
    hub.approve(key.fingerprint)
    return place


def name_of(place: Place, key: Key) -> str:
    """What the hub calls the sensor with a key."""
    with Enrolled.load(place).client(place) as client:
        return standing(client, key, sent_us=1).name


def test_the_new_key_signs(hub: Any, active: Place) -> None:
    """And the old one does not any more."""
    old = active.current_key()
    new = change_key(active)
    assert active.current_key().fingerprint == new.fingerprint != old.fingerprint
    assert not active.next_key.exists()
    assert active.key.stat().st_mode & 0o777 == 0o600
    assert name_of(active, new) == "tokyo-1"
    with pytest.raises(Unanswered, match="403"):
        name_of(active, old)


def test_a_change_that_broke_off_is_finished(hub: Any, active: Place) -> None:
    """Whether the hub had agreed already or not, the new key is the one that was made first."""
    assert not finish(active)
    for agreed in (False, True):
        old, new = active.current_key(), Key.make()
        new.save(active.next_key)
        if agreed:
            with Enrolled.load(active).client(active) as client:
                rotate(client, old, new, sent_us=1)
        assert finish(active)
        assert active.current_key().fingerprint == new.fingerprint
        assert name_of(active, new) == "tokyo-1"


def test_a_revoked_key_is_not_followed(hub: Any, active: Place) -> None:
    """The old key stays where it is."""
    hub.lake.sensors.end("tokyo-1", "hana", "revoked")
    old = active.current_key().fingerprint
    with pytest.raises(IsdasError, match="was revoked"):
        change_key(active)
    assert active.current_key().fingerprint == old
    assert not finish(active)


def test_a_sensor_that_waits_keeps_its_key(hub: Any, place: Place) -> None:
    """Somebody compares its fingerprint just now."""
    enroll(place, hub.url, hub.token(), ca=hub.ca)
    with pytest.raises(IsdasError, match="waits for approval"):
        change_key(place)
