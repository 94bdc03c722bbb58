"""``isdas fleet``: the sensors of this hub, their keys, and the papers for TLS."""

import getpass
import os
from pathlib import Path
from typing import Annotated

import typer

from isdas.cli.context import State, print_json, print_table, say, talk
from isdas.cli.figures import Json

app = typer.Typer(
    help="The sensors of this hub, their keys.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Name = Annotated[str, typer.Argument(help="The sensor's name.")]
Groups = Annotated[list[str] | None, typer.Option("--group", help="A group it belongs to; may be given again.")]
Called = Annotated[str, typer.Option("--name", help="What the sensor is to be called.")]
KeyFile = Annotated[Path | None, typer.Option("--key", help="The key of that certificate.")]


@app.command()
def token(
    context: typer.Context,
    name: Called = "",
    group: Groups = None,
    days: Annotated[float, typer.Option(min=0.01, help="How long it is good.")] = 7.0,
    json: Json = False,
) -> None:
    """Make a one-time token with which one sensor enrols: `isdas sensor enroll HUB --token TOKEN`."""
    from isdas.hub.enrolment import make_token

    state: State = context.obj
    made = make_token(state.lake(make=True), who(), name=name, groups=group or [], days=days)
    if json:
        print_json({"token": made, "name": name, "groups": group or [], "days": days})
    else:
        say(made + "\n")
    talk(f"good for one sensor and {days:g} days; it is shown this once")


@app.command()
def ca(
    context: typer.Context,
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME...]", help="Host names and addresses that sensors use.")
    ] = None,
    certificate: Annotated[
        Path | None, typer.Option(help="Take this certificate (PEM, with its chain) instead of making one.")
    ] = None,
    key: KeyFile = None,
    days: Annotated[int, typer.Option(min=1, help="How long a certificate that is made holds.")] = 3650,
) -> None:
    """
    Make an own certificate authority, if there is none yet, and the hub's certificate; or take a given one.

    The path of the file that sensors need (`isdas sensor enroll --ca`) goes to standard output.
    """
    from isdas.hub.authority import Papers, adopt, authority_fingerprint, holds, issue
    from isdas.model.errors import ConfigError

    state: State = context.obj
    papers = Papers.of(state.data)
    if certificate is not None and key is not None and not names:
        adopt(papers, certificate, key)
    elif certificate is None and key is None:
        issue(papers, names or [], days=days)
        say(f"{papers.authority}\n")
        talk(f"its SHA-256 fingerprint, for `isdas sensor enroll --ca-fingerprint`: {authority_fingerprint(papers)}")
    else:
        raise ConfigError("give names to make a certificate, or --certificate together with --key to take one")
    holders, until = holds(papers)
    talk(f"the certificate of the hub is for {', '.join(holders) or 'no name'} and holds until {until:%Y-%m-%d}")


@app.command()
def keys(
    context: typer.Context,
    waiting: Annotated[bool, typer.Option("--waiting", help="Only those that wait for approval.")] = False,
    json: Json = False,
) -> None:
    """The keys of sensors; those that wait are approved by their fingerprint."""
    state: State = context.obj
    found = [key for key in state.lake().sensors.every_key() if not waiting or key.state == "waiting"]
    if json:
        print_json([key.as_dict() for key in found])
        return
    rows = [[_spaced(k.fingerprint), k.state, k.name or "-", ",".join(k.groups) or "-", k.made_at] for k in found]
    print_table(["fingerprint", "state", "name", "groups", "since"], rows)


@app.command()
def approve(
    context: typer.Context,
    fingerprint: Annotated[
        list[str], typer.Argument(help="The key's fingerprint as the sensor shows it; eight digits do.")
    ],
    name: Called = "",
    group: Groups = None,
    replace: Annotated[
        bool,
        typer.Option("--replace", help="There is a sensor of this name: end its keys, this one takes their place."),
    ] = False,
) -> None:
    """Approve a waiting key, after comparing its fingerprint with the one that the sensor shows."""
    state: State = context.obj
    sensors = state.lake().sensors
    called = sensors.approve("".join(fingerprint), who(), name=name, groups=group or [], replace=replace)
    talk(f"{called} may send")


@app.command()
def reject(
    context: typer.Context, fingerprint: Annotated[list[str], typer.Argument(help="The key's fingerprint.")]
) -> None:
    """Turn a waiting key away for good."""
    state: State = context.obj
    talk(f"{state.lake().sensors.reject(''.join(fingerprint), who())} is turned away")


@app.command()
def revoke(context: typer.Context, name: Name) -> None:
    """End a sensor's keys at once, because one is in wrong hands; what it sent stays."""
    state: State = context.obj
    state.lake().sensors.end(name, who(), "revoked")
    talk(f"{name} gets nothing any more; a new token and `isdas fleet approve --replace` bring it back")


@app.command()
def retire(context: typer.Context, name: Name) -> None:
    """Let a sensor go that has done its work; what it sent stays."""
    state: State = context.obj
    state.lake().sensors.end(name, who(), "retired")
    talk(f"{name} is retired")


@app.command()
def rename(context: typer.Context, name: Name, new: Annotated[str, typer.Argument(help="The new name.")]) -> None:
    """Call a sensor otherwise from now on; what is in the tables keeps the name it came in with."""
    state: State = context.obj
    state.lake().sensors.rename(name, new, who())
    talk(f"{name} is {new} from now on")


@app.command()
def audit(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument(help="Only what was done to this sensor or key.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="The last so many.")] = 100,
    json: Json = False,
) -> None:
    """Who did what to the fleet, and when."""
    from isdas.lake.audit import deeds

    state: State = context.obj
    found = deeds(state.lake().records.database, name, limit=limit)
    if json:
        print_json([deed.as_dict() for deed in found])
        return
    rows = [[d.at, d.who, d.what, d.subject, " ".join(f"{k}={v}" for k, v in d.details.items() if v)] for d in found]
    print_table(["at", "who", "what", "to", "details"], rows)


def who() -> str:
    """Who is at the keyboard."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"user {os.getuid()}"


def _spaced(fingerprint: str) -> str:
    """A fingerprint as people read it aloud."""
    return " ".join(fingerprint[at : at + 4] for at in range(0, len(fingerprint), 4))
