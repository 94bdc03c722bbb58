"""Tests of isdas.enrich.label."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isdas.enrich.config import Config
from isdas.enrich.label import label
from isdas.enrich.region import Lookups, open_lookups
from isdas.model import columns
from isdas.model.packets import Packets

Make = Callable[..., Packets]
OWN = ("kind", "tool", "scanner", "scanner_class", "special", "region", "asn", "editions")


@pytest.fixture(scope="session")
def lookups() -> Lookups:
    """The lookups that there are without configuration."""
    return open_lookups(Config())


@given(seed=st.integers(0, 2**32), n=st.integers(0, 40))
def test_only_its_own_columns_change(random_packets: Make, lookups: Lookups, seed: int, n: int) -> None:
    """The number and order of rows and all other columns are what they were."""
    packets = random_packets(seed, n)
    labelled = label(packets, lookups)
    assert labelled.table.column_names == list(columns.names())
    others = [name for name in columns.names() if name not in OWN]
    assert labelled.table.select(others).equals(packets.table.select(others))


@given(seed=st.integers(0, 2**32), n=st.integers(0, 40))
def test_labelling_twice_is_labelling_once(random_packets: Make, lookups: Lookups, seed: int, n: int) -> None:
    """Labels do not depend on labels."""
    once = label(random_packets(seed, n), lookups)
    assert label(once, lookups).table.to_pylist() == once.table.to_pylist()


@given(seed=st.integers(0, 2**32), n=st.integers(2, 40), data=st.data())
def test_batches_do_not_matter(random_packets: Make, lookups: Lookups, seed: int, n: int, data: st.DataObject) -> None:
    """Packets cut into two batches get the labels that they get in one."""
    packets = random_packets(seed, n)
    at = data.draw(st.integers(0, n))
    parts = [Packets(packets.table.slice(0, at)), Packets(packets.table.slice(at))]
    together = Packets.concat([label(part, lookups) for part in parts])
    assert together.table.to_pylist() == label(packets, lookups).table.to_pylist()


def test_every_label_is_filled(tcp: Make, lookups: Lookups) -> None:
    """A packet comes out with its kind, tool, scanner, region, AS and the editions that said so."""
    [row] = label(tcp(2, source="133.11.0.1", ip_id=54321, tcp_sequence=5), lookups).table.select(OWN).to_pylist()
    expected = {"kind": "scan", "tool": "zmap", "scanner": "", "scanner_class": "", "special": ""}
    expected |= {"region": "JP", "asn": 0}
    editions = ";".join(f"{name}={lookups.editions[name]}" for name in ("iptocc", "scanners"))
    assert row == {**expected, "editions": editions}
