"""Tests of isdas.simulate.writer."""

import hashlib
import json
import shutil
import struct
import subprocess
from datetime import UTC, datetime

import numpy as np
import pytest

from isdas.model.errors import IsdasError
from isdas.simulate.scenario import DAY_US, generate
from isdas.simulate.writer import write

LINKTYPE_RAW = 101


def read(path) -> list[tuple[int, bytes]]:
    """Times in microseconds and packets of a capture, by a reader that shares nothing with the writer."""
    data = path.read_bytes()
    magic, _, _, _, _, _, link = struct.unpack_from("<IHHiIII", data)
    assert (magic, link) == (0xA1B2C3D4, LINKTYPE_RAW)
    packets, at = [], 24
    while at < len(data):
        seconds, micros, captured, original = struct.unpack_from("<IIII", data, at)
        assert captured == original
        packets.append((seconds * 1_000_000 + micros, data[at + 16 : at + 16 + captured]))
        at += 16 + captured
    assert at == len(data)
    return packets


@pytest.fixture(scope="module")
def written(quiet, tmp_path_factory):
    """The quiet week on disk: the folder and the captures."""
    out = tmp_path_factory.mktemp("quiet")
    return out, write(quiet, out)


def test_one_capture_for_each_sensor_and_day(written):
    """Seven days in Japan touch eight days in UTC; each of twelve sensors has a file for each."""
    out, paths = written
    assert len(paths) == 12 * 8
    assert sorted(paths) == sorted((out / "captures").iterdir())
    assert paths[0].name == "sapporo-20081005.pcap"


def test_captures_hold_all_packets(quiet, written):
    """Reading everything back gives the same packets, addresses and times."""
    found = [(when, packet) for path in written[1] for when, packet in read(path)]
    assert [when for when, _ in found] == quiet.packets.time_us.tolist()
    addresses = np.array([struct.unpack_from(">I", packet, 12)[0] for _, packet in found])
    assert (addresses == quiet.packets.source).all()


def test_captures_hold_one_day_of_one_sensor(written):
    """All packets of a file are of the day in its name and addressed to one sensor, in order of time."""
    for path in written[1][::7]:
        packets = read(path)
        times = [when for when, _ in packets]
        assert times == sorted(times)
        dates = {datetime.fromtimestamp(when / 1e6, UTC).strftime("%Y%m%d") for when in times}
        assert dates <= {path.stem.rpartition("-")[2]}
        assert len({packet[16:20] for _, packet in packets}) <= 1


def test_truth_is_beside_the_captures(quiet, written):
    """The truth can be read back."""
    assert json.loads((written[0] / "truth.json").read_text()) == json.loads(json.dumps(quiet.truth))


def test_same_seed_same_bytes(tmp_path):
    """Two runs from one seed write the same files, byte for byte; another seed does not."""
    digests = []
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        paths = write(generate("quiet-week", seed, days=2), tmp_path / name)
        digests.append([hashlib.sha256(path.read_bytes()).hexdigest() for path in paths])
    assert digests[0] == digests[1]
    assert digests[0] != digests[2]


def test_writing_again_changes_nothing(tmp_path):
    """The same simulation may be written over itself."""
    simulation = generate("quiet-week", 1, days=1)
    first = [path.read_bytes() for path in write(simulation, tmp_path)]
    assert [path.read_bytes() for path in write(simulation, tmp_path)] == first


def test_another_simulation_s_folder_is_refused(tmp_path):
    """Captures of two simulations never mix."""
    write(generate("quiet-week", 1, days=2), tmp_path)
    with pytest.raises(IsdasError, match="choose an empty folder"):
        write(generate("quiet-week", 1, days=1), tmp_path)


def test_a_place_that_cannot_be_written(tmp_path):
    """A file where the folder should be is told as such."""
    (tmp_path / "file").write_text("")
    with pytest.raises(IsdasError, match="cannot write the simulation"):
        write(generate("quiet-week", 1, days=1), tmp_path / "file")


def test_progress_counts_files(tmp_path):
    """Progress is told after each file."""
    told = []
    paths = write(generate("quiet-week", 1, days=1), tmp_path, lambda done, total: told.append((done, total)))
    assert told == [(done, len(paths)) for done in range(1, len(paths) + 1)]


def test_an_outage_leaves_no_files(autumn, tmp_path):
    """Whole days of the outage and the days before the newcomer have no file; the days at the edges do."""
    names = {path.name for path in write(autumn, tmp_path)}
    events = {event["name"]: event for event in autumn.truth["events"]}
    for event, expected in (("sensor-outage", 93 - 2), ("sensor-joins", None)):
        sensor = events[event]["sensor"]
        first = datetime.fromisoformat(events[event]["onset_at"])
        mine = sorted(name for name in names if name.startswith(f"{sensor}-"))
        if expected is None:
            assert mine[0] == f"{sensor}-{first:%Y%m%d}.pcap"
        else:
            assert len(mine) == expected
            assert f"{sensor}-{first:%Y%m%d}.pcap" in mine


@pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")
def test_tshark_finds_nothing_wrong(written, tmp_path):
    """An independent reader finds neither a malformed packet nor a bad checksum."""
    options = [f"-o{name}.check_checksum:TRUE" for name in ("ip", "tcp", "udp")]
    bad = " || ".join(["_ws.malformed", *(f"{name}.checksum.status == 0" for name in ("ip", "tcp", "udp", "icmp"))])
    for path in written[1][2::24]:
        run = subprocess.run(
            ["tshark", "-n", "-r", str(path), *options, "-Y", bad],
            capture_output=True,
            text=True,
            check=True,
        )
        assert run.stdout == ""


def test_files_are_cut_at_midnight_in_utc(quiet, written):
    """The first file of a sensor is the nine hours that Japan is ahead."""
    times = [when for when, _ in read(written[1][0])]
    assert min(times) >= quiet.start_us
    assert max(times) < (quiet.start_us // DAY_US + 1) * DAY_US
