"""Similar past surges."""

from dataclasses import replace

from made_surge import a_surge

from isdas.detect.similar import similar
from isdas.model.surge import RegionShare


def test_the_same_again_is_most_similar() -> None:
    """A wave like an earlier one is found before one from elsewhere by another tool."""
    surge = a_surge()
    again = replace(surge, identifier="20081001T00-445-tcp")
    other = replace(
        surge,
        identifier="20081002T00-23-tcp",
        ports=("23/tcp",),
        regions=(RegionShare("BR", 0.9),),
        tools=(("mirai-like", 0.9),),
        factor=900.0,
        sources=90_000,
        shape="exponential",
    )
    found = similar(surge, [other, again, surge])
    assert [one.identifier for one in found] == ["20081001T00-445-tcp"]
    assert found[0].likeness > 0.85


def test_few_are_told_in_a_fixed_order() -> None:
    """At most five, equals by name."""
    surge = a_surge()
    past = [replace(surge, identifier=f"2008100{n}T00-445-tcp") for n in range(9)]
    found = similar(surge, past[::-1])
    assert [one.identifier for one in found] == [f"2008100{n}T00-445-tcp" for n in range(5)]
