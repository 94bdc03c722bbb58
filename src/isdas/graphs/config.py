"""
Settings of the figures.

Does not say what is drawn: that is the series' own matter.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Config:
    """How figures are labelled and how large they are."""

    organisation: str = field(
        default="", metadata={"doc": "Name of the publishing organisation in the source line of every figure."}
    )
    width: int = field(default=960, metadata={"doc": "Width of a figure in CSS pixels; a PNG has twice as many."})
    height: int = field(
        default=540,
        metadata={"doc": "Height of a figure in CSS pixels; a long legend or footer may make it higher."},
    )
