"""What explains a surge, from all tables."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from made_surge import a_surge

from isdas.alerts.config import Config as AlertsConfig
from isdas.hub.explaining import complete
from isdas.lake.lake import Lake
from isdas.model.explanation import Explanation
from isdas.model.time import Period

TOKYO = ZoneInfo("Asia/Tokyo")
DATA = Period.parse("2008-10-06", "2008-10-07", TOKYO)


def test_a_surge_is_completed(filled: Path) -> None:
    """Systems, new sources and candidates published before it; nothing of what was found in sightings is lost."""
    surge = a_surge(explanation=Explanation(packets_per_source=3.0))
    done = complete(Lake(filled), [surge], DATA, AlertsConfig(zone="Asia/Tokyo"))[0]
    found = done.explanation
    assert found is not None
    assert found.packets_per_source == 3.0
    assert found.new_sources is not None
    assert found.candidates
    assert all(one.published < "2008-10-08" for one in found.candidates)
    assert all(one.against for one in found.candidates)
    assert all(0.0 <= mix.excess <= 1.0 for mix in found.systems)
    assert replace(done, explanation=surge.explanation) == surge


def test_what_was_found_out_outlives_the_packets(tmp_path: Path, filled: Path) -> None:
    """A surge looked into again a week later keeps what its packets told; one just detected is looked into anew."""
    surge = a_surge()
    first = complete(Lake(filled), [surge], DATA, AlertsConfig())[0]
    later = replace(DATA, end=datetime(2008, 11, 1, tzinfo=UTC))
    empty = Lake(tmp_path)
    again = complete(empty, [surge], later, AlertsConfig(), [first])[0]
    assert first.explanation is not None
    assert again.explanation is not None
    assert again.explanation.systems == first.explanation.systems
    assert again.explanation.new_sources == first.explanation.new_sources
    soon = replace(DATA, end=surge.detected_at + timedelta(hours=1))
    assert complete(empty, [surge], soon, AlertsConfig(), [first])[0].explanation.new_sources == 0  # type: ignore[union-attr]


@pytest.mark.parametrize("verdict", ["backscatter", "spoofed", "artefact", "single-source"])
def test_what_is_no_threat_has_no_cause(filled: Path, verdict: str) -> None:
    """No vulnerability is named for what is not about the port."""
    done = complete(Lake(filled), [a_surge(verdict=verdict)], DATA, AlertsConfig())[0]
    assert done.explanation is not None
    assert done.explanation.candidates == ()


def test_who_is_gone_is_not_explained(filled: Path) -> None:
    """A fall has no excess: it stays as it was judged."""
    fall = a_surge(change="fall", verdict="vanished")
    assert complete(Lake(filled), [fall], DATA, AlertsConfig()) == [fall]


def test_what_is_unchanged_is_not_explained_again(tmp_path: Path, filled: Path) -> None:
    """A surge of which nothing was judged anew keeps what was found out, though no packet is left; another does not."""
    first = complete(Lake(filled), [a_surge()], DATA, AlertsConfig())[0]
    empty, names = Lake(tmp_path), {a_surge().identifier}
    assert complete(empty, [a_surge()], DATA, AlertsConfig(), [first], names) == [first]
    grown = a_surge(packets=9999)
    assert complete(empty, [grown], DATA, AlertsConfig(), [first], names)[0].explanation != first.explanation
