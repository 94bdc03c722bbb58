"""``isdas config``: the settings that hold."""

import dataclasses
import json as json_format

import typer

from isdas.cli.context import State, print_json, say
from isdas.cli.figures import Json

app = typer.Typer(help="The settings.", no_args_is_help=True, context_settings={"help_option_names": ["-h", "--help"]})


@app.command()
def show(context: typer.Context, json: Json = False) -> None:
    """Every setting as it holds: defaults, then isdas.toml, then the environment."""
    state: State = context.obj
    values = dataclasses.asdict(state.config)
    if json:
        print_json(values)
        return
    lines = [f"{name} = {_toml(value)}" for name, value in values.items() if not isinstance(value, dict)]
    for name, section in values.items():
        if isinstance(section, dict):
            lines += ["", f"[{name}]", *(f"{key} = {_toml(value)}" for key, value in section.items())]
    say("\n".join(lines) + "\n")


def _toml(value: object) -> str:
    # JSON writes texts, numbers, truth values and lists as TOML does.
    return json_format.dumps(value, ensure_ascii=False)
