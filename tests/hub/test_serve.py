"""Tests of isdas.hub.serve."""

import shutil
import socket
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from simulated_clock import Simulated

from isdas.config import Config
from isdas.hub.authority import Papers, issue, signing_key
from isdas.hub.beacon import turn_on
from isdas.hub.serve import HUB, WORK, Hub, Served, listen, sensor_papers, site_papers
from isdas.lake.lake import Lake
from isdas.lake.parts import Parts
from isdas.lake.verify import verify
from isdas.model.durable import put_whole
from isdas.model.errors import ConfigError
from isdas.transport.protocol import SEGMENTS, SELF, Answer, Standing, pack_segments

BEGIN = datetime(2008, 10, 8, 3, 30, tzinfo=UTC)
CONFIG = Config(hub=replace(Config().hub, group_seconds=0.02, least_free_mb=0))


def test_three_days_of_work(tmp_path: Path, filled: Path) -> None:
    """Each hour is folded and looked at, each night expired, merged and reconciled; nothing fails, nothing differs."""
    shutil.copytree(filled, tmp_path / "data")
    told: list[str] = []
    hub = Hub(tmp_path / "data", CONFIG, (WORK,), told.append, clock=Simulated(BEGIN, BEGIN + timedelta(days=3)))
    hub.start()
    assert hub.stop.wait(600)
    assert hub.end()
    parts = {part.name: part for part in Parts(Lake(tmp_path / "data").records.database).all()}
    # The fold is also done at the start.
    runs = {"fold": 73, "look": 72, "sources": 3, "expire": 3, "compact": 3, "verify": 3}
    assert {name: (part.runs, part.failures, part.state) for name, part in parts.items()} == {
        name: (n, 0, "stopped") for name, n in runs.items()
    }
    assert parts["verify"].found == {"differences": 0, "segments_missing": 0}
    assert told == []
    assert not hub.ready()


class Serving:
    """A hub that listens to sensors, and to whoever runs it."""

    def __init__(self, data: Path, parts: tuple[str, ...], sent: list[tuple[bytes, str, int]]) -> None:
        self.told: list[str] = []
        self.hub = Hub(data, CONFIG, parts, self.told.append, send=lambda *one: sent.append(one))
        self.hub.start()
        self.sockets = [listen("127.0.0.1", 0, "a setting") for _ in range(2)]
        self.served = [
            Served(app, each)
            for app, each in zip((self.hub.sensors(), self.hub.operations()), self.sockets, strict=True)
        ]
        for each in self.served:
            each.start()

    def client(self, which: int) -> httpx.Client:
        """A client of the sensors' (0) or the operations' (1) listener."""
        port = self.sockets[which].getsockname()[1]
        return httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=120, trust_env=False)

    def end(self) -> bool:
        """End in order; whether everything did."""
        for each in self.served:
            each.stop()
        ended = self.hub.end()
        for each in self.sockets:
            each.close()
        return ended


def test_from_the_door_to_the_counts(tmp_path: Path, enlist: Callable[..., Any], sender: Any) -> None:
    """What a sensor sends is acknowledged, folded by the work beside the door, and there after the end."""
    data = tmp_path / "data"
    enlist(Lake(data), sender, "tokyo-1")
    serving = Serving(data, (HUB, WORK), [])
    with serving.client(0) as client, serving.client(1) as asking:
        body = pack_segments([sender.minute(n) for n in range(30)])
        answer = client.post(SEGMENTS, content=body, headers=sender.ask("POST", SEGMENTS, body).headers())
        states = [result.state for result in Answer.from_json(answer.content).results]
        assert states == ["admitted"] * 30
        assert asking.get("/ready").json() == {"ready": True}
        health = asking.get("/health")
        assert health.status_code == 200
        assert set(health.json()["parts"]) == {
            "fold",
            "look",
            "sources",
            "expire",
            "compact",
            "verify",
            "beacons",
            "door",
        }
        assert b"isdas_door_packets_admitted 90" in asking.get("/metrics").content
    assert serving.end()
    assert not serving.hub.ready()
    lake = Lake(data)
    lake.fold()
    assert verify(lake) == []
    assert lake.ask("SELECT CAST(sum(packets) AS BIGINT) AS n FROM counts", "counts")["n"][0].as_py() == 90


def test_a_door_alone_holds_nothing_for_a_fold(tmp_path: Path, enlist: Callable[..., Any], sender: Any) -> None:
    """Where another process folds, packets that were written are not kept in memory for it."""
    data = tmp_path / "data"
    enlist(Lake(data), sender, "tokyo-1")
    serving = Serving(data, (HUB,), [])
    with serving.client(0) as client:
        body = pack_segments([sender.minute(0, 50)])
        client.post(SEGMENTS, content=body, headers=sender.ask("POST", SEGMENTS, body).headers())
    assert serving.hub._writer is not None
    files = {file.path for file in serving.hub._writer.table("packets").files()}
    assert files
    assert serving.hub._writer._pending.of(files) == []
    assert serving.end()


def test_sensors_are_told_of_beacons_and_sent_them(tmp_path: Path, enlist: Callable[..., Any], sender: Any) -> None:
    """A sensor whose beacons are on learns its secret over its signed connection; others learn of none."""
    data = tmp_path / "data"
    lake = Lake(data)
    enlist(lake, sender, "tokyo-1")
    serving = Serving(data, (HUB,), [])
    with serving.client(0) as client:
        ask = sender.ask("GET", SELF)
        assert Standing.from_json(client.get(SELF, headers=ask.headers()).content).beacon is None
        turn_on(lake, "tokyo-1", "hana", port=4444)
        ask = sender.ask("GET", SELF)
        told = Standing.from_json(client.get(SELF, headers=ask.headers()).content).beacon
    assert told is not None
    assert (told["port"], len(bytes.fromhex(told["secret"]))) == (4444, 32)
    assert serving.end()


def test_a_door_that_died_is_no_health(tmp_path: Path) -> None:
    """A process whose door has ended is not ready, and says so."""
    serving = Serving(tmp_path / "data", (HUB,), [])
    assert serving.hub.ready()
    assert serving.hub._door is not None
    serving.hub._door.stop()
    with serving.client(1) as asking:
        assert asking.get("/ready").status_code == 503
        assert asking.get("/health").status_code == 503
    serving.end()


def test_a_taken_port_is_told_with_the_way_out() -> None:
    """A port that another program has is an error that names it and the setting; so is a foreign address."""
    with closing(listen("127.0.0.1", 0, "--port")) as first:
        port = first.getsockname()[1]
        with pytest.raises(ConfigError, match=rf"127.0.0.1:{port}.*hub\.sensors_port"):
            listen("127.0.0.1", port, "hub.sensors_port")
    with pytest.raises(ConfigError, match=r"cannot serve on 192\.0\.2\.1"):
        listen("192.0.2.1", 0, "--port")


def test_ipv6_is_listened_to() -> None:
    """An address with colons is one of IPv6."""
    try:
        listener = listen("::1", 0, "--port")
    except ConfigError:
        pytest.skip("this machine has no ::1")
    with closing(listener):
        assert listener.family == socket.AF_INET6


def with_hub(**changes: Any) -> Config:
    """Settings of the hub that differ from the defaults."""
    return Config(hub=replace(Config().hub, **changes))


def test_sensors_need_tls_but_on_this_machine(tmp_path: Path) -> None:
    """Without a certificate only loopback is listened to, unless a proxy is said to be there; with one it is used."""
    assert sensor_papers(tmp_path, Config()) is None
    assert sensor_papers(tmp_path, with_hub(sensors_host="::1")) is None
    for host in ("0.0.0.0", "::", "hub.example"):
        with pytest.raises(ConfigError, match=r"no certificate.*isdas fleet ca"):
            sensor_papers(tmp_path, with_hub(sensors_host=host))
    assert sensor_papers(tmp_path, with_hub(sensors_host="0.0.0.0", plain=True)) is None
    papers = Papers.of(tmp_path)
    issue(papers, ["hub.example"])
    assert sensor_papers(tmp_path, with_hub(sensors_host="0.0.0.0")) == (papers.certificate, papers.key)


def test_the_site_may_have_a_certificate(tmp_path: Path) -> None:
    """Certificate and key of the site are set together and must be there."""
    assert site_papers(Config()) is None
    (tmp_path / "site.pem").write_text("x")
    with pytest.raises(ConfigError, match="set both"):
        site_papers(with_hub(certificate=str(tmp_path / "site.pem")))
    with pytest.raises(ConfigError, match=r"gone\.pem is not there"):
        site_papers(with_hub(certificate=str(tmp_path / "site.pem"), certificate_key=str(tmp_path / "gone.pem")))
    both = with_hub(certificate=str(tmp_path / "site.pem"), certificate_key=str(tmp_path / "site.pem"))
    assert site_papers(both) == (tmp_path / "site.pem", tmp_path / "site.pem")


def test_tls_is_spoken(tmp_path: Path) -> None:
    """With the hub's papers the listener is reached by who trusts its authority, and by nobody else."""
    signing_key(tmp_path)
    papers = Papers.of(tmp_path)
    issue(papers, ["127.0.0.1"])
    serving = Serving(tmp_path / "data", (HUB,), [])
    listener = listen("127.0.0.1", 0, "a setting")
    served = Served(serving.hub.operations(), listener, (papers.certificate, papers.key))
    served.start()
    url = f"https://127.0.0.1:{listener.getsockname()[1]}/ready"
    with httpx.Client(verify=_trusting(papers.authority), trust_env=False, timeout=60) as client:
        assert client.get(url).json() == {"ready": True}
    with httpx.Client(trust_env=False, timeout=60) as client, pytest.raises(httpx.ConnectError):
        client.get(url)
    served.stop()
    listener.close()
    assert serving.end()


def test_a_key_that_is_just_being_replaced_is_waited_for(tmp_path: Path) -> None:
    """Who puts a new certificate there puts its key there first; a hub that begins in between begins all the same."""
    signing_key(tmp_path)
    papers = Papers.of(tmp_path)
    issue(papers, ["127.0.0.1"])
    right = papers.key.read_bytes()
    issue(Papers.of(tmp_path / "other"), ["127.0.0.1"])
    papers.key.write_bytes(Papers.of(tmp_path / "other").key.read_bytes())
    serving = Serving(tmp_path / "data", (HUB,), [])
    listener = listen("127.0.0.1", 0, "a setting")
    served = Served(serving.hub.operations(), listener, (papers.certificate, papers.key))
    served.start()
    put_whole(papers.key, right, 0o600)
    with httpx.Client(verify=_trusting(papers.authority), trust_env=False, timeout=60) as client:
        assert client.get(f"https://127.0.0.1:{listener.getsockname()[1]}/ready").json() == {"ready": True}
    served.stop()
    listener.close()
    assert serving.end()


def _trusting(authority: Path) -> Any:
    import ssl

    return ssl.create_default_context(cafile=str(authority))
