"""The way in."""

import bz2
import gzip
import struct
import tarfile
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from isdas.enrich.config import Config as EnrichConfig
from isdas.enrich.region import Lookups, open_lookups
from isdas.hub.pipeline import Summary, take_in
from isdas.hub.source import Source
from isdas.lake.lake import Lake
from isdas.lake.query import series
from isdas.lake.verify import verify
from isdas.model.errors import LakeError
from isdas.model.monitored import REASON, Monitored
from isdas.model.time import Period

TOKYO = ZoneInfo("Asia/Tokyo")
LOG = "datetime,host,src,proto,type,spt,dpt\n2013-05-01 00:00:00,groucho-oregon,1032051418,TCP,,6000,1433\n"


@pytest.fixture(scope="session")
def lookups() -> Lookups:
    """The lookups that come with the package."""
    return open_lookups(EnrichConfig())


def silent(_source: Source, _done: int) -> None:
    """Hear of progress and do nothing."""


def sources(captures: Path, count: int) -> list[Source]:
    """The first captures as sources."""
    return [Source(path) for path in sorted(captures.iterdir())[:count]]


def test_files_are_taken_in_and_folded(tmp_path: Path, captures: Path, lookups: Lookups) -> None:
    """What was read is stored, what is stored is folded, and the account reconciles to the packet."""
    lake = Lake(tmp_path)
    folded: list[tuple[int, int]] = []
    summary = take_in(
        sources(captures, 3), lake, lookups, told=silent, folded=lambda done, total: folded.append((done, total))
    )
    assert (summary.taken, summary.known, summary.refused, summary.clean) == (3, 0, [], True)
    assert summary.records.read == summary.records.stored > 0
    assert summary.hours > 24
    assert folded[-1][0] == folded[-1][1]
    assert verify(lake) == []


def test_a_file_is_taken_in_once(tmp_path: Path, captures: Path, lookups: Lookups) -> None:
    """Given again, in any order and under another name, a file changes nothing; the bar moves over it all the same."""
    lake = Lake(tmp_path)
    take_in(sources(captures, 2), lake, lookups, told=silent)
    before = series(lake, Period.parse("2008-10-06", "2008-10-08", TOKYO)).as_dict()
    copy = tmp_path / "copy"
    copy.write_bytes(min(captures.iterdir()).read_bytes())
    told: list[int] = []
    again = take_in(
        [*reversed(sources(captures, 2)), Source(copy)], lake, lookups, told=lambda _, done: told.append(done)
    )
    assert (again.taken, again.known, again.records.read, again.hours) == (0, 3, 0, 0)
    assert told[-1] == copy.stat().st_size
    assert series(lake, Period.parse("2008-10-06", "2008-10-08", TOKYO)).as_dict() == before


def test_a_file_that_was_packed_since_changes_nothing(tmp_path: Path, captures: Path, lookups: Lookups) -> None:
    """The packets of a file that is in are not taken in again from another file, given with it or later."""
    lake = Lake(tmp_path / "data")
    first, second = sorted(captures.iterdir())[:2]
    packed, again = tmp_path / f"{first.name}.gz", tmp_path / f"{first.name}.bz2"
    packed.write_bytes(gzip.compress(first.read_bytes()))
    again.write_bytes(bz2.compress(first.read_bytes()))
    both = take_in([Source(first), Source(packed)], lake, lookups, told=silent)
    assert (both.taken, both.known, both.clean) == (1, 1, True)
    later = take_in([Source(again), Source(second)], lake, lookups, told=silent)
    assert (later.taken, later.known, later.records.stored) == (1, 1, later.records.read)
    named = take_in([Source(packed, sensor="another")], lake, lookups, told=silent)
    assert (named.taken, named.records.stored) == (1, both.records.stored)
    assert verify(lake) == []


def test_a_refused_file_does_not_stop_the_others(tmp_path: Path, captures: Path, lookups: Lookups) -> None:
    """A file that cannot be read is told of by path, reason and message; those around it are in."""
    (tmp_path / "empty.pcap").touch()
    first, second = sources(captures, 2)
    lake = Lake(tmp_path / "data")
    summary = take_in([first, Source(tmp_path / "empty.pcap"), second], lake, lookups, told=silent)
    assert summary.taken == 2
    assert not summary.clean
    assert [(Path(name).name, reason) for name, reason, _ in summary.refused] == [("empty.pcap", "empty-file")]
    assert verify(lake) == []


def test_packets_to_others_are_refused(tmp_path: Path, captures: Path, lookups: Lookups) -> None:
    """With monitored addresses the packets to any other are refused by name and not stored."""
    lake = Lake(tmp_path)
    monitored = Monitored.parse(["203.0.113.255/32"])
    summary = take_in(sources(captures, 1), lake, lookups, monitored=monitored, told=silent)
    assert summary.records.refused == {REASON: summary.records.read}
    assert verify(lake) == []


def test_refused_records_are_kept(tmp_path: Path, lookups: Lookups) -> None:
    """Records that could not be read stand in the quarantine, and the summary says where."""
    (tmp_path / "log.csv").write_text(LOG + "garbage\n")
    lake = Lake(tmp_path / "data")
    summary = take_in([Source(tmp_path / "log.csv")], lake, lookups, told=silent)
    assert summary.quarantined == lake.path / "quarantine"
    (kept,) = summary.quarantined.iterdir()
    assert "3\twrong-column-count\tgarbage" in kept.read_text()


def test_a_format_that_drifts_is_told_by_name(tmp_path: Path, lookups: Lookups) -> None:
    """Where more than a twentieth of a file's records is refused, the file, its format and the share are named."""
    (tmp_path / "log.csv").write_text(LOG + "garbage\n")
    (tmp_path / "good.csv").write_text(LOG + LOG.splitlines()[1] + "\n")
    lake = Lake(tmp_path / "data")
    summary = take_in([Source(tmp_path / "log.csv"), Source(tmp_path / "good.csv")], lake, lookups, told=silent)
    assert summary.drifted == [(str(tmp_path / "log.csv"), "csv:honeypots-2013", 0.5)]
    assert summary.records.warnings["format-drift"] == 1
    assert summary.as_dict()["files"]["drifted"][0]["refused_share"] == 0.5  # type: ignore[index]


def test_a_capture_of_other_things_than_ip_is_no_drift(tmp_path: Path, lookups: Lookups) -> None:
    """Frames that are no IP packets are refused, but a capture may hold anything."""
    header = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
    frame = bytes(12) + b"\x08\x06" + bytes(46)
    (tmp_path / "arp.pcap").write_bytes(header + struct.pack("<IIII", 1_225_000_000, 0, 60, 60) + frame)
    summary = take_in([Source(tmp_path / "arp.pcap")], Lake(tmp_path / "data"), lookups, told=silent)
    assert summary.records.refused == {"not-ip": 1}
    assert not summary.drifted
    with tarfile.open(tmp_path / "day.tar", "w") as tar:
        tar.add(tmp_path / "arp.pcap")
    summary = take_in([Source(tmp_path / "day.tar")], Lake(tmp_path / "data"), lookups, told=silent)
    assert (summary.taken, summary.drifted) == (1, [])


def test_a_file_whose_refusals_cannot_be_kept_is_not_in(tmp_path: Path, lookups: Lookups) -> None:
    """Records are kept before their file counts: where that fails, the file can be taken in again later."""
    (tmp_path / "log.csv").write_text(LOG + "garbage\n")
    lake = Lake(tmp_path / "data")
    (lake.path / "quarantine").write_text("in the way")
    with pytest.raises(LakeError, match="refused records"):
        take_in([Source(tmp_path / "log.csv")], lake, lookups, told=silent)
    assert not lake.admitted()


def test_an_interruption_keeps_what_is_finished(tmp_path: Path, captures: Path, lookups: Lookups) -> None:
    """Stopped within the third file, the first two are in and folded, the third is not, and the rest follows later."""
    lake, all_of_them = Lake(tmp_path), sources(captures, 4)

    def stop(source: Source, _done: int) -> None:
        if source is all_of_them[2]:
            raise KeyboardInterrupt

    summary = take_in(all_of_them, lake, lookups, told=stop)
    assert (summary.taken, summary.interrupted) == (2, True)
    assert verify(lake) == []
    rest = take_in(sources(captures, 4), lake, lookups, told=silent)
    assert (rest.taken, rest.known, rest.interrupted) == (2, 2, False)


def test_the_summary_has_the_documented_keys() -> None:
    """The JSON of a summary has what was read, stored and refused by reason, and what became of the files."""
    told = Summary(taken=1, quarantined=Path("q")).as_dict()
    assert told.keys() >= {"read", "stored", "refused", "warnings", "files", "hours_folded", "quarantine", "seconds"}
    assert told["files"] == {"taken": 1, "known": 0, "refused": [], "passed_over": 0, "drifted": []}
    assert told["quarantine"] == "q"


def test_nothing_to_take_in_is_not_clean() -> None:
    """A summary of nothing at all is not one of success; a file that was in already is."""
    assert not Summary().clean
    assert Summary(known=1).clean


ZEEK = "#separator \\x09\n#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tconn_state\n"


@pytest.mark.parametrize(
    ("name", "content", "warnings"),
    [
        (
            "conn.log",
            ZEEK
            + "".join(f"{t}.0\tC{t}\t203.0.113.1\t4000\t192.0.2.1\t23\ttcp\tS0\n" for t in (1370000060, 1370000000)),
            {},
        ),
        (
            "honeypots.csv",
            LOG + "2013-04-30 00:00:00,groucho-oregon,1032051418,TCP,,6000,1433\n",
            {"time-backwards": 1},
        ),
    ],
    ids=["flows", "packets"],
)
def test_only_what_should_be_in_order_is_warned_of(
    tmp_path: Path, lookups: Lookups, name: str, content: str, warnings: dict[str, int]
) -> None:
    """The order of flows says nothing, since they are written when they end; that of packets tells of clocks."""
    (tmp_path / name).write_text(content)
    summary = take_in([Source(tmp_path / name)], Lake(tmp_path / "data"), lookups, told=silent)
    assert summary.records.stored == 2
    assert summary.records.warnings == warnings
