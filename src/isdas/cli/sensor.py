"""``isdas sensor``: what runs at a monitored address."""

import threading
from pathlib import Path
from typing import Annotated

import typer

from isdas.cli.context import State, print_json, print_table, say, talk
from isdas.cli.figures import Json
from isdas.cli.start import stay

app = typer.Typer(
    help="A sensor: enrol it, run it, see how it is doing.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.command()
def enroll(
    context: typer.Context,
    hub: Annotated[str, typer.Argument(help="Where the hub is, such as https://hub.example:8446.")],
    token: Annotated[str, typer.Option(envvar="ISDAS_TOKEN", help="One-time token, from `isdas fleet token`.")],
    name: Annotated[str, typer.Option(help="What the sensor would like to be called.")] = "",
    ca: Annotated[
        Path | None, typer.Option(help="Certificate of the hub's own authority; without it the system's are trusted.")
    ] = None,
    ca_fingerprint: Annotated[
        str | None, typer.Option(help="Instead: its SHA-256 fingerprint, and it is taken from the hub.")
    ] = None,
    proxy: Annotated[
        str, typer.Option(help="Proxy to the hub; otherwise that of the environment (HTTPS_PROXY), if any.")
    ] = "",
    wait: Annotated[bool, typer.Option(help="Wait until the key is approved.")] = True,
    json: Json = False,
) -> None:
    """
    Make this sensor's key, and have it wait for approval at the hub.

    Compare the fingerprint that is shown with the one that `isdas fleet keys --waiting` shows, and approve it there.
    """
    from isdas.sensor import enrolment
    from isdas.sensor.place import Place

    state: State = context.obj
    place = Place.of(state.data)
    key, standing = enrolment.enroll(place, hub, token, name=name, ca=ca, ca_fingerprint=ca_fingerprint, proxy=proxy)
    called = ""
    if not json:
        say(f"{key.fingerprint}\n")
    talk(f"the key of this sensor: {enrolment.spaced(key.fingerprint)}")
    if standing == enrolment.WAITING:
        talk("compare it with what `isdas fleet keys --waiting` shows at the hub, then `isdas fleet approve` it")
    if wait or standing == enrolment.ACTIVE:
        called = enrolment.approved(place, wait=threading.Event().wait)
        standing = enrolment.ACTIVE
        talk(f"approved: the hub calls this sensor {called}")
    if json:
        print_json({"fingerprint": key.fingerprint, "state": standing, "name": called})


@app.command()
def rotate(context: typer.Context, json: Json = False) -> None:
    """Give this sensor a new key, signed for by the old one; what was sealed before stays valid."""
    from isdas.sensor.enrolment import spaced
    from isdas.sensor.place import Place
    from isdas.sensor.rotation import change_key

    state: State = context.obj
    place = Place.of(state.data)
    old, new = place.current_key(), change_key(place)
    if json:
        print_json({"old": old.fingerprint, "new": new.fingerprint})
    else:
        say(f"{new.fingerprint}\n")
    talk(f"{spaced(new.fingerprint)} has followed {spaced(old.fingerprint)}")


@app.command()
def receipts(context: typer.Context, json: Json = False) -> None:
    """Check what the hub has signed for: every receipt, and that each follows from the one before it."""
    from isdas.sensor.place import Place
    from isdas.sensor.receipts import proven

    state: State = context.obj
    found = proven(Place.of(state.data))
    if json:
        print_json([each.as_dict() for each in found])
    else:
        rows = [
            [p.spool, f"{p.receipts:,}", f"{p.first}-{p.last}", f"{p.missing:,}", p.since, p.until, _verdict(p.sound)]
            for p in found
        ]
        print_table(["spool", "receipts", "segments", "without", "since", "until", "chain"], rows, right=(1, 3))
    for each in found:
        for fault, numbers in (("not signed by the hub", each.wrong), ("follows from no other", each.loose)):
            for number in numbers[:10]:
                talk(f"the receipt of segment {number} of {each.spool}: {fault}")
    if not all(each.sound for each in found):
        raise typer.Exit(1)


@app.command()
def run(
    context: typer.Context,
    interface: Annotated[str | None, typer.Option(help="Interface to listen on; otherwise sensor.interface.")] = None,
    captures: Annotated[
        str | None, typer.Option(help="Folder of growing captures instead; otherwise sensor.captures.")
    ] = None,
    addresses: Annotated[
        str | None, typer.Option(help="Monitored networks with commas between them; otherwise sensor.addresses.")
    ] = None,
) -> None:
    """
    Record what comes to the monitored addresses, seal it each minute, and send it to the hub, until SIGTERM or Ctrl-C.

    It answers nothing and gives up its privileges as soon as it hears.
    """
    from dataclasses import replace

    from isdas.sensor.run import run as listen

    state: State = context.obj
    config = state.config.sensor
    if interface is not None or captures is not None:
        config = replace(config, interface=interface or "", captures=captures or "")
    if addresses is not None:
        config = replace(config, addresses=tuple(each.strip() for each in addresses.split(",")))
    stay()
    if not listen(state.data, config, state.config.decode, talk):
        talk(f"the interface {config.interface} is gone: start the sensor again when it is back")
        raise typer.Exit(1)


@app.command()
def status(context: typer.Context, json: Json = False) -> None:
    """How this sensor is doing; ends with 1 if something is wrong with it."""
    from isdas.model.time import now
    from isdas.sensor.place import Place
    from isdas.sensor.status import lines, read, troubles

    state: State = context.obj
    said = read(Place.of(state.data).status)
    now_us = round(now().timestamp() * 1e6)
    wrong = troubles(said, now_us)
    if json:
        print_json({**said, "troubles": wrong})
    else:
        print_table(["", ""], [list(row) for row in lines(said)])
    for each in wrong:
        talk(each)
    if wrong:
        raise typer.Exit(1)


def _verdict(sound: bool) -> str:
    return "sound" if sound else "broken"
