"""``isdas config``: the settings that hold."""

import dataclasses

import typer

from isdas.cli.context import State, print_json
from isdas.cli.figures import Json

app = typer.Typer(help="The settings.", no_args_is_help=True, context_settings={"help_option_names": ["-h", "--help"]})


@app.command()
def show(context: typer.Context, json: Json = False) -> None:
    """Every setting as it holds: defaults, then isdas.toml, then the environment."""
    state: State = context.obj
    values = dataclasses.asdict(state.config())
    if json:
        print_json(values)
        return
    for name, value in values.items():
        if isinstance(value, dict):
            typer.echo(f"\n[{name}]")
            for key, inner in value.items():
                typer.echo(f"{key} = {_toml(inner)}")
        else:
            typer.echo(f"{name} = {_toml(value)}")


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)
