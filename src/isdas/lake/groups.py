"""
Groups of sensors, such as *domestic*: names that a question is asked of, resolved once where it is asked.

An enrolled sensor has its groups in its own row, under all names it ever had. A sensor that is only known from files
has none, so those that it belongs to are kept here.
"""

from collections.abc import Iterable

from sqlalchemy import delete, select
from sqlalchemy.orm import Mapped, mapped_column

from isdas.lake.audit import note
from isdas.lake.database import Row
from isdas.lake.lake import Lake
from isdas.lake.sensors import SensorRow, checked_name
from isdas.model.errors import NotFound


class MemberRow(Row):
    """That a sensor known from files belongs to a group."""

    __tablename__ = "group_members"
    name: Mapped[str] = mapped_column(primary_key=True)
    sensor: Mapped[str] = mapped_column(primary_key=True)


def groups(lake: Lake) -> dict[str, list[str]]:
    """The names of the sensors of each group, former ones included; both sorted."""
    found: dict[str, set[str]] = {}
    for sensor in lake.sensors.all():
        for group in sensor.groups:
            found.setdefault(group, set()).update((sensor.name, *sensor.former))
    with lake.records.database.reading() as session:
        for row in session.scalars(select(MemberRow)):
            found.setdefault(row.name, set()).add(row.sensor)
    return {group: sorted(found[group]) for group in sorted(found)}


def members(lake: Lake, wanted: Iterable[str]) -> tuple[str, ...]:
    """
    The names of the sensors that belong to any of some groups, sorted; never none.

    Raises:
        NotFound: a group that no sensor belongs to.
    """
    known = groups(lake)
    chosen = list(wanted)
    for group in chosen:
        if group not in known:
            there = f"there are {', '.join(known)}" if known else "`isdas fleet group add` makes one"
            raise NotFound(f"no sensor is in the group {group!r}; {there}")
    return tuple(sorted({name for group in chosen for name in known[group]}))


def join(lake: Lake, group: str, names: Iterable[str], who: str) -> None:
    """
    Put sensors into a group.

    Raises:
        NotFound: a sensor that neither is enrolled nor was ever heard in files.
        IsdasError: the group's name is none.
    """
    checked_name(group)
    _change(lake, group, names, who, add=True)


def leave(lake: Lake, group: str, names: Iterable[str], who: str) -> None:
    """
    Take sensors out of a group; one that is not in it stays out.

    Raises:
        NotFound: a sensor that there is not.
    """
    _change(lake, group, names, who, add=False)


def _change(lake: Lake, group: str, names: Iterable[str], who: str, *, add: bool) -> None:
    heard = set(lake.ask("SELECT DISTINCT sensor FROM coverage", "coverage")["sensor"].to_pylist())
    chosen = list(names)
    enrolled = {name: sensor for sensor in lake.sensors.all() for name in (sensor.name, *sensor.former)}
    for name in chosen:
        if name not in enrolled and name not in heard:
            raise NotFound(f"no sensor {name!r}; `isdas fleet list` shows those there are")
    with lake.records.database.writing() as session:
        for name in chosen:
            if name in enrolled:
                row = session.get_one(SensorRow, enrolled[name].number)
                row.groups = sorted({*row.groups, group} if add else {*row.groups} - {group})
            elif add:
                session.merge(MemberRow(name=group, sensor=name))
            else:
                session.execute(delete(MemberRow).where(MemberRow.name == group, MemberRow.sensor == name))
            note(session, who, "group add" if add else "group remove", name, {"group": group})
