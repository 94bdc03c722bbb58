"""
How a sensor changes its key: the new one is on the disk before the hub is asked, and signs when the hub has agreed.

Whatever fails in between, asking again ends it: the hub gives the same answer for the same new key.
"""

from isdas.model.durable import synced
from isdas.model.errors import ConfigError, IsdasError
from isdas.sensor.enrolled import Enrolled
from isdas.sensor.place import Place
from isdas.transport.ask import Unanswered, rotate
from isdas.transport.clock import Clock, SystemClock
from isdas.transport.keys import Key


def change_key(place: Place, *, clock: Clock | None = None) -> Key:
    """
    Change the key; the new one.

    Raises:
        ConfigError: the sensor is not enrolled, or a key cannot be read or written.
        IsdasError: the hub cannot be reached, or does not agree; the old key stays.
    """
    enrolled, old = Enrolled.load(place), place.current_key()
    if not place.next_key.exists():
        Key.make().save(place.next_key)
    new = Key.load(place.next_key)
    with enrolled.client(place) as client:
        try:
            rotate(client, old, new, sent_us=(clock or SystemClock()).realtime_us())
        except Unanswered as refusal:
            if refusal.status in (401, 403):
                raise IsdasError(
                    "the hub does not let this key be followed by another: it waits for approval, or was revoked"
                ) from refusal
            raise
    try:
        place.next_key.replace(place.key)
        synced(place.folder)
    except OSError as error:
        raise ConfigError(f"{place.next_key} cannot take the place of {place.key}: {error.strerror}") from error
    return new


def finish(place: Place, *, clock: Clock | None = None) -> bool:
    """Finish a change that was begun and broke off, if there is one and the hub answers; whether it was finished."""
    if not place.next_key.exists():
        return False
    try:
        change_key(place, clock=clock)
    except IsdasError:
        return False
    return True
