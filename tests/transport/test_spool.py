"""
The spool keeps what was put, in its order and within its limit, through restarts; what goes is told.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from isdas.model.errors import ConfigError
from isdas.model.packets import Packets
from isdas.transport.keys import Key
from isdas.transport.segment import Header, read_header, seal
from isdas.transport.spool import Spool

KEY = Key(bytes(range(32)))
MINUTE_US, HOUR_US = 60_000_000, 3_600_000_000
BEGIN_US = 472_222 * HOUR_US
Put = Callable[..., int]


def put(spool: Spool, start_us: int, packets: Packets | None = None) -> int:
    """Seal and keep the next segment; its number."""
    packets = Packets.of({}, 0) if packets is None else packets
    number = spool.next
    said = Header("", spool.identity, number, "0.1", start_us, start_us + MINUTE_US, start_us + MINUTE_US)
    said = replace(said, packets=len(packets), received=len(packets), lost=spool.lost())
    spool.put(seal(packets, said, KEY))
    return number


def minutes(spool: Spool, n: int, start_us: int = BEGIN_US) -> None:
    """Some minutes without packets."""
    for i in range(n):
        put(spool, start_us + i * MINUTE_US)


def reopened(spool: Spool, limit: int | None = None) -> Spool:
    """The same folder as another process finds it."""
    spool.close()
    return Spool(spool.path, spool.limit_bytes if limit is None else limit)


def test_segments_wait_newest_hour_first(tmp_path: Path) -> None:
    """In each hour by number; after a restart too."""
    spool = Spool(tmp_path / "spool", 1 << 20)
    minutes(spool, 3)
    minutes(spool, 2, BEGIN_US + 2 * HOUR_US)
    minutes(spool, 1, BEGIN_US + HOUR_US)
    assert list(spool.waiting()) == [3, 4, 5, 0, 1, 2]
    again = reopened(spool)
    assert list(again.waiting()) == [3, 4, 5, 0, 1, 2]
    assert (len(again), again.next, again.identity, again.bytes) == (6, 6, spool.identity, spool.bytes)


def test_what_is_acknowledged_goes_and_its_number_never_comes_back(tmp_path: Path) -> None:
    """Whatever was acknowledged before the restart, in any order, the newest as well."""
    spool = Spool(tmp_path / "spool", 1 << 20)
    minutes(spool, 4)
    for sequence in (3, 0, 1, 2, 2):
        spool.acknowledge(sequence)
    assert (len(spool), spool.bytes) == (0, 0)
    again = reopened(spool)
    assert (len(again), again.next) == (0, 4)
    minutes(again, 1, BEGIN_US + 5 * HOUR_US)
    assert list(again.waiting()) == [4]
    last = reopened(again)
    assert (list(last.waiting()), last.next) == ([4], 5)
    assert sum(1 for _ in (tmp_path / "spool" / "segments").rglob("*.*")) == 1


def test_the_number_that_is_put_is_the_next(tmp_path: Path) -> None:
    """No other is taken, and none of another spool."""
    spool = Spool(tmp_path / "spool", 1 << 20)
    said = Header("", spool.identity, 1, "0.1", 0, 1, 1)
    with pytest.raises(ValueError, match="is not number 0"):
        spool.put(seal(Packets.of({}, 0), said, KEY))
    with pytest.raises(ValueError, match="is not number 0"):
        spool.put(seal(Packets.of({}, 0), replace(said, sequence=0, spool="f" * 16), KEY))
    assert (len(spool), spool.next) == (0, 0)


def test_the_oldest_go_when_it_is_full(tmp_path: Path, packets: Packets) -> None:
    """As one stretch with its packets, told by the next segment and by none after it."""
    spool = Spool(tmp_path / "spool", 1 << 20)
    for i in range(4):
        put(spool, BEGIN_US + i * MINUTE_US, packets)
    each = spool.bytes // 4
    spool.limit_bytes = spool.bytes
    assert spool.make_room(each + 10)
    assert list(spool.waiting()) == [2, 3]
    lost = [[0, 1, 2, 2 * len(packets), BEGIN_US, BEGIN_US + 2 * MINUTE_US]]
    assert spool.lost() == lost
    again = reopened(spool)
    assert again.lost() == lost
    number = put(again, BEGIN_US + 4 * MINUTE_US)
    data = again.read(number)
    assert data is not None
    assert read_header(data).lost == lost
    assert again.lost() == []
    assert reopened(again).lost() == []


def test_a_spool_that_is_evicted_whole_keeps_its_number(tmp_path: Path) -> None:
    """Even if nothing is left of it."""
    spool = Spool(tmp_path / "spool", 1 << 20)
    minutes(spool, 3)
    spool.limit_bytes = 10
    assert not spool.make_room(11)
    assert (len(spool), spool.bytes, spool.next) == (0, 0, 3)
    again = reopened(spool, 1 << 20)
    assert again.next == 3
    assert again.lost() == [[0, 2, 3, 0, BEGIN_US, BEGIN_US + 3 * MINUTE_US]]


def test_a_damaged_segment_is_lost_and_told(tmp_path: Path) -> None:
    """It is never sent, and the others are."""
    spool = Spool(tmp_path / "spool", 1 << 20)
    minutes(spool, 3)
    file = next((tmp_path / "spool" / "segments").rglob("000000000001.seg"))
    file.write_bytes(file.read_bytes()[:-70])
    assert spool.read(1) is None
    assert spool.torn == 1
    assert list(spool.waiting()) == [0, 2]
    assert spool.lost() == [[1, 1, 1, 0, 0, 0]]
    assert spool.read(1) is None
    assert spool.torn == 1


def test_what_the_hub_refuses_is_kept_aside(tmp_path: Path) -> None:
    """With its reason, and it is not sent again."""
    spool = Spool(tmp_path / "spool", 1 << 20)
    minutes(spool, 2)
    spool.refuse(0, "too-old")
    assert list(spool.waiting()) == [1]
    assert spool.refused() == [(0, "too-old")]
    assert reopened(spool).refused() == [(0, "too-old")]


def test_two_processes_do_not_share_a_spool(tmp_path: Path) -> None:
    """The second is told so."""
    spool = Spool(tmp_path / "spool", 1 << 20)
    with pytest.raises(ConfigError, match="another process"):
        Spool(tmp_path / "spool", 1 << 20)
    spool.close()
    assert Spool(tmp_path / "spool", 1 << 20).identity == spool.identity


def test_a_spool_without_identity_is_not_another_one(tmp_path: Path) -> None:
    """Its numbers would be given twice."""
    spool = Spool(tmp_path / "spool", 1 << 20)
    minutes(spool, 1)
    spool.close()
    (tmp_path / "spool" / "identity").unlink()
    with pytest.raises(ConfigError, match="lost its identity"):
        Spool(tmp_path / "spool", 1 << 20)


def test_offsets_of_earlier_clocks_follow_from_the_jumps(tmp_path: Path) -> None:
    """As far back as somebody was looking."""
    spool = Spool(tmp_path / "spool", 1 << 20)
    spool.jumped(None)
    spool.jumped(3_600_000_000)
    spool.jumped(-1_000_000_000)
    assert spool.epoch == 3
    assert spool.offsets_us(5) == {3: 5, 2: -999_999_995, 1: 2_600_000_005}
    assert reopened(spool).offsets_us(5) == {3: 5, 2: -999_999_995, 1: 2_600_000_005}


def test_what_is_lost_after_sealing_is_told_by_the_next(tmp_path: Path) -> None:
    """The segment that was sealed before tells nothing of it; after a restart the next one does, once."""
    spool = Spool(tmp_path / "spool", 1 << 20)
    minutes(spool, 3)
    said = Header("", spool.identity, 3, "0.1", BEGIN_US, BEGIN_US + MINUTE_US, BEGIN_US, lost=spool.lost())
    data = seal(Packets.of({}, 0), said, KEY)
    assert spool.evict(1)
    spool.put(data)
    assert [each[:3] for each in spool.lost()] == [[0, 0, 1]]
    again = reopened(spool)
    assert [each[:3] for each in again.lost()] == [[0, 0, 1]]
    put(again, BEGIN_US)
    assert again.lost() == []
    assert reopened(again).lost() == []


def test_who_is_given_up_hands_on_what_it_told(tmp_path: Path) -> None:
    """A spool that has been full for long loses no count of what it lost."""
    spool = Spool(tmp_path / "spool", 1 << 20)
    minutes(spool, 3)
    spool.limit_bytes = spool.bytes + 100
    for i in range(3, 40):
        spool.make_room(spool.bytes // len(spool) + 60)
        put(spool, BEGIN_US + i * MINUTE_US)
    waiting = list(spool.waiting())
    told = [read_header(spool.read(number) or b"").lost for number in waiting]
    assert sum(each[2] for lost in told for each in lost) == 40 - len(waiting)
    spool.evict(1 << 20)
    assert [each[:3] for each in spool.lost()] == [[0, 39, 40]]


def test_a_jump_that_found_no_room_is_known_from_the_segments(tmp_path: Path) -> None:
    """Not how far it went, but that it was: no epoch is counted twice."""
    spool = Spool(tmp_path / "spool", 1 << 20)
    said = Header("", spool.identity, 0, "0.1", BEGIN_US, BEGIN_US + 1, BEGIN_US, clock_epoch=2)
    spool.put(seal(Packets.of({}, 0), said, KEY))
    again = reopened(spool)
    assert again.epoch == 2
    again.jumped(5)
    assert again.offsets_us(1) == {3: 1, 2: 6}
    last = reopened(again)
    assert (last.epoch, last.offsets_us(1)) == (3, {3: 1, 2: 6})


def test_files_of_others_are_left_alone(tmp_path: Path) -> None:
    """What is no segment is not taken for one, and keeps nothing from starting."""
    spool = Spool(tmp_path / "spool", 1 << 20)
    minutes(spool, 2)
    folder = next((spool.path / "segments").iterdir())
    (folder / "note.seg").write_text("mine")
    (spool.path / "segments" / "lost+found").mkdir()
    (spool.path / "segments" / "lost+found" / "x").write_text("mine")
    (spool.path / "refused" / "README").write_text("mine")
    again = reopened(spool)
    assert list(again.waiting()) == [0, 1]
    assert again.refused() == []
    assert (folder / "note.seg").exists()


def test_refused_segments_do_not_fill_the_disk(tmp_path: Path) -> None:
    """The oldest of them go."""
    spool = Spool(tmp_path / "spool", 40_000)
    minutes(spool, 30)
    for sequence in range(30):
        spool.refuse(sequence, "too-old")
    kept = spool.refused()
    assert 0 < len(kept) < 12
    assert kept[-1] == (29, "too-old")
    assert sum(file.stat().st_size for file in (spool.path / "refused").iterdir()) <= 5000
