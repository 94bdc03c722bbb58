"""Colours, dashes and markers."""

from isdas.graphs.palette import styles

PUBLISHED = ("JP", "CN", "US", "KR", "TW")


def test_regions_look_the_same_in_every_figure() -> None:
    """A region of the published list has one look, whatever else is drawn and in which order."""
    alone = {key: styles((key,), "region")[0] for key in PUBLISHED}
    mixed = dict(zip(("NL", *PUBLISHED[::-1], "DE"), styles(("NL", *PUBLISHED[::-1], "DE"), "region"), strict=True))
    assert all(mixed[key] == alone[key] for key in PUBLISHED)


def test_lines_differ_without_colour() -> None:
    """Fourteen lines differ from each other by dash and marker alone, so that grey print can be read."""
    looks = styles([f"{port}/tcp" for port in range(14)], "port")
    assert len({(look.dash, look.shape, look.filled) for look in looks}) == 14


def test_other_regions_do_not_look_like_the_published_ones() -> None:
    """Five more regions have neither colour nor marker-and-dash of the published five."""
    fixed, more = styles(PUBLISHED, "region"), styles(("NL", "DE", "TR", "BR", "RU"), "region")
    assert not {look.colour for look in fixed} & {look.colour for look in more}
    both = [*fixed, *more]
    assert len({(look.dash, look.shape, look.filled) for look in both}) == 10


def test_other_is_grey() -> None:
    """The sum of all others is grey and thinner, in figures by port and by region."""
    for by in ("port", "region"):
        (look,) = styles(("other",), by)
        assert look.colour[1:3] == look.colour[3:5] == look.colour[5:7]
        assert look.width < 2
