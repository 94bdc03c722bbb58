"""
A sensor is enrolled by a token and a comparison of fingerprints, with a hub that it can tell from another.
"""

import hashlib
import ssl
from pathlib import Path
from typing import Any

import pytest
from connect_proxy import proxy

from isdas.model.errors import ConfigError, IsdasError
from isdas.model.packets import Packets
from isdas.sensor.enrolled import Enrolled
from isdas.sensor.enrolment import ACTIVE, WAITING, address, approved, enroll, spaced
from isdas.sensor.place import Place
from isdas.transport.clock import SystemClock
from isdas.transport.proof import Proof
from isdas.transport.segment import Header, seal
from isdas.transport.spool import Spool
from isdas.transport.upload import Uploader

BEGIN_US = SystemClock().realtime_us() - 120_000_000
"""Two minutes ago: a hub takes no segment from the future, and none that is very old."""


def sha256(pem: Path) -> str:
    """The fingerprint of a certificate as `openssl x509 -fingerprint -sha256` writes it."""
    digits = hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem.read_text())).hexdigest().upper()
    return ":".join(digits[at : at + 2] for at in range(0, 64, 2))


def never(seconds: float) -> None:
    """Nobody waits here."""
    pytest.fail(f"waits {seconds} s")


def test_from_token_to_name(hub: Any, place: Place) -> None:
    """The key waits under its fingerprint, and the sensor learns its name when it is approved."""
    key, state = enroll(place, hub.url, hub.token(), ca=hub.ca)
    assert state == WAITING
    [known] = hub.lake.sensors.every_key()
    assert (known.fingerprint, known.public, known.state) == (key.fingerprint, key.public, WAITING)
    assert place.current_key().fingerprint == key.fingerprint
    waits = []

    def wait(seconds: float) -> None:
        waits.append(seconds)
        hub.approve(key.fingerprint)

    assert approved(place, wait=wait) == "tokyo-1"
    assert len(waits) == 1
    enrolled = Enrolled.load(place)
    assert (enrolled.url, enrolled.name, len(enrolled.public)) == (hub.url, "tokyo-1", 32)


@pytest.mark.parametrize("said", [True, False], ids=["said", "in the environment"])
def test_a_proxy_on_the_way(hub: Any, place: Place, monkeypatch: pytest.MonkeyPatch, said: bool) -> None:
    """Behind a proxy a sensor enrols, takes the authority and sends; it still knows the hub by its certificate."""
    with proxy() as between:
        if not said:
            monkeypatch.setenv("HTTPS_PROXY", between.url)
        given = between.url if said else ""
        key, state = enroll(place, hub.url, hub.token(), ca_fingerprint=sha256(hub.ca), proxy=given)
        assert state == WAITING
        hub.approve(key.fingerprint)
        assert approved(place, wait=never) == "tokyo-1"
        enrolled = Enrolled.load(place)
        assert enrolled.proxy == given
        spool = Spool(place.spool, 1 << 20)
        said_of = Header("", spool.identity, 0, "1.0", BEGIN_US, BEGIN_US + 60_000_000, BEGIN_US + 60_000_000)
        spool.put(seal(Packets.of({}, 0), said_of, key))
        with enrolled.client(place) as client:
            uploader = Uploader(spool, key, client, Proof(place.receipts), SystemClock(), hub=enrolled.public)
            uploader.step()
        assert uploader.sending.results == {"admitted": 1}
        spool.close()
    # The authority, the enrolment, the standing, and the segment.
    assert between.asked == [hub.url.removeprefix("https://")] * 4
    assert between.passed > 4_000


def test_the_token_is_kept_nowhere(hub: Any, place: Place) -> None:
    """Neither on the sensor nor at the hub."""
    token = hub.token()
    enroll(place, hub.url, token, ca=hub.ca)
    files = [*place.folder.rglob("*"), *hub.data.rglob("*.sqlite*")]
    assert len(files) > 3
    assert not any(token.encode() in file.read_bytes() for file in files if file.is_file())


def test_asking_again_is_the_same(hub: Any, place: Place) -> None:
    """With the same token and key: the answer may have been lost. For another sensor the token is worth nothing."""
    token = hub.token()
    key, _ = enroll(place, hub.url, token, ca=hub.ca)
    again, state = enroll(place, hub.url, token)
    assert (again.fingerprint, state) == (key.fingerprint, WAITING)
    hub.approve(key.fingerprint)
    assert enroll(place, hub.url, token)[1] == ACTIVE
    assert approved(place, wait=never) == "tokyo-1"
    thief = Place(place.folder.with_name("thief"))
    with pytest.raises(IsdasError, match="does not take this token"):
        enroll(thief, hub.url, token, ca=hub.ca)
    assert len(hub.lake.sensors.every_key()) == 1
    assert not thief.hub.exists()


def test_a_rejected_key_is_told(hub: Any, place: Place) -> None:
    """The sensor does not wait for ever."""
    key, _ = enroll(place, hub.url, hub.token(), ca=hub.ca)
    hub.lake.sensors.reject(key.fingerprint, "hana")
    with pytest.raises(IsdasError, match="has rejected the key"):
        approved(place, wait=never)


def test_the_authority_is_known_by_its_fingerprint(hub: Any, place: Place) -> None:
    """It is taken from the hub, and no other is."""
    with pytest.raises(IsdasError, match="it is another hub, or somebody between"):
        enroll(place, hub.url, hub.token(), ca_fingerprint="0" * 64)
    assert not place.authority.exists()
    with pytest.raises(ConfigError, match="64 hexadecimal digits"):
        enroll(place, hub.url, hub.token(), ca_fingerprint="ab")
    _, state = enroll(place, hub.url, hub.token(), ca_fingerprint=sha256(hub.ca))
    assert state == WAITING
    assert place.authority.read_bytes() == hub.ca.read_bytes()


def test_an_unknown_authority_is_not_trusted(hub: Any, place: Place) -> None:
    """Without its certificate the token is not sent."""
    token = hub.token()
    with pytest.raises(IsdasError, match="cannot be reached"):
        enroll(place, hub.url, token)
    assert hub.lake.sensors.every_key() == []
    other = place.folder.with_name("other.pem")
    other.write_text("no certificate")
    with pytest.raises(ConfigError, match="no certificate"):
        enroll(place, hub.url, token, ca=other)
    with pytest.raises(ConfigError, match="cannot be read"):
        enroll(place, hub.url, token, ca=place.folder / "nothing.pem")
    with pytest.raises(ConfigError, match="not both"):
        enroll(place, hub.url, token, ca=hub.ca, ca_fingerprint=sha256(hub.ca))


def test_a_sensor_has_one_hub(hub: Any, place: Place) -> None:
    """It does not change to another by a slip."""
    enroll(place, hub.url, hub.token(), ca=hub.ca)
    with pytest.raises(ConfigError, match=r"move .* away"):
        enroll(place, "https://hub.example", "token")
    assert Enrolled.load(place).url == hub.url


def test_addresses_of_hubs() -> None:
    """TLS unless it is this machine, and nothing but host and port."""
    assert address("hub.example:8446") == "https://hub.example:8446"
    assert address("https://hub.example/") == "https://hub.example"
    assert address("http://127.0.0.1:8446") == "http://127.0.0.1:8446"
    with pytest.raises(ConfigError, match="in the open"):
        address("http://hub.example:8446")
    for text in ("", "https://", "https://hub.example/path", "ftp://hub.example", "https://hub:port", "https://[::1"):
        with pytest.raises(ConfigError, match="no address of a hub"):
            address(text)


def test_fingerprints_are_shown_in_fours() -> None:
    """As people read them aloud."""
    assert spaced("0123456789ab") == "0123 4567 89ab"
