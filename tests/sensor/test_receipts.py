"""
What a hub has signed for can be shown, and what does not fit is named.
"""

from dataclasses import replace
from typing import Any

from isdas.model.packets import Packets
from isdas.sensor.enrolled import Enrolled
from isdas.sensor.enrolment import enroll
from isdas.sensor.place import Place
from isdas.sensor.receipts import proven
from isdas.transport.clock import SystemClock
from isdas.transport.keys import Key
from isdas.transport.proof import Proof
from isdas.transport.receipt import sign
from isdas.transport.segment import Header, seal
from isdas.transport.spool import Spool
from isdas.transport.upload import Uploader

MINUTE_US = 60_000_000


def test_receipts_of_a_real_hub_are_sound(hub: Any, place: Place) -> None:
    """Those of segments that it refused are missing; a forged one is named."""
    key, _ = enroll(place, hub.url, hub.token(), ca=hub.ca)
    hub.approve(key.fingerprint)
    assert proven(place) == []
    enrolled, clock = Enrolled.load(place), SystemClock()
    spool, proof = Spool(place.spool, 1 << 20), Proof(place.receipts)
    start_us = clock.realtime_us() - 10 * MINUTE_US
    for number in range(5):
        begin = start_us + number * MINUTE_US if number != 2 else 0
        said = Header("", spool.identity, number, "1", begin, begin + MINUTE_US, begin + MINUTE_US, addresses=1)
        spool.put(seal(Packets.of({}, 0), said, key))
    with enrolled.client(place) as client:
        uploader = Uploader(spool, key, client, proof, clock, hub=enrolled.public)
        uploader.step()
    assert spool.refused() == [(2, "too-old")]
    [found] = proven(place)
    assert (found.receipts, found.first, found.last, found.missing) == (4, 0, 4, 1)
    assert found.sound
    assert found.as_dict()["sound"] is True
    assert found.since <= found.until

    last = proof.receipts()[-1]
    proof.add([sign(replace(last, sequence=9, digest="0" * 64), Key.make())])
    [broken] = proven(place)
    assert not broken.sound
    assert (broken.wrong, broken.loose) == ([9], [9])
