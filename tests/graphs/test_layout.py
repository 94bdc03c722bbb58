"""Places on the picture."""

from hypothesis import given
from hypothesis import strategies as st

from isdas.graphs.axis import value_scale
from isdas.graphs.layout import layout, stack


def page(size: tuple[int, int] = (960, 540), n: int = 6, mark_rows: int = 0) -> object:
    """A layout with so many lines in the legend."""
    legend = [(f"{port}/tcp", "service, mean 12.3") for port in range(n)]
    return layout(size, value_scale(100), title="Title", subtitle="Unit", footer=["Source"], legend=legend,
                  mark_rows=mark_rows)  # fmt: skip


def test_the_usual_size_is_kept() -> None:
    """Plot and margins together are as large as asked for, with and without marks and legend."""
    for made in (page(), page(n=0), page(mark_rows=2), page((640, 420))):
        total = (made.left + made.width + made.right, made.top + made.height + made.bottom)
        assert total in {(960, 540), (640, 420)}


def test_a_long_legend_makes_the_picture_higher() -> None:
    """Forty lines are not squeezed: the picture grows."""
    made = page(n=40)
    assert made.legend_step >= 20
    assert made.height >= 40 * made.legend_step
    assert not made.notes


def test_long_texts_are_broken() -> None:
    """A title that does not fit into one line has two, and the plot begins lower."""
    made = layout((480, 400), value_scale(1), title="A long title " * 6, subtitle="", footer=["word " * 90], legend=[],
                  mark_rows=0)  # fmt: skip
    assert len(made.title) > 1
    assert len(made.footer) > 1
    assert made.top > page((480, 400)).top


@given(st.lists(st.tuples(st.floats(0, 900), st.floats(1, 300)), max_size=12))
def test_labels_in_a_row_do_not_touch(found: list[tuple[float, float]]) -> None:
    """Two labels of one row never overlap, and a first label is in the lowest row."""
    places = [(start, start + size) for start, size in found]
    rows = stack(places)
    assert not rows or rows[0] == 0
    for i, (a, b) in enumerate(places):
        for j, (c, d) in enumerate(places[:i]):
            assert rows[i] != rows[j] or b < c or d < a
