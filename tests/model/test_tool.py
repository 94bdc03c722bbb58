"""Tests of isdas.model.tool."""

import pytest

from isdas.model.columns import Capability
from isdas.model.tool import CONFIRMED, NEEDS, TOOLS, masks, shows


def test_which_tools_an_input_shows() -> None:
    """A share is divided only by what could show the tool: a log without sequence numbers shows zmap, not masscan."""
    log = int(Capability.DESTINATION | Capability.TTL | Capability.IP_ID | Capability.TCP_FLAGS | Capability.WINDOW)
    assert {name for name, able in shows(log).items() if able} == {"zmap"}
    assert {name for name, able in shows(log, protocol=17).items() if able} == {"zmap"}
    assert {name for name, able in shows(int(Capability.CAPTURE)).items() if able} == set(NEEDS[6])
    assert {name for name, able in shows(int(Capability.CAPTURE), 17).items() if able} == {"zmap", "slammer", "witty"}
    assert not any(shows(int(Capability.CAPTURE), ip_version=6).values())
    assert not any(shows(int(Capability.CAPTURE), protocol=47).values())
    assert set(shows(0)) == set(TOOLS) - {""}


@pytest.mark.parametrize("tool", TOOLS[1:])
def test_masks_are_what_shows_compares(tool: str) -> None:
    """An input shows a tool in a protocol exactly if its mask has all that the tool needs there."""
    needed = masks(tool)
    assert needed
    for protocol in (1, 6, 17, 47):
        for mask in (0, int(Capability.CAPTURE), *needed.values(), *(m & (m - 1) for m in needed.values())):
            able = protocol in needed and mask & needed[protocol] == needed[protocol]
            assert shows(mask, protocol)[tool] == able


def test_names_that_are_no_labels_need_nothing() -> None:
    """No tool, an unknown one, and those that only many packets tell are not looked for in one packet."""
    assert not any(masks(name) for name in ("", "netcat", *CONFIRMED))
    assert not set(CONFIRMED) & set(TOOLS)


def test_every_label_is_of_some_protocol() -> None:
    """Every tool has its needs said, and no needs are said for anything else."""
    assert {name for needs in NEEDS.values() for name in needs} == set(TOOLS) - {""}
