"""The script for pages."""

import re

from isdas.graphs.script import embed_script


def test_the_script_is_whole() -> None:
    """One script defines vegaEmbed on the window and loads nothing from elsewhere; it does not end a script element."""
    script = embed_script()
    assert "window.vegaEmbed" in script
    assert not re.search(r"""(?:import|importScripts)\(?\s*["']https?:""", script)
    assert not re.search(r"^import\b", script, re.MULTILINE)
    assert "</script" not in script
    assert embed_script() is script
