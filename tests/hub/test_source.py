"""Inputs of any format."""

import bz2
import gzip
import lzma
import os
import struct
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

import enveloped
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from isdas.formats.archive import NUMBERS_BITS
from isdas.hub.source import Source, find_files
from isdas.model.errors import InputRefused, IsdasError
from isdas.model.monitored import Monitored
from isdas.model.packets import Packets

LOG = "datetime,host,src,proto,type,spt,dpt\n2013-05-01 00:00:00,groucho-oregon,1032051418,TCP,,6000,1433\n"
PROFILE = """
name = "plain"
[time]
column = "when"
[source]
column = "from"
[protocol]
column = "how"
[columns]
port = "port"
"""
PLAIN = "when,from,how,port\n2013-05-01T00:00:00,192.0.2.1,tcp,23\n"


@pytest.fixture
def capture(captures: Path) -> Path:
    """One simulated capture with packets in it."""
    return max(captures.iterdir(), key=lambda path: path.stat().st_size)


def read(source: Source) -> tuple[int, set[object]]:
    """How many packets a source gives, and of which sensors."""
    batches = []
    for piece in source.pieces(lambda _: None):
        batch = piece()
        source.tally.add(batch.tally)
        batches.append(batch.packets)
    assert source.tally.reconciles
    sensors = {sensor for batch in batches for sensor in batch.table.column("sensor").unique().to_pylist()}
    return sum(map(len, batches)), sensors


def rows(source: Source) -> pa.Table:
    """All packets of a source."""
    return Packets.concat(piece().packets for piece in source.pieces(lambda _: None)).table.combine_chunks()


def refusal(source: Source) -> InputRefused:
    """The error with which a source as a whole is refused."""
    with pytest.raises(InputRefused) as caught:
        read(source)
    return caught.value


def test_a_capture_is_read_whatever_its_name(capture: Path, tmp_path: Path) -> None:
    """Content, not name, says what a file is; compressed or not; the name is the sensor unless one is given."""
    (tmp_path / "oddly.named.txt").write_bytes(gzip.compress(capture.read_bytes()))
    plain, packed = Source(capture), Source(tmp_path / "oddly.named.txt", sensor="mine")
    n, sensors = read(plain)
    assert n > 100
    assert sensors == {capture.name.rsplit("-", 1)[0]}
    assert read(packed) == (n, {"mine"})
    assert plain.name == packed.name == "pcap"


def packed(form: str, files: Sequence[Path], folder: Path) -> Path:
    """An archive of files, each in a folder of its own within."""
    path = folder / f"all.{form}"
    if form == "zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in files:
                archive.write(file, f"day/{file.name}")
        return path
    with tarfile.open(path, "w") as tar:
        for file in files:
            tar.add(file, f"day/{file.name}")
    if form != "tar":
        path.write_bytes({"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress}[form](path.read_bytes()))
    return path


@pytest.mark.parametrize("form", ["tar", "gz", "bz2", "xz", "zip"])
def test_captures_in_an_archive_are_read_as_they_lie_in_a_folder(captures: Path, tmp_path: Path, form: str) -> None:
    """Each is of the sensor that its name says, plain or compressed itself, and its packets follow those before."""
    files = sorted(captures.iterdir())[:3]
    (tmp_path / "b").mkdir()
    squeezed = tmp_path / "b" / f"{files[1].name}.gz"
    squeezed.write_bytes(gzip.compress(files[1].read_bytes()))
    apart = [rows(Source(file)) for file in files]
    source = Source(packed(form, [files[0], squeezed, files[2]], tmp_path))
    together = rows(source)
    assert source.name == ("zip" if form == "zip" else "tar")
    assert source.framed
    rest = pa.concat_tables(apart).drop_columns("position")
    assert together.drop_columns("position").to_pylist() == rest.to_pylist()
    positions = pa.concat_arrays(
        [pc.add(each.column("position").combine_chunks(), n << NUMBERS_BITS) for n, each in enumerate(apart)]
    )
    assert together.column("position").combine_chunks().equals(positions)


def test_sensor_of_an_archive_may_be_said(captures: Path, tmp_path: Path) -> None:
    """Then all of it is of that sensor."""
    path = packed("tar", sorted(captures.iterdir())[:2], tmp_path)
    assert read(Source(path, sensor="mine"))[1] == {"mine"}


def test_logs_and_captures_in_one_archive(captures: Path, tmp_path: Path) -> None:
    """What is known is read, whatever stands beside it; a log that names no sensor is of the archive's."""
    (tmp_path / "x.log").write_text(
        "2026-01-02T03:04:05Z IN=eth0 OUT= SRC=192.0.2.7 DST=198.51.100.1 LEN=40 TOS=0x00 PREC=0x00 TTL=49 ID=54321 "
        "PROTO=TCP SPT=40000 DPT=445 WINDOW=1024 RES=0x00 SYN URGP=0\n"
    )
    (tmp_path / "words").write_text("nothing")
    file = min(captures.iterdir())
    source = Source(packed("tar", [tmp_path / "words", file, tmp_path / "x.log"], tmp_path))
    n, sensors = read(source)
    assert (n, sensors) == (read(Source(file))[0] + 1, {file.name.rsplit("-", 1)[0], "all"})
    assert source.tally.warnings == {"unknown-member": 1}


def test_a_cut_capture_in_an_archive(captures: Path, tmp_path: Path) -> None:
    """It gives what is whole, with the warning that it would give alone, and those behind it are read."""
    one, two = sorted(captures.iterdir())[:2]
    cut, headless = tmp_path / one.name, tmp_path / "headless.pcap"
    cut.write_bytes(one.read_bytes()[:-5])
    headless.write_bytes(one.read_bytes()[:20])
    source = Source(packed("tar", [cut, headless, two], tmp_path))
    assert read(source)[0] == read(Source(one))[0] - 1 + read(Source(two))[0]
    assert source.tally.warnings == {"truncated-tail": 1}
    assert source.tally.refused == {"refused-member": 1}


def test_what_captures_in_an_archive_say_of_their_coverage(tmp_path: Path) -> None:
    """Each speaks for the sensor that it is of."""
    section = struct.pack("<IIIHHqI", 0x0A0D0D0A, 28, 0x1A2B3C4D, 1, 0, -1, 28)
    interface = struct.pack("<IIHHII", 1, 20, 1, 0, 0, 20)
    start, end = (struct.pack("<II", when >> 32, when & 0xFFFFFFFF) for when in (10**15, 10**15 + 3_600_000_000))
    options = struct.pack("<HH", 2, 8) + start + struct.pack("<HH", 3, 8) + end + struct.pack("<HHQ", 4, 8, 9)
    statistics = struct.pack("<IIIII", 5, 28 + len(options) - 4, 0, 0, 0) + options
    statistics += struct.pack("<I", 28 + len(options) - 4)
    for name in ("a", "b"):
        (tmp_path / f"{name}.pcapng").write_bytes(section + interface + statistics)
    source = Source(packed("tar", [tmp_path / "a.pcapng", tmp_path / "b.pcapng"], tmp_path))
    read(source)
    assert [(each.sensor, each.received) for each in source.statements] == [("a", 9), ("b", 9)]


@pytest.mark.parametrize(("network", "protocol"), [(None, 6), ("198.51.100.0/24", 47), ("203.0.113.0/24", 6)])
def test_a_tunnel_to_a_monitored_address_stays(tmp_path: Path, network: str | None, protocol: int) -> None:
    """A GRE packet that the sensor received is one; that of somebody else gives the packet inside."""
    inside = bytes.fromhex("4500002800000000400600000a0000010a000002") + bytes(12) + b"\x50\x02" + bytes(6)
    packet = bytes.fromhex("4500004000000000402f0000c0000201c6336407") + b"\0\0\x08\0" + inside
    head = struct.pack("<IHHIIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 101)
    (tmp_path / "a.pcap").write_bytes(head + struct.pack("<IIII", 1_225_371_600, 0, len(packet), len(packet)) + packet)
    source = Source(tmp_path / "a.pcap", monitored=None if network is None else Monitored.parse([network]))
    [piece] = source.pieces(lambda _: None)
    assert piece().packets.table.column("protocol").to_pylist() == [protocol]


def test_a_capture_loads_no_reader_of_records(capture: Path) -> None:
    """What is slow to load for the records of others is not loaded to read a capture."""
    script = (
        "import sys, pathlib\n"
        "import isdas.hub.intake\n"
        "from isdas.hub.source import Source, find_files\n"
        "files, _ = find_files([pathlib.Path(sys.argv[1])])\n"
        "for piece in Source(files[0]).pieces(lambda _: None): piece()\n"
        "from isdas.formats.registry import FORMATS\n"
        "slow = {f'isdas.formats.{each.module}' for each in FORMATS}\n"
        "slow |= {f'isdas.formats.{name}' for name in ('csv', 'profiled', 'rows', 'fields')}\n"
        "print(*sorted(slow & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", script, capture], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


@pytest.mark.parametrize("kind", enveloped.ALL)
def test_a_log_in_envelopes_is_known_by_a_line_far_behind(tmp_path: Path, kind: str) -> None:
    """A journal is mostly of other things; its machine is the sensor, for containers the file."""
    packet = (
        "IN=eth0 OUT= SRC=192.0.2.7 DST=198.51.100.1 LEN=40 TOS=0x00 PREC=0x00 TTL=49 ID=54321 PROTO=TCP SPT=40000 "
        "DPT=445 WINDOW=1024 RES=0x00 SYN URGP=0 "
    )
    content = enveloped.ALL[kind](["audit: nothing of the kind"] * 1200 + [packet])
    assert len(content) > 70_000
    (tmp_path / "kernel.json.gz").write_bytes(gzip.compress(content))
    (path,), _ = find_files([tmp_path])
    source = Source(path)
    assert read(source) == (1, {"tokyo-1" if kind in enveloped.NAMED else "kernel"})
    assert (source.name, source.tally.warnings) == ("netfilter", {"passed-over-line": 1200})


def test_progress_ends_at_the_size_of_the_file(capture: Path) -> None:
    """What is told of the bytes read never falls and ends with all of them."""
    told: list[int] = []
    list(Source(capture).pieces(told.append))
    assert told == sorted(told)
    assert told[-1] == capture.stat().st_size


def test_a_known_table_is_read_by_its_profile(tmp_path: Path) -> None:
    """A CSV whose header fits a shipped profile is read by it; its rows say which sensor they are from."""
    (tmp_path / "log.csv").write_text(LOG)
    source = Source(tmp_path / "log.csv")
    assert read(source) == (1, {"groucho-oregon"})
    assert source.name == "csv:honeypots-2013"
    assert read(Source(tmp_path / "log.csv", sensor="mine")) == (1, {"mine"})


def test_a_table_without_sensors_is_named_after_one(tmp_path: Path) -> None:
    """Where rows do not say which sensor saw them, the file's name does, as for captures."""
    (tmp_path / "plain.toml").write_text(PROFILE)
    (tmp_path / "tokyo-9.csv").write_text(PLAIN)
    assert read(Source(tmp_path / "tokyo-9.csv", format=str(tmp_path / "plain.toml"))) == (1, {"tokyo-9"})


def test_refused_rows_come_with_line_and_reason(tmp_path: Path) -> None:
    """A row that cannot be read is told with its line number, its reason and its text."""
    (tmp_path / "log.csv").write_text(LOG + "garbage\n")
    source = Source(tmp_path / "log.csv")
    refused = [r for piece in source.pieces(lambda _: None) for r in piece().refusals]
    assert [(r.line_number, r.reason, r.text) for r in refused] == [(3, "wrong-column-count", "garbage")]


def test_a_wrong_column_is_named(tmp_path: Path) -> None:
    """A table that lacks a column of the nearest profile is refused with the column's name, not as a bad capture."""
    (tmp_path / "log.csv").write_text(LOG.replace("datetime", "date"))
    error = refusal(Source(tmp_path / "log.csv"))
    assert error.reason == "wrong-columns"
    assert "'datetime'" in str(error)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty-file"),
        (b"just some words\n", "not-a-capture"),
        (b"\x00\x01\x02\x03" * 9, "not-a-capture"),
        (b"ip,class\n192.0.2.1,known\n", "not-a-capture"),
        (b"#separator \\x09\n#path\tnotice\n#fields\tts\tnote\n", "not-a-capture"),
        (b"\xd4\xc3\xb2", "truncated-header"),
    ],
    ids=["empty", "text", "binary", "another table", "another log", "cut"],
)
@pytest.mark.parametrize("name", ["odd.pcap", "odd.csv"])
def test_what_is_nothing_known_is_refused(tmp_path: Path, content: bytes, reason: str, name: str) -> None:
    """A file that is neither capture nor like a known table is refused by a reason, with its path in the message."""
    (tmp_path / name).write_bytes(content)
    error = refusal(Source(tmp_path / name))
    assert error.reason == reason
    assert name in str(error)


def test_the_format_asked_for_holds(capture: Path, tmp_path: Path) -> None:
    """A file of another format than the one asked for is refused, and a profile is not guessed."""
    (tmp_path / "log.csv").write_text(LOG)
    assert refusal(Source(capture, format="pcapng")).reason == "wrong-format"
    assert refusal(Source(capture, format="honeypots-2013")).reason == "not-a-table"
    assert refusal(Source(tmp_path / "log.csv", format="pcap")).reason == "not-a-capture"


def test_a_folder_gives_what_is_likely(tmp_path: Path, capture: Path) -> None:
    """Of a folder, captures and known tables are taken by content, others by name only, the rest is passed over."""
    files = {
        "a/capture-without-suffix": capture.read_bytes(),
        "a/table.txt": LOG.encode(),
        "b/broken.PCAP": b"",
        "b/other.csv": b"x,y\n1,2\n",
        "readme.txt": b"words",
        ".hidden": b"\x00" * 40,
    }
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content)
    os.mkfifo(tmp_path / "pipe")
    found, passed_over = find_files([tmp_path])
    assert [p.relative_to(tmp_path).as_posix() for p in found] == [
        "a/capture-without-suffix",
        "a/table.txt",
        "b/broken.PCAP",
        "b/other.csv",
    ]
    assert {p.name for p in passed_over} == {"readme.txt", ".hidden", "pipe"}


def test_a_folder_gives_all_of_a_format_asked_for(tmp_path: Path) -> None:
    """Where a format is asked for, no name or content decides: all files of a folder are tried but hidden ones."""
    names = ("a/rows.parquet", "a/rows.jsonl", "b/1", "b/readme.txt", ".hidden", "b/.cache/rows.jsonl")
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / name).write_text("words")
    os.mkfifo(tmp_path / "pipe")
    found, passed_over = find_files([tmp_path], "plain.toml")
    assert {p.relative_to(tmp_path).as_posix() for p in found} == set(names[:4])
    assert {p.name for p in passed_over} == {".hidden", "rows.jsonl", "pipe"}
    assert find_files([tmp_path])[0] == []
    assert find_files([tmp_path / ".hidden"], "plain.toml") == ([tmp_path / ".hidden"], [])
    assert len(find_files([tmp_path / "b" / ".cache"], "plain.toml")[0]) == 1


def test_a_named_file_is_always_tried(tmp_path: Path) -> None:
    """What is named itself is given whatever is in it, and once."""
    (tmp_path / "b").write_text("words")
    (tmp_path / "a").write_text("words")
    named = [tmp_path / "b", tmp_path / "a", tmp_path / "b"]
    assert find_files(named) == ([tmp_path / "a", tmp_path / "b"], [])


def capture_at(path: Path, second: int) -> Path:
    """A capture of one packet at a second after 1970, or of none at second 0."""
    path.parent.mkdir(exist_ok=True)
    header = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
    path.write_bytes(header + (struct.pack("<IIII", second, 0, 60, 60) + bytes(60) if second else b""))
    return path


def test_captures_come_in_the_order_of_their_packets(tmp_path: Path) -> None:
    """Captures of all folders and names are given by the time of their first packet, all else behind by name."""
    late = capture_at(tmp_path / "one" / "a.pcap", 1_300_000_000)
    early = capture_at(tmp_path / "two" / "z", 1_200_000_000)
    between = capture_at(tmp_path / "between.pcap", 1_250_000_000)
    packed = tmp_path / "one" / "packed.gz"
    packed.write_bytes(gzip.compress(capture_at(tmp_path / "one" / "b.pcap", 1_225_000_000).read_bytes()))
    empty = capture_at(tmp_path / "one" / "0.pcap", 0)
    (tmp_path / "two" / "log.csv").write_text(LOG)
    os.mkfifo(tmp_path / "pipe")
    found, _ = find_files([tmp_path / "pipe", tmp_path / "one", between, tmp_path / "two"])
    assert found == [
        early,
        tmp_path / "one" / "b.pcap",
        packed,
        between,
        late,
        empty,
        tmp_path / "pipe",
        tmp_path / "two" / "log.csv",
    ]


def test_a_pattern_names_the_files_that_it_matches(tmp_path: Path) -> None:
    """Where there is no such file, a path is a pattern; where there is one, it is the file."""
    deep = capture_at(tmp_path / "in" / "2.pcap", 1_200_000_000)
    other = capture_at(tmp_path / "1.pcap", 1_300_000_000)
    odd = capture_at(tmp_path / "[12].pcap", 1_400_000_000)
    assert find_files([tmp_path / "*.pcap"]) == ([other, odd], [])
    assert find_files([tmp_path / "[12].pcap"]) == ([odd], [])
    assert find_files([tmp_path / "in" / "[12].pcap"]) == ([deep], [])
    assert find_files([tmp_path / "**" / "?.pcap"]) == ([deep, other], [])
    assert find_files([tmp_path / "**"]) == ([deep, other, odd], [])
    with pytest.raises(IsdasError, match=r"\*\.csv"):
        find_files([tmp_path / "*.csv"])


def test_a_path_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    """A path that does not exist, or leads through a file, is an error that names it."""
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "gone", tmp_path / "file" / "below"):
        with pytest.raises(IsdasError, match=path.name):
            find_files([path])
