"""``isdas surges replay``: the detector as it would have run then, hour by hour."""

import typer

from isdas.cli.context import State, print_json, print_table
from isdas.cli.figures import From, Group, Json, To
from isdas.cli.surges import HEADS, row


def replay(
    context: typer.Context,
    start: From = None,
    end: To = None,
    group: Group = None,
    json: Json = False,
) -> None:
    """
    Tell each surge as it was known at the hour of its detection: no later packet plays a part. Nothing is kept.
    """
    from isdas.hub.looking import replay as replayed
    from isdas.hub.progress import progress

    state: State = context.obj
    config = state.config
    with progress("replaying"):
        found = replayed(state.lake(), state.period(start, end), config.detect, sensors=state.sensors(group))
    if json:
        print_json([surge.as_dict() for surge in found])
        return
    print_table(HEADS, [row(surge, config.paper) for surge in found], right=(4, 5, 6, 7))
