"""Gaps, marks, legend and texts."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from isdas.graphs import annotate
from isdas.graphs.axis import value_scale
from isdas.graphs.layout import Layout, layout
from isdas.graphs.mark import Mark
from isdas.graphs.palette import styles
from isdas.graphs.words import ENGLISH, JAPANESE
from isdas.model.series import Series

Make = Callable[..., Series]
LEGEND = [("Japan (JP)", "mean 10.0"), ("other", "mean 20.0")]


def page() -> Layout:
    """A layout with a legend of two lines."""
    return layout((960, 540), value_scale(60), title="T", subtitle="U", footer=["S"], legend=LEGEND, mark_rows=1)


def at(day: int) -> datetime:
    """A day of October 2008."""
    return datetime(2008, 10, day, tzinfo=UTC)


def test_the_label_of_a_mark_begins_at_its_rule_or_ends_there(make: Make) -> None:
    """A label stands right of its rule; near the right edge it stands left of it, so that it is never cut."""
    early, late = Mark("an early label", at=datetime(2008, 8, 20, tzinfo=UTC)), Mark("a late label", at=at(31))
    (_, first), (_, second) = annotate.mark_labels(make(), [early, late], 760)
    assert (first["align"], second["align"]) == ("left", "right")
    assert first["y"] == second["y"]


def test_a_band_is_cut_at_the_end_of_the_period(make: Make) -> None:
    """A band that reaches beyond the period ends with it, and a rule beyond it is left out."""
    end = make().period.end
    mark = Mark("late", at=end, start=end - timedelta(days=1), end=end + timedelta(days=9))
    (cut,) = annotate.visible(make(), [mark])
    assert (cut.at, cut.start, cut.end) == (None, end - timedelta(days=1), end)


def test_labels_of_neighbouring_marks_are_stacked(make: Make) -> None:
    """Labels that would cover each other stand in different rows."""
    marks = [Mark("Onset of the first surge", at=at(day)) for day in (1, 2, 3)]
    assert len({text["y"] for _, text in annotate.mark_labels(make(), marks, 760)}) == 3


def test_a_gap_is_named_where_there_is_room(make: Make) -> None:
    """A wide gap has its words level, a narrow one upright, a very narrow one none."""
    wide, narrow, thin = (
        annotate.gap_texts(make(gap=slice(40, 40 + n)), page(), ENGLISH) for n in (15, 3, 1)
    )  # fmt: skip
    assert (wide[0]["text"], wide[0]["angle"]) == ("no data", 0)
    assert narrow[0]["angle"] == 270
    assert thin == []


def test_japanese_runs_downwards_in_a_narrow_gap(make: Make) -> None:
    """The Japanese words of a narrow gap are written letter under letter, not turned."""
    (text,) = annotate.gap_texts(make(gap=slice(40, 43)), page(), JAPANESE)
    assert (text["text"], text["angle"]) == (["欠", "測"], 0)


def test_nothing_observed_and_nothing_received_are_told_apart(make: Make) -> None:
    """A period without data says so; a period with sensors and no packet says that."""
    assert annotate.gap_texts(make(gap=slice(0, 92)), page(), ENGLISH)[0]["text"] == ENGLISH.no_period
    assert annotate.gap_texts(make(keys=()), page(), ENGLISH)[0]["text"] == ENGLISH.no_packets


def test_the_legend_has_stroke_marker_name_and_mean() -> None:
    """Every line has its own stroke and marker in the legend, with its name and its mean beside them."""
    strokes, points = annotate.legend(LEGEND, styles(("JP", "other"), "region"), page())
    for layer in (strokes, points):
        assert [row["colour"] for row in layer.data.to_dict()["values"]] == ["#D55E00", "#8A8A8A"]
    texts = [row["text"] for row in annotate.legend_texts(LEGEND, page())]
    assert texts == ["Japan (JP)", "mean 10.0", "other", "mean 20.0"]


def test_title_and_footer_are_within_the_picture() -> None:
    """The texts of the page lie between its upper and its lower edge."""
    made = page()
    assert all(-made.top < row["y"] < made.height + made.bottom for row in annotate.page_texts(made))
