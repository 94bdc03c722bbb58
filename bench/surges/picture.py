"""One figure: how many of the goals' rises each method finds at the same rate of false alarms, and how soon."""

from pathlib import Path

import altair as alt
from bench.surges.measure import Tally
from bench.surges.scenarios import GOALS


def draw(points: list[tuple[str, Tally]], path: Path) -> None:
    """Recall over median delay, a panel for each goal."""
    rows = [
        {"method": name, "rise": goal, "found": tally.recall(goal), "delay": tally.median(goal)}
        for name, tally in points
        for goal in GOALS
        if tally.delays[goal]
    ]
    chart = (
        alt.Chart(alt.Data(values=rows))
        .mark_point(filled=True, size=90)
        .encode(
            x=alt.X("delay:Q", title="median delay, hours", scale=alt.Scale(type="log")),
            y=alt.Y("found:Q", title="found", axis=alt.Axis(format="%"), scale=alt.Scale(domain=[0, 1])),
            color=alt.Color("method:N", title=None),
            shape=alt.Shape("method:N", title=None),
        )
        .properties(width=200, height=160)
        .facet(facet=alt.Facet("rise:N", title=None), columns=2)
    )
    chart.save(str(path))
