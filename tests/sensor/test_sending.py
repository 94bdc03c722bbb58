"""
The thread that sends, with a real hub.
"""

import threading
from typing import Any

import orjson
import pytest

from isdas.sensor.enrolled import Enrolled
from isdas.sensor.enrolment import enroll
from isdas.sensor.handover import Cut
from isdas.sensor.place import Place
from isdas.sensor.rotation import change_key
from isdas.sensor.sealing import Sealing
from isdas.sensor.sending import Sending
from isdas.transport.beacon import Recogniser
from isdas.transport.clock import SystemClock
from isdas.transport.keys import Key
from isdas.transport.spool import Spool

MINUTE = 60_000_000


@pytest.fixture
def active(hub: Any, place: Place) -> Place:
    """An approved sensor."""
    key, _ = enroll(place, hub.url, hub.token(), ca=hub.ca)
    hub.approve(key.fingerprint)
    return place


def minutes(spool: Spool, key: Key, n: int) -> None:
    """Seal some minutes without packets, the last of which has just ended."""
    sealing = Sealing(spool, key, SystemClock())
    end_us = SystemClock().realtime_us()
    for i in reversed(range(n)):
        sealing.cut(Cut(end_us - (i + 1) * MINUTE, end_us - i * MINUTE, ("192.0.2.1/32",)))


def sent(sending: Sending, spool: Spool) -> None:
    """Let the thread run until nothing waits."""
    thread = threading.Thread(target=sending.run)
    thread.start()
    while len(spool):
        thread.join(0.01)
        assert thread.is_alive()
    sending.stop.set()
    thread.join()


def test_segments_go_to_the_hub(active: Place) -> None:
    """What waits is sent, the clock is compared, and the hub says how the sensor stands."""
    spool = Spool(active.spool, 1 << 20)
    minutes(spool, active.current_key(), 3)
    now_us = SystemClock().realtime_us()
    Sealing(spool, active.current_key(), SystemClock()).cut(Cut(now_us, now_us, up=False))
    sending = Sending(active, Enrolled.load(active), spool, SystemClock(), 1e6)
    assert sending.uploader.offset_s is None
    sent(sending, spool)
    told = sending.told()
    assert told["results"] == {"admitted": 4}
    assert (told["state"], told["trouble"], told["failures"]) == ("active", "", 0)
    assert sending.uploader.offset_s is not None
    assert abs(sending.uploader.offset_s) < 5
    spool.close()


def test_a_key_that_is_rotated_meanwhile_is_taken(active: Place) -> None:
    """Sending and sealing go on with the key that there is."""
    spool = Spool(active.spool, 1 << 20)
    old = active.current_key()
    minutes(spool, old, 1)
    keyed: list[Key] = []
    sending = Sending(active, Enrolled.load(active), spool, SystemClock(), 1e6, keyed.append)
    new = change_key(active)
    sent(sending, spool)
    assert [key.fingerprint for key in keyed] == [new.fingerprint]
    assert sending.told()["results"] == {"admitted": 1}
    spool.close()


def test_a_change_of_the_key_that_broke_off_is_finished(active: Place) -> None:
    """Before anything is sent, so that the hub knows who sends."""
    spool, new = Spool(active.spool, 1 << 20), Key.make()
    new.save(active.next_key)
    minutes(spool, active.current_key(), 1)
    sending = Sending(active, Enrolled.load(active), spool, SystemClock(), 1e6)
    sent(sending, spool)
    assert sending.uploader.key.fingerprint == new.fingerprint
    assert sending.told()["results"] == {"admitted": 1}
    spool.close()


def test_beacons_are_known_as_the_hub_says(active: Place) -> None:
    """What was known is kept over a restart, with the number of the last; without the hub's word it is let go."""
    secret = bytes(range(32))
    active.beacon.write_bytes(orjson.dumps({"secret": secret.hex(), "last": 41}))
    spool = Spool(active.spool, 1 << 20)
    known: list[Recogniser | None] = []
    sending = Sending(active, Enrolled.load(active), spool, SystemClock(), 1e6, recognised=known.append)
    assert known == [Recogniser(secret, 41)]
    assert known[0]
    known[0].last = 42
    sending._remember()
    assert orjson.loads(active.beacon.read_bytes())["last"] == 42
    # This hub sends no beacons to it.
    minutes(spool, active.current_key(), 1)
    sent(sending, spool)
    assert known[-1] is None
    spool.close()
