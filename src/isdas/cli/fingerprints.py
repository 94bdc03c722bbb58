"""``isdas fingerprints``: what the headers of a rise have in common, and which tools sent it."""

from typing import TYPE_CHECKING, Annotated

import typer

from isdas.cli.context import State, print_json, print_table, say
from isdas.cli.figures import From, Json, Kind, To

if TYPE_CHECKING:
    from isdas.hub.fingerprints import Fingerprints

BeforeFrom = Annotated[
    str | None, typer.Option("--before-from", help="First date or ISO instant to compare with; 7 days before --from.")
]
BeforeTo = Annotated[
    str | None, typer.Option("--before-to", help="Last date (included) or ISO instant to compare with; --from.")
]


def fingerprints(
    context: typer.Context,
    port: Annotated[str, typer.Option("--port", help="445/tcp, 53413/udp, 8/icmp (ICMP type 8).")],
    start: From = None,
    end: To = None,
    before_start: BeforeFrom = None,
    before_end: BeforeTo = None,
    kind: Kind = "scan",
    json: Json = False,
) -> None:
    """List what most of a rise's headers have in common and few had before; needs the packets, not only the counts."""
    from isdas.hub.fingerprints import USUAL
    from isdas.hub.fingerprints import fingerprints as compare
    from isdas.model.port import Port
    from isdas.model.time import Period

    state: State = context.obj
    during = state.period(start, end)
    before = None
    if before_start or before_end:
        since, until = before_start or (during.start - USUAL).isoformat(), before_end or during.start.isoformat()
        before = Period.parse(since, until, state.config.paper)
    found = compare(state.lake(), Port.parse(port), during, before, kind=kind)
    if json:
        print_json(found.as_dict())
    else:
        _print(found)


def _print(found: "Fingerprints") -> None:
    rows = [
        [i.feature, i.value, f"{i.excess_share:.0%}", f"{i.before_share:.0%}", f"{i.packets:,}", f"{i.sources:,}"]
        for i in found.invariants
    ]
    print_table(["feature", "value", "of excess", "before", "packets", "sources"], rows, right=(2, 3, 4, 5))
    say(f"\n{found.packets[0]:,} packets compared with {found.packets[1]:,} before\n")
    for tool, sources in found.tools:
        say(f"{tool}: confirmed by {sources:,} sources\n")
