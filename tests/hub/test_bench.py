"""Tests of isdas.hub.bench."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from isdas.hub import bench
from isdas.model.errors import IsdasError
from isdas.simulate.telescope import write_telescope


def test_both_ways_are_timed_and_weighed() -> None:
    """With and without the packets table every packet is in, and only the first keeps packets at rest."""
    kept, slim = bench.bench(2_000)
    assert (kept.name, slim.name) == ("isdas", "isdas without packets")
    assert set(kept.at_rest) == {"packets", "sightings", "counts", "activity"}
    assert set(slim.at_rest) == {"sightings", "counts", "activity"}
    assert kept.rate == 2_000 / kept.seconds > 0
    assert kept.peak_bytes > 10_000_000
    assert kept.as_dict()["packets_per_second"] == round(kept.rate)


@pytest.mark.skipif(shutil.which("capinfos") is None, reason="capinfos is not installed")
def test_peers_run_on_the_same_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A peer that is installed gets a row; one that is not is left out."""
    write_telescope(tmp_path / "given.pcap", 1_000)
    wanted = {"capinfos": bench.PEERS["capinfos"], "no-such-program": bench.Peer(("no-such-program",))}
    monkeypatch.setattr(bench, "PEERS", wanted)
    names = [result.name for result in bench.bench(1_000, peers=True, capture=tmp_path / "given.pcap")]
    assert names == ["isdas", "isdas without packets", "capinfos"]


def test_the_compressed_capture_is_the_same() -> None:
    """Taken in from gzip, the same capture takes the same room in the tables."""
    plain, _, packed = bench.bench(2_000, gzip=True)
    assert packed.name == "isdas from gzip"
    assert packed.packets == 2_000
    assert {name: round(size) for name, size in packed.at_rest.items()} == {
        name: round(size) for name, size in plain.at_rest.items()
    }


def test_a_slow_peer_gets_a_shorter_capture(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its rate is that of the packets it was given; the loop in Python stands for such programs."""
    pytest.importorskip("dpkt")
    monkeypatch.setattr(bench, "PEERS", {"dpkt": replace(bench.PEERS["dpkt"], most=500)})
    result = bench.bench(2_000, peers=True)[-1]
    assert (result.name, result.packets) == ("dpkt", 500)


def test_a_program_that_fails_is_told_of(tmp_path: Path) -> None:
    """What is no capture gives the message of the program that refused it, not a time."""
    (tmp_path / "no.pcap").write_bytes(b"no capture at all")
    with pytest.raises(IsdasError, match="ended with 1"):
        bench.bench(1, capture=tmp_path / "no.pcap")
