"""``isdas alert``: drafts and the alerts there are."""

from datetime import datetime
from typing import Annotated

import typer

from isdas.cli.context import State, print_json, print_table, say, talk
from isdas.cli.figures import Json, Language

app = typer.Typer(
    help="Draft and read alerts.", no_args_is_help=True, context_settings={"help_option_names": ["-h", "--help"]}
)


@app.command()
def draft(
    context: typer.Context,
    surge: Annotated[str, typer.Argument(help="The surge's identifier.")],
    language: Language = "en",
    date: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The date on paper.")] = None,
    notes: Annotated[bool, typer.Option("--notes", help="Print the notes for the analyst on duty as well.")] = False,
    json: Json = False,
) -> None:
    """Draft the alert for a surge in both languages, keep it, and print one of them."""
    from isdas.alerts.notes import analyst_notes
    from isdas.hub.desk import draft_alert

    state: State = context.obj
    lake, config = state.lake(), state.config
    alert = draft_alert(lake, surge, config, issued=date.date() if date else None)
    if json:
        print_json(alert.as_dict())
        return
    say(alert.text(language).body)
    if notes:
        talk(analyst_notes(lake.records.surge(surge), config=config.alerts))


@app.command(name="list")
def list_(context: typer.Context, json: Json = False) -> None:
    """The alerts there are, by number."""
    state: State = context.obj
    alerts = state.lake().records.alerts()
    if json:
        print_json([alert.as_dict() for alert in alerts])
        return
    rows = [[a.number, a.state, a.updated.isoformat(), a.surge, a.text("en").title] for a in alerts]
    print_table(["number", "state", "date", "surge", "title"], rows)


@app.command()
def show(
    context: typer.Context,
    number: Annotated[str, typer.Argument(help="Such as ISDAS-AT-2008-0001.")],
    language: Language = "en",
    json: Json = False,
) -> None:
    """One alert as it stands."""
    state: State = context.obj
    alert = state.lake().records.alert(number)
    if json:
        print_json(alert.as_dict())
    else:
        say(alert.text(language).body)
