"""Tests of isdas.simulate.telescope."""

from pathlib import Path

import numpy as np

from isdas.simulate.telescope import N_SOURCES, PACKETS_PER_SECOND, write_telescope

RECORD_BYTES = 76


def records(path: Path) -> np.ndarray:
    """The bytes of every record of a capture, one row each."""
    return np.fromfile(path, np.uint8)[24:].reshape(-1, RECORD_BYTES)


def test_a_packet_is_seventy_six_bytes(tmp_path: Path) -> None:
    """The size of a capture follows from its packets: 20 million are 1.52 GB."""
    write_telescope(tmp_path / "t.pcap", 5_000)
    assert (tmp_path / "t.pcap").stat().st_size == 24 + 5_000 * RECORD_BYTES
    assert 20_000_000 * RECORD_BYTES == 1_520_000_000


def test_the_same_seed_gives_the_same_capture(tmp_path: Path) -> None:
    """Seeds decide everything, and different ones differ."""
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        write_telescope(tmp_path / name, 1_000, seed=seed)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes() != (tmp_path / "c").read_bytes()


def test_the_mix_is_that_of_a_telescope(tmp_path: Path) -> None:
    """Eight in ten packets are SYNs, one UDP and one ICMP echo; few sources send much, and time goes on evenly."""
    write_telescope(tmp_path / "t.pcap", 20_000)
    rows = records(tmp_path / "t.pcap")
    protocol, counts = np.unique(rows[:, 16 + 14 + 9], return_counts=True)
    assert protocol.tolist() == [1, 6, 17]
    assert np.allclose(counts / 20_000, [0.1, 0.8, 0.1], atol=0.01)
    sources, times = np.unique(rows[:, 42:46].copy().view(">u4"), return_counts=True)
    assert len(sources) < min(20_000, N_SOURCES)
    assert np.sort(times)[-100:].sum() > 0.3 * 20_000
    seconds = rows[:, :4].copy().view("<u4")[:, 0]
    assert seconds[-1] - seconds[0] == 20_000 // PACKETS_PER_SECOND - 1
