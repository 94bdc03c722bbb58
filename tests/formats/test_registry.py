"""The formats that are read."""

import subprocess
import sys
from pathlib import Path

import pytest

from isdas.formats.context import Context
from isdas.formats.registry import FORMATS, Format, format_of, recognise
from isdas.model.columns import Capability
from isdas.model.errors import InputRefused


def test_names_are_unique() -> None:
    """A name on the command line means one format."""
    assert len({each.name for each in FORMATS}) == len(FORMATS)


@pytest.mark.parametrize("each", FORMATS, ids=lambda each: each.name)
def test_every_format_is_found_by_its_name(each: Format) -> None:
    """What is listed can be asked for."""
    assert format_of(each.name) is each


@pytest.mark.parametrize("each", FORMATS, ids=lambda each: each.name)
def test_every_module_has_what_a_format_has(each: Format, tmp_path: Path) -> None:
    """The module that a row names says what its records can show, knows them, and reads or refuses a file."""
    assert isinstance(each.capabilities, Capability)
    assert each.capabilities
    assert each.sniff(b"") is False
    with pytest.raises(InputRefused) as refused:
        list(each.read(tmp_path / "absent", Context()))
    assert refused.value.reason in {"unreadable", "needs-nfdump"}


def test_flows_and_collections_are_in_no_order() -> None:
    """Logs written as things happen are in order; flows, searches and archives are not expected to be."""
    unordered = {each.name for each in FORMATS if not each.ordered}
    assert unordered == {"tpot", "merit", "shadowserver", "tar", "zip", "eve", "zeek", "nfcapd"}


def test_modules_are_loaded_when_they_are_needed() -> None:
    """Names and titles cost no module; what a format can show costs its own."""
    script = (
        "import sys\n"
        "from isdas.formats.registry import FORMATS, format_of\n"
        "def loaded(): return {f.module for f in FORMATS if f'isdas.formats.{f.module}' in sys.modules}\n"
        "assert format_of('zeek') and [f.title for f in FORMATS] and not loaded(), loaded()\n"
        "assert format_of('merit').capabilities and loaded() == {'merit'}, loaded()\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("head", [b"", b"\0" * 100, b"neither this nor that\n" * 10])
def test_what_is_no_format_is_not_recognised(head: bytes) -> None:
    """Nothing claims an empty file, zeros or prose."""
    assert recognise(head) is None
