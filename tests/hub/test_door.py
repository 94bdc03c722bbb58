"""Tests of isdas.hub.door: segments over real HTTP into a real lake."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from receipt_chain import broken

from isdas.hub.config import Config
from isdas.hub.door import Door, micros
from isdas.hub.group import Groups
from isdas.lake.admission import WriterLock
from isdas.lake.lake import Lake
from isdas.lake.refusals import refused
from isdas.lake.verify import verify
from isdas.model.errors import LakeError
from isdas.transport.keys import Key
from isdas.transport.protocol import SEGMENTS, pack_segments
from isdas.transport.receipt import START
from isdas.transport.segment import digest

Do = Callable[..., Any]
MINUTE_US = 60_000_000
HOUR_US = 60 * MINUTE_US
DAY_US = 24 * HOUR_US
IN = [("admitted", "")]


def positions(name: str, sequences: Any, n: int = 3) -> list[tuple[str, int]]:
    """Where the packets of some segments of a sensor lie."""
    return [(name, (sequence << 32) + row) for sequence in sequences for row in range(n)]


def reasons(hub: Any) -> dict[tuple[str, str], int]:
    """What was turned away, as it is written down."""
    hub.door.counted.write()
    return {(r.sensor, r.reason): r.count for r in refused(hub.lake.records.database)}


def test_segments_are_admitted_and_folded(hub: Any, tokyo: Any) -> None:
    """What a sensor sends is in the tables, traced to the segment, covered, and reconciles."""
    segments = [tokyo.minute(n, dropped={"kernel": 2}, own=4) for n in range(10)]
    answer = hub.send(tokyo, *segments)
    assert [r.state for r in answer.results] == ["admitted"] * 10
    assert [r.digest for r in answer.results] == [digest(segment) for segment in segments]
    assert hub.stored() == positions("tokyo-1", range(10))
    hub.lake.fold()
    rows = hub.lake.ask(
        "SELECT sum(seconds) AS s, sum(dropped) AS d, min(basis) AS b, sum(received) AS r FROM coverage", "coverage"
    )
    assert rows.to_pylist() == [{"s": 600.0, "d": 20, "b": "stated", "r": 30}]
    assert verify(hub.lake) == []
    labelled = hub.lake.ask("SELECT DISTINCT kind, intake FROM packets", "packets").to_pylist()
    assert labelled == [{"kind": "scan", "intake": "segment:tokyo-1/0123456789abcdef"}]
    told = hub.lake.sensors.sensor("tokyo-1")
    assert (told.told["sequence"], told.told["addresses"], told.seen_from) == (9, 1, "127.0.0.1")


def test_a_segment_is_admitted_once(hub: Any, tokyo: Any) -> None:
    """Sent again - in one request, in the next, out of order - it is known, and nothing is stored twice."""
    segments = [tokyo.minute(n) for n in range(6)]
    assert hub.states(tokyo, segments[3], segments[3], segments[1]) == [*IN, ("known", ""), *IN]
    before = hub.send(tokyo, segments[3]).results[0].receipt
    assert hub.states(tokyo, *reversed(segments)) == [*IN * 2, ("known", ""), *IN, ("known", ""), *IN]
    assert hub.send(tokyo, segments[3]).results[0].receipt == before
    assert hub.stored() == positions("tokyo-1", range(6))


def test_receipts_make_a_chain(hub: Any, tokyo: Any) -> None:
    """The receipts of a spool, in the order of admission, follow from each other, over requests and restarts."""
    receipts = []
    for sequences in ([5, 4], [0, 1, 2], [3]):
        receipts += [r.receipt for r in hub.send(tokyo, *(tokyo.minute(n) for n in sequences)).results]
    assert [r.sequence for r in receipts] == [5, 4, 0, 1, 2, 3]
    assert broken(receipts, hub.key.public, START) is None
    assert broken(receipts[1:], hub.key.public, START) == receipts[1]


def test_the_chain_goes_on_after_a_restart(open_hub: Do, lake: Lake, tokyo: Any) -> None:
    """A hub that was started anew continues every chain, and knows what the one before admitted."""
    key = Key.make()
    first = open_hub(lake, key=key).send(tokyo, tokyo.minute(0), tokyo.minute(1)).results
    again = open_hub(Lake(lake.path), key=key)
    second = again.send(tokyo, tokyo.minute(1), tokyo.minute(2)).results
    assert [r.state for r in second] == ["known", "admitted"]
    assert broken([first[0].receipt, *(r.receipt for r in second)], key.public, START) is None


def test_a_damaged_segment_is_refused(hub: Any, tokyo: Any) -> None:
    """One bit anywhere, a byte too few, or none that makes sense: refused with a reason, and the others go in."""
    good, victim = tokyo.minute(0), tokyo.minute(1)
    flipped = [victim[:at] + bytes([victim[at] ^ 4]) + victim[at + 1 :] for at in range(0, len(victim), 31)]
    for segment in [*flipped, victim[:-1], victim[: len(victim) // 2], b"", b"nonsense", victim + b"x"]:
        [(state, reason), (other, _)] = hub.states(tokyo, segment, good)
        assert state == "refused"
        assert reason in {
            "not-a-segment",
            "bad-header",
            "truncated",
            "bad-signature",
            "unknown-key",
            "unsupported-schema",
        }
        assert other in {"admitted", "known"}
    assert hub.stored() == positions("tokyo-1", [0])
    assert sum(n for (name, _), n in reasons(hub).items() if name == "tokyo-1") == len(flipped) + 5


def test_another_sensors_segment_is_refused(hub: Any, tokyo: Any, enlist: Do, sensor_of: Do) -> None:
    """A segment goes in only with a request of the sensor that sealed it; an unknown key's goes in nowhere."""
    other = enlist(hub.lake, sensor_of(tokyo.begin_us), "osaka-1")
    stranger = sensor_of(tokyo.begin_us)
    assert hub.states(tokyo, other.minute(0), stranger.minute(0), tokyo.minute(0)) == [
        ("refused", "foreign-key"),
        ("refused", "unknown-key"),
        *IN,
    ]
    assert hub.states(other, other.minute(0)) == IN
    assert hub.stored() == [*positions("osaka-1", [0]), *positions("tokyo-1", [0])]


def test_a_rotated_keys_segments_are_admitted(hub: Any, tokyo: Any) -> None:
    """What was sealed before the rotation comes with requests of the new key, until the sensor is revoked."""
    sealed, old = [tokyo.minute(n) for n in range(2)], tokyo.key
    new = Key.make()
    assert hub.lake.sensors.rotate(old.fingerprint, new.fingerprint, new.public)
    tokyo.key = new
    assert hub.states(tokyo, sealed[0], tokyo.minute(2)) == IN * 2
    assert hub.send(tokyo, sealed[1]).results[0].receipt.sensor == old.fingerprint


def test_another_segment_in_its_place_is_refused(hub: Any, tokyo: Any) -> None:
    """Two segments with one sequence: the first stays, the second is told."""
    assert hub.states(tokyo, tokyo.minute(0), tokyo.minute(0, 4)) == [*IN, ("refused", "sequence-conflict")]
    assert hub.states(tokyo, tokyo.minute(0, 5)) == [("refused", "sequence-conflict")]
    assert hub.stored() == positions("tokyo-1", [0])
    assert reasons(hub)["tokyo-1", "sequence-conflict"] == 2


def test_two_sensors_with_one_key_are_told(hub: Any, tokyo: Any, sensor_of: Do) -> None:
    """A second spool of a key that observes at the same time is refused; one that comes after the first is not."""
    twin = sensor_of(tokyo.begin_us, key=tokyo.key, spool="f" * 16)
    assert hub.states(tokyo, tokyo.minute(0), twin.minute(0), tokyo.minute(1)) == [
        *IN,
        ("refused", "two-sensors-one-key"),
        *IN,
    ]
    assert hub.states(twin, twin.minute(1)) == [("refused", "two-sensors-one-key")]
    assert hub.states(twin, twin.minute(2)) == IN
    assert hub.states(tokyo, tokyo.minute(2), tokyo.minute(3)) == [("refused", "two-sensors-one-key"), *IN]
    assert reasons(hub)["tokyo-1", "two-sensors-one-key"] == 3


def shifted(sender: Any, by_us: int) -> Any:
    """The same sensor with its clock set otherwise."""
    return replace(sender, begin_us=sender.begin_us + by_us)


@pytest.mark.parametrize("by_us", [HOUR_US, DAY_US, -HOUR_US, -DAY_US, -300 * DAY_US], ids=str)
def test_a_clock_that_is_known_to_be_wrong_is_put_right(hub: Any, tokyo: Any, by_us: int) -> None:
    """Packets and coverage are when they really were, and coverage says by how much the clock was off."""
    wrong = shifted(tokyo, by_us)
    assert hub.states(wrong, wrong.minute(0, clock_offset_s=-by_us / 1e6)) == IN
    hub.lake.fold()
    [row] = hub.lake.ask("SELECT unix_micros(min(time)) AS t FROM packets", "packets").to_pylist()
    assert row["t"] == tokyo.begin_us + 15_000_000
    rows = hub.lake.ask("SELECT sum(seconds) AS s, min(clock_offset_s) AS o FROM coverage", "coverage").to_pylist()
    assert rows == [{"s": 60.0, "o": -by_us / 1e6}]
    assert verify(hub.lake) == []
    assert hub.door.figures()["clock_corrected"] == 1


def test_an_unknown_clock_in_the_future_is_put_off(hub: Any, tokyo: Any) -> None:
    """A segment from tomorrow is kept by its sensor, and goes in when the offset is known or the day has come."""
    wrong = shifted(tokyo, DAY_US)
    segment = wrong.minute(0, clock_offset_s=None)
    assert hub.states(wrong, segment, epoch=1) == [("later", "future-dated")]
    assert hub.stored() == []
    # The request tells what the clock of this epoch says now.
    assert hub.states(wrong, segment, sent_us=micros() + DAY_US) == IN
    hub.lake.refresh()
    [row] = hub.lake.ask("SELECT unix_micros(min(time)) AS t FROM packets", "packets").to_pylist()
    assert abs(row["t"] - tokyo.begin_us - 15_000_000) < 30_000_000


def test_what_is_older_than_anything_kept_is_refused(hub: Any, tokyo: Any) -> None:
    """Ages ago, and the clock is said to be right: never."""
    old = shifted(tokyo, -500 * DAY_US)
    assert hub.states(old, old.minute(0)) == [("refused", "too-old")]


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({"port": 70_000}, "bad-values"),
        ({"port": None}, "bad-values"),
        ({"protocol": -1}, "bad-values"),
        ({"ip_version": 9}, "bad-values"),
        ({"packets": 5}, "bad-values"),
        ({"source_low": None}, "bad-values"),
    ],
    ids=str,
)
def test_values_that_no_decoder_gives_are_refused(hub: Any, tokyo: Any, syns: Do, columns: Any, reason: str) -> None:
    """One broken sensor's segment is refused alone."""
    given = {name: np.ma.masked_all(1, np.int64).filled(0) if v is None else v for name, v in columns.items()}
    packets = syns([tokyo.begin_us + 5], **given)
    if None in columns.values():
        import pyarrow as pa

        [name] = columns
        packets = syns([tokyo.begin_us + 5], **{name: pa.nulls(1, packets.table.schema.field(name).type)})
    assert hub.states(tokyo, tokyo.minute(0, packets=packets), tokyo.minute(1)) == [("refused", reason), *IN]


def test_packets_from_outside_the_stretch_are_refused(hub: Any, tokyo: Any, syns: Do) -> None:
    """A few seconds widen the stretch, more refuse the segment; so does a stretch of more than an hour."""
    near = tokyo.minute(5, packets=syns([tokyo.begin_us + 5 * MINUTE_US - 1_000_000]))
    far = tokyo.minute(6, packets=syns([tokyo.begin_us]))
    long = tokyo.minute(7, end_us=tokyo.begin_us + 80 * MINUTE_US)
    assert hub.states(tokyo, near, far) == [*IN, ("refused", "outside-stretch")]
    assert hub.states(tokyo, long) == [("refused", "bad-stretch")]
    hub.lake.fold()
    assert hub.lake.ask("SELECT sum(seconds) AS s FROM coverage", "coverage").to_pylist() == [{"s": 61.0}]


def test_many_send_at_the_same_time(hub: Any, sender: Any, enlist: Do, sensor_of: Do) -> None:
    """Thirty sensors, each segment sent twice by two at once: every packet is there once, in few commits."""
    senders = [enlist(hub.lake, sensor_of(sender.begin_us), f"s{n:02}") for n in range(30)]
    before = hub.lake.table("packets").version

    def deliver(number: int) -> set[str]:
        one = senders[number % 30]
        return {state for n in range(5) for state, _ in hub.states(one, one.minute(n), one.minute(n + 5))}

    with ThreadPoolExecutor(20) as pool:
        states = set().union(*pool.map(deliver, range(60)))
    assert states == {"admitted", "known"}
    assert hub.stored() == [row for one in senders for row in positions(one.name, range(10))]
    figures = hub.door.figures()
    assert (figures["segments_admitted"], figures["segments_known"], figures["packets_admitted"]) == (300, 300, 900)
    assert hub.lake.table("packets").version - before == figures["groups"] < 300
    hub.lake.fold()
    assert verify(hub.lake) == []


def test_folding_beside_the_door_loses_nothing(lake: Lake, open_hub: Do, tokyo: Any) -> None:
    """While segments come, the same tables are folded again and again: all is in, once, and reconciles."""
    shared = Lake(lake.path, lake.config, patience_s=60)
    hub, due = open_hub(shared), threading.Semaphore(0)

    def fold() -> None:
        for _ in range(20):
            due.acquire()
            shared.fold()

    folding = threading.Thread(target=fold)
    folding.start()
    states = []
    for n in range(20):
        states += hub.states(tokyo, tokyo.minute(n))
        # The fold of what came is under way while the next comes.
        due.release()
    folding.join()
    assert set(states) == set(IN)
    assert hub.stored() == positions("tokyo-1", range(20))
    shared.fold()
    assert verify(shared) == []


def test_a_full_disk_takes_nothing(open_hub: Do, lake: Lake, tokyo: Any) -> None:
    """With less room than is to be left free, every segment is put off, and its sensor keeps it."""
    hub = open_hub(lake, Config(group_seconds=0.0, least_free_mb=1 << 40))
    assert hub.states(tokyo, tokyo.minute(0), tokyo.minute(1)) == [("later", "disk-full")] * 2
    assert hub.stored() == []
    assert reasons(hub)["tokyo-1", "disk-full"] == 2


def test_a_lake_that_another_writes_to_is_busy(hub: Any, tokyo: Any) -> None:
    """As long as another process writes, segments are put off; afterwards they go in."""
    with WriterLock(hub.lake.path / "writer.lock"):
        assert hub.states(tokyo, tokyo.minute(0)) == [("later", "hub-busy")]
    assert hub.states(tokyo, tokyo.minute(0)) == IN


def test_a_failing_segment_does_not_hold_up_others(hub: Any, tokyo: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A segment on which the hub itself fails is put off alone."""
    original = Groups.admit

    def admit(self: Groups, candidates: Any, now_us: int) -> Any:
        if any(each.header.sequence == 3 for each in candidates):
            raise RuntimeError("a fault of the hub")
        return original(self, candidates, now_us)

    monkeypatch.setattr(Groups, "admit", admit)
    states = hub.states(tokyo, *(tokyo.minute(n) for n in range(7)))
    assert states == [*IN * 3, ("later", "hub-failed"), *IN * 3]
    assert hub.stored() == positions("tokyo-1", [0, 1, 2, 4, 5, 6])


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_commit_that_fails_is_not_acknowledged(
    hub: Any, tokyo: Any, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    """The sensor keeps what may not be in; sent again it is in once, and the chain is whole."""
    first = hub.send(tokyo, tokyo.minute(0)).results[0].receipt
    table = type(hub.lake.table("packets"))
    original = table.commit

    def commit(self: Any, *arguments: Any, **named: Any) -> None:
        monkeypatch.setattr(table, "commit", original)
        if when == "after":
            original(self, *arguments, **named)
        raise LakeError("the disk failed")

    monkeypatch.setattr(table, "commit", commit)
    assert hub.states(tokyo, tokyo.minute(1)) == [("later", "hub-busy")]
    results = hub.send(tokyo, tokyo.minute(1), tokyo.minute(2)).results
    assert [r.state for r in results] == ["known" if when == "after" else "admitted", "admitted"]
    assert broken([first, *(r.receipt for r in results)], hub.key.public) is None
    assert hub.stored() == positions("tokyo-1", range(3))


def test_closing_finishes_what_waits(lake: Lake, lookups: Any, tokyo: Any) -> None:
    """A door that is closed with segments waiting admits them first, and takes no more."""
    from isdas.hub.room import Full
    from isdas.hub.sender import Sender as Believed

    door = Door(lake, lookups, Key.make(), Config(group_seconds=600.0, least_free_mb=0))
    door.start()
    key = lake.sensors.key(tokyo.key.fingerprint)
    assert key is not None
    believed = Believed(key, tokyo.ask("POST", "/"))
    waiting = [door.take(believed, [tokyo.minute(n)], micros()) for n in range(3)]
    door.stop()
    assert [future.result(60)[0].state for future in waiting] == ["admitted"] * 3
    with pytest.raises(Full):
        door.take(believed, [tokyo.minute(3)], micros())


def test_gathered_segments_are_known_without_a_receipt(hub: Any, tokyo: Any) -> None:
    """What came so long ago that its row is gone is known all the same."""
    hub.send(tokyo, *(tokyo.minute(n) for n in range(4)))
    hub.lake.fold()
    assert hub.lake.gather_segments(micros() + 1) == 3
    results = hub.send(tokyo, tokyo.minute(0), tokyo.minute(3), tokyo.minute(4)).results
    assert [(r.state, r.receipt is None) for r in results] == [("known", True), ("known", False), ("admitted", False)]


def test_what_is_unpacked_is_bounded(hub: Any, tokyo: Any, syns: Do) -> None:
    """Segments that are unpacked to more than there is room for are put off, and go in when there is room again."""
    small, large = tokyo.minute(0), tokyo.minute(1, packets=syns([tokyo.begin_us + 65_000_000] * 5000))
    hub.door._unpacked.take((2 << 28) - 100_000)
    assert hub.states(tokyo, small, large) == [*IN, ("later", "no-room")]
    hub.door._unpacked.give((2 << 28) - 100_000)
    assert hub.states(tokyo, large) == IN
    assert hub.door._unpacked.taken == 0


def test_an_answer_is_given_whatever_fails(hub: Any, tokyo: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault behind the commit is a failed request, not a door that is shut for ever."""
    monkeypatch.setattr(hub.lake.sensors, "heard", None)
    body = pack_segments([tokyo.minute(0)])
    assert hub.states(tokyo, tokyo.minute(0)) == IN
    monkeypatch.setattr(hub.door, "_finish", None)
    answer = hub.client.post(SEGMENTS, content=body, headers=tokyo.ask("POST", SEGMENTS, body).headers())
    assert answer.status_code == 500
    monkeypatch.undo()
    assert hub.states(tokyo, tokyo.minute(0), tokyo.minute(1)) == [("known", ""), *IN]
