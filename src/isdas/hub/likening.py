"""
Which past surges are like those that were found, by what they do and by whether the same sources came again.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np

from isdas.detect.overlap import sketch
from isdas.detect.similar import similar
from isdas.hub.belonging import is_young
from isdas.hub.explaining import stretches
from isdas.lake import surge_sources
from isdas.lake.around import newcomers
from isdas.lake.lake import Lake
from isdas.model.explanation import Explanation
from isdas.model.port import Port
from isdas.model.source_sketch import SourceSketch
from isdas.model.surge import Surge
from isdas.model.time import Period


def liken(
    lake: Lake, surges: Sequence[Surge], until: Period, past: Sequence[Surge], unchanged: Collection[str] = ()
) -> tuple[list[Surge], dict[str, SourceSketch]]:
    """
    The surges with the past ones that they are like, and the sketches of sources that were made for that.

    Args:
        lake: the tables, and the sketches kept for past surges.
        surges: with their explanations, in the order of detection.
        until: the period that was looked at; nothing after its end plays a part.
        past: surges that were kept.
        unchanged: identifiers of surges of which nothing was judged anew; they are compared no more.
    """
    known = surge_sources.sketches(lake.records.database)
    made: dict[str, SourceSketch] = {}
    for surge in surges:
        anew = is_young(surge, until.end) and surge.identifier not in unchanged
        if surge.change != "fall" and (anew or surge.identifier not in known):
            made[surge.identifier] = _sketch(lake, surge, until)
    known |= made
    kept = {surge.identifier: surge for surge in past}
    done: list[Surge] = []
    for surge in surges:
        told = surge.explanation
        # One that is unchanged but was never explained is explained now, and compared.
        compared = (
            surge.identifier in unchanged and surge.identifier not in made and surge == kept.get(surge.identifier)
        )
        if surge.change == "fall" or compared:
            done.append(surge)
            continue
        earlier = {one.identifier: one for one in (*past, *done) if one.detected_at < surge.detected_at}.values()
        done.append(replace(surge, explanation=replace(told or Explanation(), similar=similar(surge, earlier, known))))
    return done, made


def _sketch(lake: Lake, surge: Surge, until: Period) -> SourceSketch:
    """Of the sources that scan the port since the onset and did not in the week before."""
    rows = newcomers(lake, Port.parse(surge.port), *stretches(surge, until))
    high, low = (np.ascontiguousarray(rows.column(f"source_{half}").to_numpy()) for half in ("high", "low"))
    return sketch(high, low)
