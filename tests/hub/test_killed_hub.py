"""
A hub that is killed at random moments: nothing that it acknowledged is lost, nothing is doubled, every chain is whole.
"""

import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from receipt_chain import broken

from isdas.hub.authority import signing_key
from isdas.lake.lake import Lake
from isdas.lake.verify import verify
from isdas.transport.protocol import SEGMENTS, Answer, pack_segments
from isdas.transport.receipt import START, Receipt

CHILD = Path(__file__).parent / "hub_child.py"
Do = Callable[..., Any]


@contextmanager
def running(data: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A hub that listens, and its address; killed at the end."""
    process = subprocess.Popen([sys.executable, str(CHILD), str(data)], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        port = process.stdout.readline().strip()
        assert port, "the hub did not start"
        yield process, f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


class Sending:
    """
    A sensor that sends all it has until it is acknowledged, however often the hub is gone.

    Attributes:
        receipts: by sequence, as they were first given.
        known: how many segments were in already when they were sent.
    """

    def __init__(self, sender: Any, n: int) -> None:
        self.sender = sender
        self.pending = {sequence: sender.minute(sequence) for sequence in range(n)}
        self.receipts: dict[int, Receipt] = {}
        self.known = 0
        self.rng = np.random.default_rng(n + len(sender.name))

    def send(self, url: str, *, most: int = 4) -> None:
        """Send until all is acknowledged or the hub is gone."""
        with httpx.Client(base_url=url, timeout=60, trust_env=False) as client:
            while self.pending:
                some = self.rng.permutation(list(self.pending))[:most].tolist()
                body = pack_segments([self.pending[sequence] for sequence in some])
                headers = self.sender.ask("POST", SEGMENTS, body).headers()
                try:
                    answer = client.post(SEGMENTS, content=body, headers=headers)
                except httpx.TransportError:
                    return
                assert answer.status_code == 200
                self._acknowledge(Answer.from_json(answer.content))

    def _acknowledge(self, answer: Answer) -> None:
        for result in answer.results:
            assert result.state in {"admitted", "known"}, result
            assert result.receipt is not None
            self.known += result.state == "known"
            self.receipts[result.receipt.sequence] = result.receipt
            self.pending.pop(result.receipt.sequence, None)


def chained(receipts: list[Receipt]) -> list[Receipt]:
    """Receipts in the order in which their chain has them."""
    from isdas.transport.receipt import following

    rest, chain, found = list(receipts), START, []
    while rest:
        following_one = next(r for r in rest if following(chain, bytes.fromhex(r.digest)).hex() == r.chain)
        rest.remove(following_one)
        found.append(following_one)
        chain = bytes.fromhex(following_one.chain)
    return found


def killed(data: Path, sendings: list[Sending], rng: np.random.Generator, longest_s: float) -> None:
    """Start a hub, let all send, and kill it at a random moment."""
    with running(data) as (process, url):
        threads = [threading.Thread(target=each.send, args=(url,)) for each in sendings]
        timer = threading.Timer(float(rng.random() * longest_s), lambda: process.send_signal(signal.SIGKILL))
        timer.start()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        timer.join()


# A hub starts a hundred times in it: minutes on an idle machine, more on one that does other things.
_LONG = [pytest.mark.slow, pytest.mark.timeout(1800)]


@pytest.mark.parametrize(("kills", "n"), [pytest.param(5, 60, id="5"), pytest.param(100, 700, id="100", marks=_LONG)])
def test_a_killed_hub_loses_and_doubles_nothing(
    tmp_path: Path, sender: Any, enlist: Do, sensor_of: Do, kills: int, n: int
) -> None:
    """Three sensors send everything to a hub that is killed again and again: each packet is in once, and reconciles."""
    data, key = tmp_path, signing_key(tmp_path)
    lake = Lake(data)
    begin = sender.begin_us - n * 60_000_000
    sendings = [Sending(enlist(lake, sensor_of(begin), f"s{i}"), n) for i in range(3)]
    rng = np.random.default_rng(kills)
    for _ in range(kills):
        killed(data, sendings, rng, 0.6)
    with running(data) as (_, url):
        for each in sendings:
            each.send(url, most=64)
    lake = Lake(data)
    lake.fold()
    rows = lake.ask("SELECT sensor, position FROM packets ORDER BY sensor, position", "packets")
    stored = list(zip(rows.column("sensor").to_pylist(), rows.column("position").to_pylist(), strict=True))
    assert stored == [(f"s{i}", (sequence << 32) + row) for i in range(3) for sequence in range(n) for row in range(3)]
    assert verify(lake) == []
    seconds = lake.ask("SELECT sensor, sum(seconds) AS s FROM coverage GROUP BY sensor", "coverage").to_pylist()
    assert {row["s"] for row in seconds} == {60.0 * n}
    for each in sendings:
        assert broken(chained(list(each.receipts.values())), key.public, START) is None
