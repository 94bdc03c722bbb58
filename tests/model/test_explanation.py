"""Explanations written down and read back."""

import json

from hypothesis import given
from hypothesis import strategies as st

from isdas.model.explanation import Explanation


@given(st.from_type(Explanation))
def test_an_explanation_survives_json(explanation: Explanation) -> None:
    """What was kept as JSON is the same explanation."""
    told = json.loads(json.dumps(explanation.as_dict(), allow_nan=True))
    assert repr(Explanation.from_dict(told)) == repr(explanation)


def test_what_was_kept_before_there_were_parts_is_empty() -> None:
    """Missing keys are empty parts."""
    assert Explanation.from_dict({}) == Explanation()
