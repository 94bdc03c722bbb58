"""
The script that draws a figure's spec in a page, so that the page needs no other site.

Writes no page.
"""

import functools

import vl_convert

_SNIPPET = "window.vegaEmbed = vegaEmbed; window.vegaLite = vegaLite; window.vega = vega;"


@functools.cache
def embed_script() -> str:
    """
    Vega, Vega-Lite and Vega-Embed as one script (about 900 kB) that sets ``vegaEmbed`` on the window.

    Making it takes about a second; it is the same as long as the program runs.
    """
    return vl_convert.javascript_bundle(_SNIPPET)
